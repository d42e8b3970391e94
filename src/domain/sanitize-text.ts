/** Makes text from outside safe to store, log and show. */

const MAX_LENGTH = 200
// Control characters and lone surrogates: PostgreSQL refuses NUL and lone surrogates, and terminals execute the others.
const UNREADABLE = /[\p{Cc}\p{Cs}]/gu

/** Cuts the text to 200 characters and replaces control characters and lone surrogates. */
export function sanitizeText(text: string): string {
  return text.slice(0, MAX_LENGTH).replace(UNREADABLE, '\ufffd')
}
