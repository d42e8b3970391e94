/** A backend that fails with an unforeseen error. */
export function loadBackend(): never {
  throw new Error('a stray error')
}
