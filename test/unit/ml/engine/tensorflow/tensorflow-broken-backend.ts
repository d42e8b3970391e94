/** A backend that breaks in a way that nobody foresaw. */
export function loadBackend(): never {
  throw new Error('a stray error')
}
