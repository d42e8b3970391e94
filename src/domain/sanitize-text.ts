/** Text from outside, made fit to be stored, logged and shown. */

const MAX_LENGTH = 200
// Control characters and lone surrogates: PostgreSQL stores neither NUL nor half a character, a terminal obeys the rest.
const UNREADABLE = /[\p{Cc}\p{Cs}]/gu

/** The text cut to 200 characters, with control characters and halves of characters replaced. */
export function sanitizeText(text: string): string {
  return text.slice(0, MAX_LENGTH).replace(UNREADABLE, '\ufffd')
}
