/**
 * Closures of the years after the table: public holidays with their substitutes from `date-holidays`, and what it lacks:
 * Labour Day, the days of statutory elections, and the year's last weekday, which is the exchange's own.
 *
 * Nobody can compute holidays that a government proclaims, or an election that comes early.
 */
import { createRequire } from 'node:module'
import type Holidays from 'date-holidays'
import { addDays, weekday } from './session.js'
import type { Session } from './session.js'

/** The substitutes of `date-holidays` for Korea end here. */
export const COMPUTED_CLOSURES_TO_YEAR = 2050

/** Of three days each. `date-holidays` begins Seollal with its middle day. */
const FEASTS: Readonly<Record<string, readonly number[]>> = {
  'korean 01-0-01 P3D': [-1, 0, 1],
  'korean 8-0-14 P3D': [0, 1, 2],
}
/** Where `date-holidays` 3.37.0 is wrong: 2033 has its leap month after the eleventh, not before Chuseok. */
const NOT_CLOSED: ReadonlySet<string> = new Set(['2033-10-06', '2033-10-07', '2033-10-08'])
/** In 2036 Children's Day is on the Monday after Buddha's Birthday, whose substitute is the day after. */
const ALSO_CLOSED: ReadonlyMap<number, readonly string[]> = new Map([
  [2033, ['2033-09-07', '2033-09-08', '2033-09-09']],
  [2036, ['2036-05-06']],
])

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
let source: Holidays | undefined

/** Whether a weekday after the table's end, up to {@link COMPUTED_CLOSURES_TO_YEAR}, is closed as far as can be computed. */
export function isComputedClosure(date: Session): boolean {
  const year = Number(date.slice(0, 4))
  const known = years.get(year) ?? closuresOf(year)
  years.set(year, known)
  return known.has(date)
}

function closuresOf(year: number): ReadonlySet<Session> {
  const closures = publicHolidays(year)
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

function publicHolidays(year: number): Set<Session> {
  source ??= loadHolidays()
  const closed = new Set<Session>()
  for (const { date, rule } of source.getHolidays(year)) {
    // Its Date objects are instants; the text is the date itself.
    const first = date.slice(0, 10) as Session
    for (const days of FEASTS[rule] ?? [0]) closed.add(addDays(first, days))
  }
  for (const date of closed) if (NOT_CLOSED.has(date)) closed.delete(date)
  for (const date of ALSO_CLOSED.get(year) ?? []) closed.add(date as Session)
  return closed
}

/** Takes 0.2 s and 40 MB, so only those who ask pay for it. */
function loadHolidays(): Holidays {
  const load = createRequire(import.meta.url) as (name: string) => unknown
  const Source = load('date-holidays') as typeof Holidays
  return new Source('KR', { types: ['public'] })
}

/** A public holiday with a substitute since 2026. */
function labourDay(year: number, holidays: ReadonlySet<Session>): Session {
  let day = `${year}-05-01` as Session
  while (isWeekend(day) || holidays.has(day)) day = addDays(day, 1)
  return day
}

/** A week later where it, the day before or the day after is a holiday. */
function electionDay(from: Session, holidays: ReadonlySet<Session>): Session {
  let day = from
  while (weekday(day) !== 3) day = addDays(day, 1)
  const isTaken = [-1, 0, 1].some((days) => holidays.has(addDays(day, days)))
  return isTaken ? addDays(day, 7) : day
}

function isWeekend(date: Session): boolean {
  return weekday(date) === 0 || weekday(date) === 6
}
