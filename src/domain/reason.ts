/** Why somebody did something, for people who wonder later. */
import { KospigraphError } from '../errors.js'

const MAX_REASON_LENGTH = 500

/** The reason without the blanks around it. @throws KospigraphError BAD_USER_INPUT where there is none, or too much of it */
export function requireReason(reason: string): string {
  const text = reason.trim()
  if (text !== '' && text.length <= MAX_REASON_LENGTH) return text
  throw new KospigraphError('BAD_USER_INPUT', `reason: say why, in at most ${MAX_REASON_LENGTH} characters`)
}
