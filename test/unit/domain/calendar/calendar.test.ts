import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import {
  CALENDAR_FROM,
  CALENDAR_TO,
  createCalendar,
  noticeOfCalendarEnd,
} from '../../../../src/domain/calendar/calendar.js'
import { CLOSURES } from '../../../../src/domain/calendar/closures.js'
import { addDays, weekday } from '../../../../src/domain/calendar/session.js'
import type { Session } from '../../../../src/domain/calendar/session.js'

const calendar = createCalendar()
const date = (text: string): Session => text as Session
/** `HH:MM` in Korea. */
const korean = (instant: Date): string =>
  new Date(instant.getTime() + 9 * 3_600_000).toISOString().slice(11, 16)
const hours = (session: string): string =>
  `${korean(calendar.sessionOpen(date(session)))}-${korean(calendar.sessionClose(date(session)))}`
// Compiled tests lie in dist/test/unit/domain; real data, where there is any, beside the checkout.
const REAL_SESSIONS = new URL(
  '../../../../../../shared/data/calendar/krx_sessions_1981-2026.csv',
  import.meta.url,
)
// The exchange's list is not part of the repository; without it the other tests hold the tables' shape alone.
const onRealData = existsSync(REAL_SESSIONS) ? it : it.skip

interface RealSession {
  readonly session: Session
  readonly open: string
  readonly close: string
}

function realSessions(): RealSession[] {
  return readFileSync(REAL_SESSIONS, 'utf8')
    .split('\n')
    .map((line) => line.split(','))
    .map(([session = '', open = '', close = '']) => ({ session: date(session), open, close }))
    .filter(({ session }) => session >= '1999-01-01' && session <= '2026-12-31')
}

describe('the calendar', () => {
  it('knows a long closure: Chuseok 2025 spans a week', () => {
    expect(calendar.nextSession(date('2025-10-02'))).toBe('2025-10-10')
    expect(calendar.previousSession(date('2025-10-10'))).toBe('2025-10-02')
  })

  it('finds the next session from a weekend, too', () => {
    expect(calendar.nextSession(date('2024-07-06'))).toBe('2024-07-08')
  })

  it('lists only weekdays as closures, each with a reason, in order', () => {
    const dates = [...CLOSURES.keys()]
    expect(dates.filter((closure) => [0, 6].includes(weekday(closure)))).toEqual([])
    expect([...dates].sort()).toEqual(dates)
    expect([...CLOSURES.values()].every((reason) => reason.length > 3)).toBe(true)
  })

  it('steps forwards and backwards over the same sessions, and lists each between two dates', () => {
    for (const [first, last] of [
      ['1999-01-01', '2002-12-31'],
      ['2023-11-15', '2029-02-20'],
    ] as const) {
      const between = calendar.sessionsBetween(date(first), date(last))
      const walked: Session[] = []
      const filtered: Session[] = []
      for (let day = date(first); day <= last; day = addDays(day, 1)) {
        if (!calendar.isSession(day)) continue
        filtered.push(day)
        const next = calendar.nextSession(day)
        expect(calendar.previousSession(next)).toBe(day)
        if (next <= last) walked.push(next)
      }
      expect(between).toEqual(filtered)
      expect(between.slice(1)).toEqual(walked)
    }
    expect(calendar.sessionsBetween(date('2024-07-13'), date('2024-07-14'))).toEqual([])
    expect(calendar.sessionsBetween(date('2024-07-12'), date('2024-07-12'))).toEqual(['2024-07-12'])
    expect(calendar.sessionsBetween(date('2024-07-12'), date('2024-07-11'))).toEqual([])
  })

  it('refuses years that it does not know', () => {
    expect(calendar.knows(date('1998-12-31'))).toBe(false)
    expect(calendar.knows(CALENDAR_FROM)).toBe(true)
    expect(calendar.knows(CALENDAR_TO)).toBe(true)
    expect(calendar.knows(date('2051-01-02'))).toBe(false)
    const saturday = date('1990-03-03')
    for (const ask of [
      () => calendar.isSession(saturday),
      () => calendar.nextSession(saturday),
      () => calendar.previousSession(date('1999-01-04')),
      () => calendar.sessionsBetween(saturday, date('1999-02-01')),
      () => calendar.sessionOpen(saturday),
      () => calendar.sessionClose(saturday),
      () => calendar.lastClosedSession(new Date('1990-03-05T12:00:00Z')),
      () => calendar.nextSession(date('2050-12-30')),
    ]) {
      expect(ask).toThrow(
        expect.objectContaining({
          code: 'OUTSIDE_CALENDAR',
          message: expect.stringMatching(/from 1999-01-01 to 2050-12-31/) as string,
        }) as Error,
      )
    }
    expect(calendar.nextSession(date('1998-12-31'))).toBe('1999-01-04')
  })

  onRealData('agrees with the exchange on every date of 1999 to 2026 (needs ../shared/data)', () => {
    const real = realSessions().map(({ session }) => session)
    expect(real.length).toBeGreaterThan(1_900)
    expect(calendar.sessionsBetween(date('1999-01-01'), date('2026-12-31'))).toEqual(real)
  })
})

describe('the hours of a session', () => {
  it('end at 15:00 until July 2016 and at 15:30 since', () => {
    expect(hours('1999-01-05')).toBe('09:00-15:00')
    expect(hours('2016-07-29')).toBe('09:00-15:00')
    expect(hours('2016-08-01')).toBe('09:00-15:30')
    expect(hours('2024-07-10')).toBe('09:00-15:30')
    expect(calendar.sessionOpen(date('2024-07-10')).toISOString()).toBe('2024-07-10T00:00:00.000Z')
  })

  it('are later at the start of a year and on the day of the entrance exam', () => {
    expect(hours('2015-01-02')).toBe('10:00-15:00')
    expect(hours('2024-01-02')).toBe('10:00-15:30')
    expect(hours('2015-11-12')).toBe('10:00-16:00')
    expect(hours('2020-12-03')).toBe('10:00-16:30')
  })

  it('leave room for an exam whose day is not known yet', () => {
    expect(hours('2027-11-18')).toBe('09:00-16:30')
    expect(hours('2027-11-17')).toBe('09:00-15:30')
    expect(hours('2027-11-25')).toBe('09:00-15:30')
  })

  onRealData('never begin after, or end before, those of the exchange (needs ../shared/data)', () => {
    const real = realSessions().filter(({ open }) => open !== '')
    expect(real.length).toBeGreaterThan(6_500)
    const narrower = real.filter(
      ({ session, open, close }) =>
        korean(calendar.sessionOpen(session)) > open || korean(calendar.sessionClose(session)) < close,
    )
    expect(narrower).toEqual([])
    // Wider only where the list is a schedule made in advance.
    const wider = real.filter(({ session, open, close }) => hours(session) !== `${open}-${close}`)
    expect(wider.map(({ session }) => session)).toEqual(['2026-11-19', '2026-12-30'])
  })

  it('decide which session closed last', () => {
    const last = (now: string): Session => calendar.lastClosedSession(new Date(now))
    expect(last('2024-07-10T15:29:59+09:00')).toBe('2024-07-09')
    expect(last('2024-07-10T15:30:00+09:00')).toBe('2024-07-10')
    expect(last('2024-07-14T23:00:00+09:00')).toBe('2024-07-12')
    // Still the evening before in UTC.
    expect(last('2024-07-10T16:00:00Z')).toBe('2024-07-10')
    expect(last('2016-07-29T15:00:00+09:00')).toBe('2016-07-29')
    expect(last('2024-11-14T16:29:59+09:00')).toBe('2024-11-13')
    expect(last('2024-11-14T16:30:00+09:00')).toBe('2024-11-14')
  })
})

describe('the notice of the calendar’s end', () => {
  const notice = (now: string, checkedTo?: string): string | undefined =>
    noticeOfCalendarEnd(
      createCalendar({
        closures: new Set(),
        sessions: new Set(),
        hours: new Map(),
        checkedTo: checkedTo === undefined ? undefined : date(checkedTo),
      }),
      new Date(now),
    )

  it('is given 90 days ahead, in one line with the end and the remedy', () => {
    expect(notice('2026-10-01T23:59:00+09:00')).toBeUndefined()
    expect(notice('2026-10-02T00:00:00+09:00')).toMatch(/to 2026-12-31; .* computed .* CALENDAR_FILE$/)
    expect(notice('2031-01-01T00:00:00Z')).toMatch(/2026-12-31/)
    expect(notice('2026-12-01T00:00:00Z')).not.toContain('\n')
  })

  it('is postponed to the end of what the operator has checked', () => {
    expect(notice('2026-12-01T00:00:00Z', '2027-12-31')).toBeUndefined()
    expect(notice('2027-11-01T00:00:00Z', '2027-12-31')).toMatch(/to 2027-12-31; /)
    expect(notice('2026-12-01T00:00:00Z', '2020-12-31')).toMatch(/to 2026-12-31; /)
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

describe('in other time zones', () => {
  const program = `
    const { createCalendar } = await import(process.argv[1])
    const calendar = createCalendar()
    const sessions = [['1999-01-01', '2003-12-31'], ['2023-06-01', '2034-12-31']].flatMap((range) => calendar.sessionsBetween(...range))
    const hours = sessions.map((session) => [calendar.sessionOpen(session).getTime(), calendar.sessionClose(session).getTime()])
    const now = ['2024-07-10T06:29:00Z', '2024-07-10T06:30:00Z', '2027-02-09T20:00:00Z'].map((at) => calendar.lastClosedSession(new Date(at)))
    process.stdout.write(JSON.stringify({ offset: new Date(0).getTimezoneOffset(), answers: { sessions, hours, now } }))`
  const answer = (zone: string): { offset: number; answers: unknown } =>
    JSON.parse(
      execFileSync(
        process.execPath,
        [
          ...['--input-type=module', '--eval', program],
          new URL('../../../../src/domain/calendar/calendar.js', import.meta.url).href,
        ],
        { encoding: 'utf8', env: { ...process.env, TZ: zone }, maxBuffer: 16_000_000 },
      ),
    ) as { offset: number; answers: unknown }

  it('answers the same, west and east of Korea', () => {
    const seoul = answer('Asia/Seoul')
    expect(seoul.answers).toMatchObject({ now: ['2024-07-09', '2024-07-10', '2027-02-05'] })
    for (const zone of ['America/Los_Angeles', 'Pacific/Kiritimati']) {
      const other = answer(zone)
      expect(other.offset).not.toBe(seoul.offset)
      expect(other.answers).toEqual(seoul.answers)
    }
  })
})
