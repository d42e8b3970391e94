import {
  DEFAULT_SCHEDULE,
  nextRunAfter,
  parseSchedule,
} from '../../../../src/domain/nights/schedule-expression.js'

/** `YYYY-MM-DD HH:MM` in Korea. */
const at = (text: string): Date => new Date(`${text.replace(' ', 'T')}:00+09:00`)
const next = (expression: string, now: string): string | null => {
  const moment = nextRunAfter(parseSchedule(expression, 'NIGHT_SCHEDULE'), at(now))
  return moment && new Date(moment.getTime() + 9 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')
}

test.each([
  ['', 'it is empty'],
  ['hello', 'it has 1 fields instead of 5'],
  ['@daily', 'it has 1 fields instead of 5'],
  ['0 30 18 * * 1-5', 'it has 6 fields, but seconds are not supported'],
  ['61 18 * * *', '"61" is not a valid minute'],
  ['30 25 * * *', '"25" is not a valid hour'],
  ['30 18 31 2 *', '"31" is not a valid day of month'],
  ['30 18 * * 8', '"8" is not a valid day of week'],
  [`${'1,'.repeat(200)}1 * * * *`, 'it has more than 200 characters'],
])('"%s" is refused with its fault and an example', (expression, fault) => {
  const refused = (): unknown => parseSchedule(expression, 'NIGHT_SCHEDULE')
  expect(refused).toThrow(fault)
  expect(refused).toThrow(/^NIGHT_SCHEDULE: ".*" is not a schedule: .*"30 18 \* \* 1-5" for 18:30/)
})

test('spaces around and between fields do not matter', () => {
  expect(parseSchedule('  30  18 * *\t1-5 ', 'NIGHT_SCHEDULE')).toBe(DEFAULT_SCHEDULE)
})

test.each([
  [DEFAULT_SCHEDULE, '2025-06-17 18:29', '2025-06-17 18:30'],
  [DEFAULT_SCHEDULE, '2025-06-17 18:30', '2025-06-18 18:30'],
  [DEFAULT_SCHEDULE, '2025-06-20 18:30', '2025-06-23 18:30'],
  [DEFAULT_SCHEDULE, '2025-12-31 23:59', '2026-01-01 18:30'],
  ['0 20,7 * * MON-FRI', '2025-06-17 08:00', '2025-06-17 20:00'],
  ['*/20 0 * * *', '2025-06-17 00:25', '2025-06-17 00:40'],
  ['0 0 * * 7', '2025-06-17 00:00', '2025-06-22 00:00'],
  ['30 18 L * *', '2025-02-10 00:00', '2025-02-28 18:30'],
  ['30 18 * * 5L', '2025-06-17 00:00', '2025-06-27 18:30'],
  ['30 18 29 2 *', '2025-06-17 00:00', '2028-02-29 18:30'],
  // Both have to fit: the next 1st that is a Monday.
  ['30 18 1 * 1', '2025-06-17 00:00', '2025-09-01 18:30'],
])('%s after %s is %s in Korea', (expression, now, expected) => {
  expect(next(expression, now)).toBe(expected)
})

test('a last day of February that is a first Monday never comes', () => {
  expect(next('30 18 L 2 1#1', '2025-06-17 00:00')).toBeNull()
})
