/**
 * The exchange's calendar: which dates are sessions, and when a session opens and closes.
 *
 * Exact for the years of the closure table. Outside them only weekends, the closures that fall on a fixed
 * date and the year's last weekday are known, and {@link knowsCalendar} says so; lunar and substitute
 * holidays are missing there.
 */
import { CLOSURES, CLOSURES_FROM_YEAR, CLOSURES_TO_YEAR } from './closures.js'
import { addDays, fromDayNumber, weekday } from './session.js'
import type { Session } from './session.js'

const FIXED_CLOSURES = new Set([
  '01-01',
  '03-01',
  '05-01',
  '05-05',
  '06-06',
  '08-15',
  '10-03',
  '10-09',
  '12-25',
])

const KNOWN_FROM = `${CLOSURES_FROM_YEAR}-01-01` as Session
const KNOWN_TO = `${CLOSURES_TO_YEAR}-12-31` as Session

// Korea has had no daylight saving time since 1988, so the offset is a constant.
const OPEN = 'T09:00:00+09:00'
const CLOSE = 'T15:30:00+09:00'
const KOREA_OFFSET_MS = 9 * 3_600_000
// The longest closure on record is 8 days (Chuseok 2017); a search that goes on is a defect.
const LONGEST_SEARCH_DAYS = 30

/** Whether the closure table covers the date's year. */
export function knowsCalendar(session: Session): boolean {
  const year = Number(session.slice(0, 4))
  return year >= CLOSURES_FROM_YEAR && year <= CLOSURES_TO_YEAR
}

export function isSession(date: Session): boolean {
  const day = weekday(date)
  if (day === 0 || day === 6) return false
  if (knowsCalendar(date)) return !CLOSURES.has(date)
  return !FIXED_CLOSURES.has(date.slice(5)) && !isLastWeekdayOfYear(date)
}

function isLastWeekdayOfYear(date: Session): boolean {
  if (!date.endsWith('-12-31') && !date.endsWith('-12-30') && !date.endsWith('-12-29')) return false
  const year = date.slice(0, 4)
  let last = `${year}-12-31` as Session
  while (weekday(last) === 0 || weekday(last) === 6) last = addDays(last, -1)
  return date === last
}

/** The first session after `date`, which need not be a session itself. */
export function nextSession(date: Session): Session {
  return seek(date, 1)
}

/** The last session before `date`, which need not be a session itself. */
export function previousSession(date: Session): Session {
  return seek(date, -1)
}

function seek(date: Session, step: 1 | -1): Session {
  for (let days = 1; days <= LONGEST_SEARCH_DAYS; days += 1) {
    const candidate = addDays(date, step * days)
    if (isSession(candidate)) return candidate
  }
  throw new Error(`no session within ${LONGEST_SEARCH_DAYS} days of ${date}`)
}

/** Every session from `first` to `last`, both included, in the years that the calendar covers. */
export function knownSessionsBetween(first: Session, last: Session): Session[] {
  const sessions: Session[] = []
  const from = first > KNOWN_FROM ? first : KNOWN_FROM
  const to = last < KNOWN_TO ? last : KNOWN_TO
  for (let date = from; date <= to; date = addDays(date, 1)) {
    if (isSession(date)) sessions.push(date)
  }
  return sessions
}

/** The regular opening as an instant. Late openings are later than this, so what is "before" stays before. */
export function sessionOpen(session: Session): Date {
  return new Date(session + OPEN)
}

/** The regular close as an instant. */
export function sessionClose(session: Session): Date {
  return new Date(session + CLOSE)
}

/** The newest session whose regular close has passed at `now`. */
export function lastClosedSession(now: Date): Session {
  const today = fromDayNumber(Math.floor((now.getTime() + KOREA_OFFSET_MS) / 86_400_000))
  return isSession(today) && sessionClose(today) <= now ? today : previousSession(today)
}
