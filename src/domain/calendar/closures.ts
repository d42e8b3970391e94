/**
 * Lists the weekdays from 1999 to 2026 on which the KRX holds no session, with the reasons.
 *
 * Weekends are closed and not listed. Dates after 2026-03 follow the published calendar; an extraordinary closure
 * (an election, a day of mourning) is added to the table of its years.
 */
import { CLOSURES_1999_2008 } from './closures-1999-2008.js'
import { CLOSURES_2009_2018 } from './closures-2009-2018.js'
import { CLOSURES_2019_2026 } from './closures-2019-2026.js'
import type { Session } from './session.js'

/** First and last year that {@link CLOSURES} covers. */
export const CLOSURES_FROM_YEAR = 1999
export const CLOSURES_TO_YEAR = 2026

/** Reasons by date. */
export const CLOSURES: ReadonlyMap<Session, string> = new Map(
  [CLOSURES_1999_2008, CLOSURES_2009_2018, CLOSURES_2019_2026]
    .flatMap((table) => table.trim().split('\n'))
    .map((line) => [line.slice(0, 10) as Session, line.slice(11)]),
)
