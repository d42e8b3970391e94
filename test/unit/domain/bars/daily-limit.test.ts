import { dailyLimit, limitState } from '../../../../src/domain/bars/daily-limit.js'
import type { Session } from '../../../../src/domain/calendar/session.js'

const at = (price: number, previousClose: number, date = '2020-06-01') =>
  limitState(date as Session, price, previousClose)

test('the limit is that of its day', () => {
  expect([at(1_150, 1_000, '2015-06-12'), at(1_150, 1_000, '2015-06-15')]).toEqual(['UPPER', 'WITHIN'])
  expect(dailyLimit('1998-12-04' as Session)).toBe(Infinity)
  expect(at(2_000, 1_000, '1998-12-04')).toBe('WITHIN')
})

// The exchange's own examples: ticks of 10 below 10,000 won, of 50 above, at the time.
test.each([
  [9_980, 12_970, 6_990],
  [9_940, 12_900, 6_960],
])('at a last close of %d, %d and %d are the limits', (close, upper, lower) => {
  expect(at(upper, close)).toBe('UPPER')
  expect(at(lower, close)).toBe('LOWER')
})

test('a price a percent inside the limit is unrestricted, and one beyond it has another base price', () => {
  expect([at(1_289, 1_000), at(711, 1_000), at(1_000, 1_000)]).toEqual(['WITHIN', 'WITHIN', 'WITHIN'])
  expect([at(1_306, 1_000), at(200, 1_000)]).toEqual(['BEYOND', 'BEYOND'])
})
