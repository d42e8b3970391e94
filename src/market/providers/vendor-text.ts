/** What a vendor sent instead of what was expected, for people. */
import { sanitizeText } from '../../domain/sanitize-text.js'

const EXCERPT_CHARACTERS = 60

/** The beginning of a text, in quotes and on one line. */
export function excerpt(text: string): string {
  const trimmed = text.trim().replace(/\s+/g, ' ')
  if (trimmed === '') return 'nothing'
  const cut = trimmed.length > EXCERPT_CHARACTERS
  return `"${sanitizeText(trimmed.slice(0, EXCERPT_CHARACTERS))}${cut ? '…' : ''}"`
}
