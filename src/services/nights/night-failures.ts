/** What a night says of a symbol whose time has run out. */
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Session } from '../../domain/calendar/session.js'
import type { NightFailure } from '../../db/nights/record-outcome.js'

/** When the session that the night forecasts opens: from then on there is nothing to issue. */
export function targetOpen(calendar: Calendar, date: Session): Date {
  return calendar.sessionOpen(calendar.nextSession(date))
}

export function noBar(
  date: Session,
  lastSession: Session | undefined,
): NightFailure & { readonly status: 'STALE' } {
  const message = `its newest bar is of ${lastSession ?? 'before'}, and that of ${date} did not come in time`
  return { status: 'STALE', code: 'NO_BAR', message }
}

export function tooLate(date: Session): NightFailure & { readonly status: 'FAILED' } {
  const message = `the session after ${date} had opened before it was its turn, so no forecast was issued`
  return { status: 'FAILED', code: 'TARGET_OPENED', message }
}
