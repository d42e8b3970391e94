/** Reads the text of vendors' answers: as JSON, or as an excerpt for error messages. */
import { sanitizeText } from '../../domain/sanitize-text.js'

const EXCERPT_CHARACTERS = 60

/** Returns the beginning of a text, in quotes and on one line, or "nothing" where it is empty. */
export function excerpt(text: string): string {
  const trimmed = text.trim().replace(/\s+/g, ' ')
  if (trimmed === '') return 'nothing'
  const cut = trimmed.length > EXCERPT_CHARACTERS
  return `"${sanitizeText(trimmed.slice(0, EXCERPT_CHARACTERS))}${cut ? '…' : ''}"`
}

/** @returns undefined where the text is no JSON */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
