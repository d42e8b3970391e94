/** Makes text from outside safe to store, log and show. */

const MAX_EXCERPT_LENGTH = 200
// Control characters and lone surrogates: PostgreSQL refuses NUL and lone surrogates, and terminals execute the others.
const UNREADABLE = /[\p{Cc}\p{Cs}]/gu

/** Replaces control characters and lone surrogates. */
export function replaceUnreadable(text: string): string {
  return text.replace(UNREADABLE, '\ufffd')
}

/** Returns an excerpt for messages and names: at most 200 characters, the last of them `…` where the text was longer. */
export function sanitizeText(text: string): string {
  return replaceUnreadable(
    text.length > MAX_EXCERPT_LENGTH ? `${text.slice(0, MAX_EXCERPT_LENGTH - 1)}…` : text,
  )
}
