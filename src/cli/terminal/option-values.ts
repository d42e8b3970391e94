/** Values of options that several commands take. */
import { InvalidArgumentError } from 'commander'
import { isLocalDate } from '../../domain/calendar/session.js'
import type { Session } from '../../domain/calendar/session.js'

export function parseWhole(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 0.')
  return Number(text)
}

export function parseDate(text: string): Session {
  if (!isLocalDate(text)) throw new InvalidArgumentError('Write the date as YYYY-MM-DD.')
  return text
}
