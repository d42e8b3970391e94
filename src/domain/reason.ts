/** Reasons that people give for what they do, kept in the record of it. */
import { KospigraphError } from '../errors.js'
import { replaceUnreadable } from './sanitize-text.js'

/** Every reason is stored whole, so a longer one is refused. */
export const MAX_REASON_LENGTH = 500

/**
 * @returns the reason without blanks around it and with control characters replaced
 * @throws KospigraphError BAD_USER_INPUT where it is empty or longer than {@link MAX_REASON_LENGTH}
 */
export function requireReason(reason: string): string {
  const text = replaceUnreadable(reason.trim())
  if (text !== '' && text.length <= MAX_REASON_LENGTH) return text
  const fault = text === '' ? 'it is empty' : `it has ${text.length} characters`
  throw new KospigraphError('BAD_USER_INPUT', `reason: ${fault}; give 1 to ${MAX_REASON_LENGTH} characters`)
}
