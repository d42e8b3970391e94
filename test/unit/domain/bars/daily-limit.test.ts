import { dailyLimit, leverageOf, limitState, priceLimits } from '../../../../src/domain/bars/daily-limit.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import type { Market, SymbolKind } from '../../../../src/domain/symbol.js'

const at = (price: number, previousClose: number, date = '2020-06-01') =>
  limitState(date as Session, price, previousClose)
const share = (market: Market | null) => ({ kind: 'COMMON_SHARE', market }) as const

test('the limit is that of its day', () => {
  expect([at(1_150, 1_000, '2015-06-12'), at(1_150, 1_000, '2015-06-15')]).toEqual(['UPPER', 'WITHIN'])
  expect(dailyLimit('1998-12-04' as Session)).toBe(Infinity)
  expect(at(2_000, 1_000, '1998-12-04')).toBe('WITHIN')
})

test.each<[Market | null, string, number]>([
  ['KOSPI', '1995-03-31', Infinity],
  ['KOSPI', '1995-04-01', 0.06],
  ['KOSPI', '1996-11-23', 0.06],
  ['KOSPI', '1996-11-25', 0.08],
  ['KOSPI', '1998-02-28', 0.08],
  ['KOSPI', '1998-03-02', 0.12],
  ['KOSPI', '1998-12-05', 0.12],
  ['KOSPI', '1998-12-07', 0.15],
  ['KOSPI', '2015-06-12', 0.15],
  ['KOSPI', '2015-06-15', 0.3],
  ['KOSDAQ', '1996-10-31', Infinity],
  ['KOSDAQ', '1998-03-31', 0.08],
  ['KOSDAQ', '2000-01-04', 0.12],
  ['KOSDAQ', '2005-03-25', 0.12],
  ['KOSDAQ', '2005-03-28', 0.15],
  ['KOSDAQ', '2015-06-15', 0.3],
  ['KONEX', '2013-06-28', Infinity],
  ['KONEX', '2013-07-01', 0.15],
  ['KONEX', '2026-06-01', 0.15],
  [null, '2000-01-04', 0.15],
])('a share of %s had a limit on %s of %d', (market, session, limit) => {
  expect(dailyLimit(session as Session, share(market))).toBe(limit)
})

test('funds and notes have the limit times their multiple', () => {
  const limit = (leverage: number) =>
    dailyLimit('2024-06-03' as Session, { kind: 'ETF', market: 'KOSPI', leverage })
  expect([limit(1), limit(2), limit(-2), limit(0.5)]).toEqual([0.3, 0.6, 0.6, 0.3])
})

test.each<[SymbolKind, string, number]>([
  ['ETF', 'KODEX 레버리지', 2],
  ['ETF', 'KODEX 200선물인버스2X', 2],
  ['ETF', 'HANARO 200선물레버리지 1.5X', 1.5],
  ['ETN', '삼성 인버스 2X WTI원유 선물 ETN', 2],
  ['ETN', 'Meritz 3X Leverage KTB30Y', 3],
  ['ETF', 'KODEX 인버스', 1],
  ['ETF', 'TIGER KRX300', 1],
  ['ETN', '미래에셋 0.5X 은행 ETN', 1],
  ['COMMON_SHARE', '레버리지', 1],
])('the name of %s %s states a multiple of %d', (kind, name, leverage) => {
  expect(leverageOf({ kind, name })).toBe(leverage)
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

describe('on ticks, limits are exact', () => {
  const exact = (price: number, close: number, session = '2024-06-03') =>
    limitState(session as Session, price, close, { instrument: share('KOSPI'), tickTable: 'KOSPI' })

  test.each([
    ['2020-06-01', 9_940, 6_960, 12_900],
    ['2020-06-01', 9_980, 6_990, 12_950],
    // One table since 2023: ticks of 10 to 20,000 won.
    ['2024-06-03', 9_940, 6_960, 12_920],
    ['2024-06-03', 77_700, 54_400, 101_000],
    // A width below one tick is one tick.
    ['2024-06-03', 2, 1, 3],
    // 10,000 times 0.15 is 1,500 in whole ticks, whatever the binary fraction.
    ['2014-06-02', 10_000, 8_500, 11_500],
  ])('on %s around %d they are %d and %d', (session, close, lower, upper) => {
    const limit = dailyLimit(session as Session, share('KOSPI'))
    expect(priceLimits(session as Session, close, { limit, tickTable: 'KOSPI' })).toEqual({ lower, upper })
    const state = (price: number) => exact(price, close, session)
    expect([state(lower), state(upper), state(lower - 1), state(upper + 1)]).toEqual([
      'LOWER',
      'UPPER',
      'BEYOND',
      'BEYOND',
    ])
  })

  test('one tick inside is unrestricted, where the approximation took it for the limit', () => {
    expect([exact(12_910, 9_940), exact(6_970, 9_940)]).toEqual(['WITHIN', 'WITHIN'])
    expect([at(12_910, 9_940), at(6_970, 9_940)]).toEqual(['UPPER', 'LOWER'])
  })

  test('a last close beside the ticks leaves the approximation', () => {
    expect(exact(12_910, 9_943)).toBe('UPPER')
  })
})
