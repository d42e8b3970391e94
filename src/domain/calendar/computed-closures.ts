/**
 * Closures of the years after the table: statutory holidays with their substitutes, and what the law or the exchange
 * adds to them: Labour Day, the days of statutory elections, and the year's last weekday.
 *
 * Holidays that a government proclaims and early elections cannot be computed.
 */
import { STATUTORY_HOLIDAYS } from './statutory-holidays.js'
import { addDays, weekday } from './session.js'
import type { Session } from './session.js'

/** Year → its holidays on weekdays. */
const HOLIDAYS: ReadonlyMap<number, readonly Session[]> = new Map(
  STATUTORY_HOLIDAYS.trim()
    .split('\n')
    .map((line) => {
      const [year = '', ...days] = line.split(' ')
      return [Number(year), days.map((day) => `${year}-${day}` as Session)]
    }),
)
/** The last year that is computed. */
export const COMPUTED_CLOSURES_TO_YEAR = Math.max(...HOLIDAYS.keys())

/**
 * The Wednesdays of the Public Official Election Act, article 34: the first one at or after the day that lies 70, 50
 * or 30 days before the terms of the president, the National Assembly and local councils end.
 */
const ELECTIONS = [
  { firstYear: 2030, everyYears: 5, from: '03-25' },
  { firstYear: 2028, everyYears: 4, from: '04-09' },
  { firstYear: 2030, everyYears: 4, from: '05-31' },
] as const

const years = new Map<number, ReadonlySet<Session>>()

/** Whether a weekday after the table's end, up to {@link COMPUTED_CLOSURES_TO_YEAR}, is closed as far as can be computed. */
export function isComputedClosure(date: Session): boolean {
  const year = Number(date.slice(0, 4))
  const known = years.get(year) ?? closuresOf(year)
  years.set(year, known)
  return known.has(date)
}

function closuresOf(year: number): ReadonlySet<Session> {
  const closures = new Set(HOLIDAYS.get(year))
  closures.add(labourDay(year, closures))
  for (const { firstYear, everyYears, from } of ELECTIONS) {
    if (year >= firstYear && (year - firstYear) % everyYears === 0) {
      closures.add(electionDay(`${year}-${from}` as Session, closures))
    }
  }
  let last = `${year}-12-31` as Session
  while (isWeekend(last)) last = addDays(last, -1)
  return closures.add(last)
}

/** A public holiday with a substitute since 2026. */
function labourDay(year: number, holidays: ReadonlySet<Session>): Session {
  let day = `${year}-05-01` as Session
  while (isWeekend(day) || holidays.has(day)) day = addDays(day, 1)
  return day
}

/** @returns the first Wednesday from `from` on; a week later where it or a day next to it is a holiday */
function electionDay(from: Session, holidays: ReadonlySet<Session>): Session {
  let day = from
  while (weekday(day) !== 3) day = addDays(day, 1)
  const isTaken = [-1, 0, 1].some((days) => holidays.has(addDays(day, days)))
  return isTaken ? addDays(day, 7) : day
}

function isWeekend(date: Session): boolean {
  return weekday(date) === 0 || weekday(date) === 6
}
