import { createCalendar } from '../../../../src/domain/calendar/calendar.js'
import {
  MAX_MISSED,
  missedSessions,
  nextRetry,
  nightOf,
  retryTimes,
} from '../../../../src/domain/nights/night.js'
import type { NightOf } from '../../../../src/domain/nights/night.js'
import type { Session } from '../../../../src/domain/calendar/session.js'

const calendar = createCalendar()
const date = (text: string): Session => text as Session
/** `YYYY-MM-DD HH:MM` in Korea. */
const at = (text: string): Date => new Date(`${text.replace(' ', 'T')}:00+09:00`)
const korean = (instant: Date): string =>
  new Date(instant.getTime() + 9 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')
const brief = (night: NightOf): string[] => [
  night.kind,
  night.session,
  night.target,
  ...('reason' in night ? [night.reason] : []),
]
const tonight = (text: string): string[] => brief(nightOf(calendar, at(text)))

describe('the current night', () => {
  test.each([
    ['an ordinary evening', '2025-06-17 18:30', ['today', '2025-06-17', '2025-06-18']],
    ['a Friday evening', '2025-06-20 18:30', ['today', '2025-06-20', '2025-06-23']],
    ['the minute of the close', '2025-06-17 15:30', ['today', '2025-06-17', '2025-06-18']],
    ['past midnight', '2025-06-18 00:10', ['earlier', '2025-06-17', '2025-06-18', 'NOT_CLOSED']],
    ['before the opening', '2025-06-18 08:59', ['earlier', '2025-06-17', '2025-06-18', 'NOT_CLOSED']],
    ['at the opening', '2025-06-18 09:00', ['tooLate', '2025-06-17', '2025-06-18', 'TARGET_OPENED']],
    ['before the close', '2025-06-18 15:29', ['tooLate', '2025-06-17', '2025-06-18', 'TARGET_OPENED']],
    ['a Saturday', '2025-06-21 18:30', ['earlier', '2025-06-20', '2025-06-23', 'NOT_A_SESSION']],
    // Closed from Friday 3 to Thursday 9 October 2025: foundation day, Chuseok, its substitute, Hangul day.
    ['the eve of Chuseok', '2025-10-02 18:30', ['today', '2025-10-02', '2025-10-10']],
    ['Chuseok', '2025-10-06 18:30', ['earlier', '2025-10-02', '2025-10-10', 'NOT_A_SESSION']],
    // The exchange rests on the last weekday of the year.
    [
      'the last weekday of a year',
      '2024-12-31 18:30',
      ['earlier', '2024-12-30', '2025-01-02', 'NOT_A_SESSION'],
    ],
    ['New Year', '2025-01-01 18:30', ['earlier', '2024-12-30', '2025-01-02', 'NOT_A_SESSION']],
    // Years begin an hour late, and the day of the entrance exam is an hour late altogether.
    ['9:30 of a late year', '2025-01-02 09:30', ['earlier', '2024-12-30', '2025-01-02', 'NOT_CLOSED']],
    ['10:00 of a late year', '2025-01-02 10:00', ['tooLate', '2024-12-30', '2025-01-02', 'TARGET_OPENED']],
    ['16:00 of an exam', '2024-11-14 16:00', ['tooLate', '2024-11-13', '2024-11-14', 'TARGET_OPENED']],
    ['16:30 of an exam', '2024-11-14 16:30', ['today', '2024-11-14', '2024-11-15']],
  ])('%s', (_, now, expected) => {
    expect(tonight(now)).toEqual(expected)
  })

  test('the reason for no night today is a sentence', () => {
    expect(nightOf(calendar, at('2025-10-06 18:30'))).toMatchObject({
      date: '2025-10-06',
      message: '2025-10-06 is not a session; the newest one is 2025-10-02, and the next is 2025-10-10',
    })
    expect(nightOf(calendar, at('2025-06-18 10:00'))).toMatchObject({
      message: '2025-06-18 has opened, so the night of 2025-06-17 has nothing left to forecast',
    })
  })

  test('a configured closure moves the target', () => {
    const closures = new Set([date('2025-06-18')])
    const known = createCalendar({ closures, sessions: new Set(), hours: new Map(), checkedTo: undefined })
    expect(brief(nightOf(known, at('2025-06-17 18:30')))).toEqual(['today', '2025-06-17', '2025-06-19'])
  })

  test('a clock set back gives the same night, and so does every minute until the opening', () => {
    const sessions = new Set<Session>()
    for (let minute = 0; minute < 15 * 60; minute += 7) {
      sessions.add(nightOf(calendar, new Date(at('2025-06-17 18:00').getTime() + minute * 60_000)).session)
    }
    expect([...sessions]).toEqual(['2025-06-17'])
  })
})

describe('retries of a stale night', () => {
  const retries = (startedAt: string): string[] =>
    retryTimes(nightOf(calendar, at(startedAt)), at(startedAt)).map(korean)

  test.each([
    ['from 18:30', '2025-06-17 18:30', ['2025-06-17 20:15', '2025-06-18 07:00']],
    [
      'on a Friday, where Saturday has no target',
      '2025-06-20 18:30',
      ['2025-06-20 20:15', '2025-06-21 07:00'],
    ],
    ['begun late', '2025-06-17 20:15', ['2025-06-18 07:00']],
    ['begun past midnight', '2025-06-18 02:00', ['2025-06-18 07:00']],
    ['begun after the last', '2025-06-18 07:00', []],
    ['caught up on a Sunday', '2025-06-22 10:00', ['2025-06-22 20:15', '2025-06-23 07:00']],
    ['before a late year', '2024-12-31 23:00', ['2025-01-01 07:00', '2025-01-01 20:15']],
  ])('%s', (_, startedAt, expected) => {
    expect(retries(startedAt)).toEqual(expected)
  })

  test('a last one follows the morning sync where a provider publishes on the next morning', () => {
    const times = (startedAt: string): string[] =>
      retryTimes(nightOf(calendar, at(startedAt)), at(startedAt), { morningBars: true }).map(korean)
    expect(times('2025-06-17 18:30')).toEqual(['2025-06-17 20:15', '2025-06-18 07:00', '2025-06-18 08:40'])
    expect(times('2025-06-20 18:30')).toEqual(['2025-06-20 20:15', '2025-06-21 07:00', '2025-06-23 08:40'])
    expect(times('2025-06-18 08:50')).toEqual([])
  })

  test('none is left where the target opens before it', () => {
    const hours = new Map([[date('2025-06-18'), { open: '07:00', close: '15:30' }]])
    const early = createCalendar({ closures: new Set(), sessions: new Set(), hours, checkedTo: undefined })
    const startedAt = at('2025-06-17 18:30')
    expect(retryTimes(nightOf(early, startedAt), startedAt).map(korean)).toEqual(['2025-06-17 20:15'])
  })

  test('the next one is the first that has not passed, until there is none', () => {
    const startedAt = at('2025-06-17 18:30')
    const night = nightOf(calendar, startedAt)
    const next = (now: string): string | null => {
      const retry = nextRetry(night, startedAt, at(now))
      return retry && korean(retry)
    }
    expect([next('2025-06-17 18:31'), next('2025-06-17 20:15'), next('2025-06-18 07:00')]).toEqual([
      '2025-06-17 20:15',
      '2025-06-18 07:00',
      null,
    ])
  })
})

describe('missed nights', () => {
  const found = (lastNight: string | null, now: string) => {
    const { missed, unnamed, catchUp } = missedSessions(
      calendar,
      lastNight === null ? null : date(lastNight),
      at(now),
    )
    return { missed, unnamed, catchUp: catchUp?.session ?? null }
  }

  test('down for one evening: caught up, none missed', () => {
    expect(found('2025-06-16', '2025-06-17 23:00')).toEqual({ missed: [], unnamed: 0, catchUp: '2025-06-17' })
    expect(found('2025-06-16', '2025-06-18 08:00')).toEqual({ missed: [], unnamed: 0, catchUp: '2025-06-17' })
  })

  test('down for a week: the newest is caught up, the others are missed', () => {
    expect(found('2025-06-13', '2025-06-20 19:00')).toEqual({
      missed: ['2025-06-16', '2025-06-17', '2025-06-18', '2025-06-19'],
      unnamed: 0,
      catchUp: '2025-06-20',
    })
  })

  test('down until the target had opened: the newest is missed too', () => {
    expect(found('2025-06-16', '2025-06-18 10:00')).toEqual({
      missed: ['2025-06-17'],
      unnamed: 0,
      catchUp: null,
    })
  })

  test('holidays and year ends miss nothing', () => {
    expect(found('2025-10-02', '2025-10-09 19:00')).toEqual({ missed: [], unnamed: 0, catchUp: null })
    expect(found('2024-12-30', '2025-01-02 09:30')).toEqual({ missed: [], unnamed: 0, catchUp: null })
    expect(found('2024-12-27', '2025-01-01 12:00')).toEqual({ missed: [], unnamed: 0, catchUp: '2024-12-30' })
  })

  test('a restart in the same minute, or with the clock set back, finds nothing', () => {
    expect(found('2025-06-17', '2025-06-17 18:30')).toEqual({ missed: [], unnamed: 0, catchUp: null })
    expect(found('2025-06-17', '2025-06-10 18:30')).toEqual({ missed: [], unnamed: 0, catchUp: null })
  })

  test('a new database has missed nothing, and may begin with the newest', () => {
    expect(found(null, '2025-06-17 19:00')).toEqual({ missed: [], unnamed: 0, catchUp: '2025-06-17' })
    expect(found(null, '2025-06-17 12:00')).toEqual({ missed: [], unnamed: 0, catchUp: null })
  })

  test('years of absence list the newest 250 nights and count the rest', () => {
    const { missed, unnamed, catchUp } = missedSessions(calendar, date('2020-01-02'), at('2025-06-17 19:00'))
    const all = calendar.sessionsBetween(date('2020-01-03'), date('2025-06-16'))
    expect(missed).toEqual(all.slice(-MAX_MISSED))
    expect(missed.length + unnamed).toBe(all.length)
    expect(catchUp?.session).toBe('2025-06-17')
  })
})
