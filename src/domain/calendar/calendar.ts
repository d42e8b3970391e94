/**
 * The exchange's calendar: which dates are sessions, and when a session opens and closes.
 *
 * Closures of 1999 to 2026 come from a table; later ones are computed (`computed-closures.ts`). An operator's entry
 * overrides both. Years before 1999, when the market also traded on Saturdays, are unknown: check
 * {@link Calendar.knows} first.
 */
import { KospigraphError } from '../../errors.js'
import { CLOSURES, CLOSURES_FROM_YEAR, CLOSURES_TO_YEAR } from './closures.js'
import { COMPUTED_CLOSURES_TO_YEAR, isComputedClosure } from './computed-closures.js'
import { koreanDate, koreanInstant } from './korean-time.js'
import { addDays, dayNumber, weekday } from './session.js'
import type { Session } from './session.js'
import { sessionHours } from './session-hours.js'
import type { SessionHours } from './session-hours.js'

/** The first and the last date that the calendar knows. */
export const CALENDAR_FROM = `${CLOSURES_FROM_YEAR}-01-01` as Session
export const CALENDAR_TO = `${COMPUTED_CLOSURES_TO_YEAR}-12-31` as Session
const TABLE_TO = `${CLOSURES_TO_YEAR}-12-31` as Session

// The longest closure on record is 8 days (Chuseok 2017); a longer search means wrong operator entries or a defect.
const LONGEST_SEARCH_DAYS = 30
const NOTICE_DAYS = 90

/** An operator's changes to the calendar. */
export interface CalendarOverrides {
  readonly closures: ReadonlySet<Session>
  /** Sessions on dates that would be closed. */
  readonly sessions: ReadonlySet<Session>
  readonly hours: ReadonlyMap<Session, SessionHours>
  /** The closures are complete up to this date, where that is later than the table's end. */
  readonly checkedTo: Session | undefined
}

/** All methods except `knows` throw KospigraphError OUTSIDE_CALENDAR for dates in unknown years. */
export interface Calendar {
  /** Closures up to this date are on record; later ones are computed. */
  readonly checkedTo: Session
  knows(date: Session): boolean
  isSession(date: Session): boolean
  /** The first session after `date`, which need not be a session itself. */
  nextSession(date: Session): Session
  /** The last session before `date`, which need not be a session itself. */
  previousSession(date: Session): Session
  /** Every session from `first` to `last`, both included. */
  sessionsBetween(first: Session, last: Session): Session[]
  /** The instant of the opening, late openings included; where uncertain, the earlier one. */
  sessionOpen(session: Session): Date
  /** The instant of the close; where uncertain, the later one. */
  sessionClose(session: Session): Date
  /** The newest session that has closed by `now`. */
  lastClosedSession(now: Date): Session
}

const NO_OVERRIDES: CalendarOverrides = {
  closures: new Set(),
  sessions: new Set(),
  hours: new Map(),
  checkedTo: undefined,
}

export function createCalendar(overrides: CalendarOverrides = NO_OVERRIDES): Calendar {
  const isSession = (date: Session): boolean => {
    requireKnown(date)
    if (overrides.sessions.has(date)) return true
    return !overrides.closures.has(date) && isRegularSession(date)
  }
  const seek = (date: Session, step: 1 | -1): Session => {
    for (let days = 1; days <= LONGEST_SEARCH_DAYS; days += 1) {
      const candidate = addDays(date, step * days)
      if (isSession(candidate)) return candidate
    }
    throw new KospigraphError(
      'CONFIGURATION',
      `the calendar has no session within ${LONGEST_SEARCH_DAYS} days of ${date}; check the closures in CALENDAR_FILE`,
    )
  }
  const instant = (session: Session, end: keyof SessionHours): Date => {
    requireKnown(session)
    const hours = overrides.hours.get(session) ?? sessionHours(session)
    return koreanInstant(session, hours[end])
  }
  const { checkedTo = TABLE_TO } = overrides
  return {
    checkedTo: checkedTo > TABLE_TO ? checkedTo : TABLE_TO,
    knows: isKnown,
    isSession,
    nextSession: (date) => seek(date, 1),
    previousSession: (date) => seek(date, -1),
    sessionsBetween(first, last) {
      const sessions: Session[] = []
      for (let date = first; date <= last; date = addDays(date, 1)) {
        if (isSession(date)) sessions.push(date)
      }
      return sessions
    },
    sessionOpen: (session) => instant(session, 'open'),
    sessionClose: (session) => instant(session, 'close'),
    lastClosedSession(now) {
      const today = koreanDate(now)
      return isSession(today) && instant(today, 'close') <= now ? today : seek(today, -1)
    },
  }
}

/** @returns a warning for the operator once the closures on record end within 90 days; else undefined */
export function noticeOfCalendarEnd({ checkedTo }: Calendar, now: Date): string | undefined {
  if (dayNumber(checkedTo) - dayNumber(koreanDate(now)) > NOTICE_DAYS) return undefined
  return (
    `the exchange's closures are on record to ${checkedTo}; later ones are computed from the statutory holidays, ` +
    'without those that a government proclaims: upgrade, or name them and a later checkedTo in CALENDAR_FILE'
  )
}

function isKnown(date: Session): boolean {
  return date >= CALENDAR_FROM && date <= CALENDAR_TO
}

function requireKnown(date: Session): void {
  if (isKnown(date)) return
  throw new KospigraphError(
    'OUTSIDE_CALENDAR',
    `whether ${date} is a session is not known: the exchange's calendar reaches from ${CALENDAR_FROM} to ${CALENDAR_TO}`,
  )
}

function isRegularSession(date: Session): boolean {
  const day = weekday(date)
  if (day === 0 || day === 6) return false
  return date <= TABLE_TO ? !CLOSURES.has(date) : !isComputedClosure(date)
}
