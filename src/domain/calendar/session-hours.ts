/**
 * When sessions open and close, in Korean time: regular hours by date, and the sessions with special hours.
 *
 * No session opens earlier or closes later than listed here; where the exact hours are unknown, the wider ones are listed.
 */
import { weekday } from './session.js'
import type { Session } from './session.js'

/** `HH:MM` in Korea. */
export interface SessionHours {
  readonly open: string
  readonly close: string
}

/** Newest first. Hours before 1999 differed. */
const REGULAR = [
  { from: '2016-08-01', hours: { open: '09:00', close: '15:30' } },
  { from: '1999-01-01', hours: { open: '09:00', close: '15:00' } },
] as const

/**
 * One line a session: date, opening, close. The first session of most years opens an hour late; on the day of the college
 * entrance exam, opening and close are an hour late. In 2017 an earthquake moved the exam by a week, and both days were
 * late. Whether 2026-11-19 opens late is not known yet.
 */
const SPECIAL = `
1999-01-04 10:00 15:00
1999-11-17 10:00 16:00
2000-11-15 10:00 16:00
2001-01-02 10:00 15:00
2001-11-07 10:00 16:00
2002-01-02 10:00 15:00
2002-11-06 10:00 16:00
2003-01-02 10:00 15:00
2003-11-05 10:00 16:00
2004-01-02 10:00 15:00
2004-11-17 10:00 16:00
2005-01-03 10:00 15:00
2005-11-23 10:00 16:00
2006-01-02 10:00 15:00
2006-11-16 10:00 16:00
2007-01-02 10:00 15:00
2007-11-15 10:00 16:00
2008-01-02 10:00 15:00
2008-11-13 10:00 16:00
2009-01-02 10:00 15:00
2009-11-12 10:00 16:00
2010-01-04 10:00 15:00
2010-11-18 10:00 16:00
2011-01-03 10:00 15:00
2011-11-10 10:00 16:00
2012-01-02 10:00 15:00
2012-11-08 10:00 16:00
2013-01-02 10:00 15:00
2013-11-07 10:00 16:00
2014-01-02 10:00 15:00
2014-11-13 10:00 16:00
2015-01-02 10:00 15:00
2015-11-12 10:00 16:00
2016-01-04 10:00 15:00
2016-11-17 10:00 16:30
2017-01-02 10:00 15:30
2017-11-16 10:00 16:30
2017-11-23 10:00 16:30
2018-01-02 10:00 15:30
2018-11-15 10:00 16:30
2019-01-02 10:00 15:30
2019-11-14 10:00 16:30
2020-01-02 10:00 15:30
2020-12-03 10:00 16:30
2021-01-04 10:00 15:30
2021-11-18 10:00 16:30
2022-01-03 10:00 15:30
2022-11-17 10:00 16:30
2023-01-02 10:00 15:30
2023-11-16 10:00 16:30
2024-01-02 10:00 15:30
2024-11-14 10:00 16:30
2025-01-02 10:00 15:30
2025-11-13 10:00 16:30
2026-01-02 10:00 15:30
2026-11-19 09:00 16:30
`

const TABLE: ReadonlyMap<string, SessionHours> = new Map(
  SPECIAL.trim()
    .split('\n')
    .map((line) => [line.slice(0, 10), { open: line.slice(11, 16), close: line.slice(17) }]),
)
const TABLE_TO = '2026-12-31'
/** The wider hours for every Thursday in mid-November that may be the exam's; its date cannot be computed. */
const POSSIBLE_EXAM: SessionHours = { open: '09:00', close: '16:30' }

/** @throws RangeError before 1999 */
export function sessionHours(session: Session): SessionHours {
  const special = TABLE.get(session)
  if (special) return special
  if (session > TABLE_TO && isPossibleExam(session)) return POSSIBLE_EXAM
  const regular = REGULAR.find(({ from }) => session >= from)
  if (!regular) throw new RangeError(`the hours of ${session} are not known`)
  return regular.hours
}

function isPossibleExam(session: Session): boolean {
  const day = session.slice(5)
  return day >= '11-12' && day <= '11-19' && weekday(session) === 4
}
