import { existsSync, readFileSync } from 'node:fs'
import {
  isSession,
  knownSessionsBetween,
  knowsCalendar,
  lastClosedSession,
  nextSession,
  previousSession,
  sessionOpen,
} from '../../../src/domain/calendar.js'
import { CLOSURES } from '../../../src/domain/closures.js'
import { addDays, weekday } from '../../../src/domain/session.js'
import type { Session } from '../../../src/domain/session.js'

const date = (text: string): Session => text as Session
// Compiled tests lie in dist/test/unit/domain; real data, where there is any, beside the checkout.
const REAL_SESSIONS = new URL(
  '../../../../../shared/data/calendar/krx_sessions_1981-2026.csv',
  import.meta.url,
)

describe('the calendar', () => {
  it('knows a long closure: Chuseok 2025 spans a week', () => {
    expect(nextSession(date('2025-10-02'))).toBe('2025-10-10')
    expect(previousSession(date('2025-10-10'))).toBe('2025-10-02')
  })

  it('finds the next session from a weekend, too', () => {
    expect(nextSession(date('2024-07-06'))).toBe('2024-07-08')
  })

  it('lists only weekdays as closures, each with a reason, in order', () => {
    const dates = [...CLOSURES.keys()]
    expect(dates.filter((closure) => [0, 6].includes(weekday(closure)))).toEqual([])
    expect([...dates].sort()).toEqual(dates)
    expect([...CLOSURES.values()].every((reason) => reason.length > 3)).toBe(true)
  })

  it('takes the session that has closed at 15:30 in Korea as the last closed one', () => {
    expect(lastClosedSession(new Date('2024-07-10T15:29:59+09:00'))).toBe('2024-07-09')
    expect(lastClosedSession(new Date('2024-07-10T15:30:00+09:00'))).toBe('2024-07-10')
    expect(lastClosedSession(new Date('2024-07-14T23:00:00+09:00'))).toBe('2024-07-12')
    // Still the evening before in UTC.
    expect(lastClosedSession(new Date('2024-07-10T16:00:00Z'))).toBe('2024-07-10')
  })

  it('opens a session at nine in Korea', () => {
    expect(sessionOpen(date('2024-07-10')).toISOString()).toBe('2024-07-10T00:00:00.000Z')
  })

  it('falls back to fixed closures outside its years, and says so', () => {
    expect(knowsCalendar(date('2027-01-04'))).toBe(false)
    expect(nextSession(date('2026-12-30'))).toBe('2027-01-04')
    expect(isSession(date('2030-12-31'))).toBe(false)
    expect(isSession(date('2033-12-30'))).toBe(false)
  })

  // The exchange's list is not part of the repository; without it the tests above hold the table's shape alone.
  const onRealData = existsSync(REAL_SESSIONS) ? it : it.skip
  onRealData('agrees with the exchange on every date of 1999 to 2026 (needs ../shared/data)', () => {
    const real = readFileSync(REAL_SESSIONS, 'utf8')
      .split('\n')
      .map((line) => line.slice(0, 10))
      .filter((day) => day >= '1999-01-01' && day <= '2026-12-31')
    expect(real.length).toBeGreaterThan(1_900)
    expect(knownSessionsBetween(date('1990-01-01'), date('2030-12-31'))).toEqual(real)
  })
})

describe('date arithmetic', () => {
  it('crosses leap days and year ends', () => {
    expect(addDays(date('2024-02-28'), 1)).toBe('2024-02-29')
    expect(addDays(date('2023-12-31'), 1)).toBe('2024-01-01')
    expect(addDays(date('1970-01-01'), -1)).toBe('1969-12-31')
    expect(weekday(date('1969-12-31'))).toBe(3)
  })
})
