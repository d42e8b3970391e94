/** Failures of symbols that a night could not forecast in time. */
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Session } from '../../domain/calendar/session.js'
import type { NightFailure } from '../../db/nights/record-outcome.js'

/** @returns when the night's target session opens; from then on no forecast is issued */
export function targetOpen(calendar: Calendar, date: Session): Date {
  return calendar.sessionOpen(calendar.nextSession(date))
}

export function noBar(
  date: Session,
  lastSession: Session | undefined,
): NightFailure & { readonly status: 'STALE' } {
  const message = `its newest bar is of ${lastSession ?? 'before'}, and the bar of ${date} did not arrive in time`
  return { status: 'STALE', code: 'NO_BAR', message }
}

export function tooLate(date: Session): NightFailure & { readonly status: 'FAILED' } {
  const message = `the session after ${date} opened before this symbol was fitted, so no forecast was issued`
  return { status: 'FAILED', code: 'TARGET_OPENED', message }
}
