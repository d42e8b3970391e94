import { createCalendar } from '../../../../src/domain/calendar/calendar.js'
import { transactionTaxRate } from '../../../../src/domain/backtests/transaction-tax.js'
import type { Market, SymbolKind } from '../../../../src/domain/symbol.js'
import type { Session } from '../../../../src/domain/calendar/session.js'

const calendar = createCalendar()
const on = (date: string): Session => date as Session
const rate = (date: string, market: Market | null = 'KOSPI', kind: SymbolKind = 'COMMON_SHARE') =>
  transactionTaxRate(calendar, { kind, market }, on(date))

describe('the rate is that of the settlement', () => {
  // Last session of the old rate, first of the new one; the days of 2019, 2020 and 2024 as the newspapers had them.
  test.each([
    ['2018-12-28', 0.003, '2019-01-02', 0.003],
    ['2019-05-29', 0.003, '2019-05-30', 0.0025],
    ['2020-12-28', 0.0025, '2020-12-29', 0.0023],
    ['2022-12-27', 0.0023, '2022-12-28', 0.002],
    ['2023-12-26', 0.002, '2023-12-27', 0.0018],
    ['2024-12-26', 0.0018, '2024-12-27', 0.0015],
    ['2025-12-26', 0.0015, '2025-12-29', 0.002],
  ])('%s still pays %d, %s pays %d', (last, before, first, after) => {
    for (const market of ['KOSPI', 'KOSDAQ', null] as const) {
      expect(rate(last, market).total).toBe(before)
      expect(rate(first, market).total).toBe(after)
    }
  })
})

test('KOSPI shares bear the rural tax, which stayed when the other one went', () => {
  expect(rate('2000-01-04')).toEqual({ securitiesTax: 0.0015, ruralTax: 0.0015, total: 0.003 })
  expect(rate('2022-06-02')).toEqual({ securitiesTax: 0.0008, ruralTax: 0.0015, total: 0.0023 })
  expect(rate('2025-06-02')).toEqual({ securitiesTax: 0, ruralTax: 0.0015, total: 0.0015 })
  expect(rate('2025-06-02', 'KOSDAQ')).toEqual({ securitiesTax: 0.0015, ruralTax: 0, total: 0.0015 })
})

test('KONEX shares have had one rate since 2019', () => {
  expect(rate('2019-05-29', 'KONEX').total).toBe(0.003)
  expect(rate('2019-05-30', 'KONEX').total).toBe(0.001)
  expect(rate('2026-01-05', 'KONEX')).toEqual({ securitiesTax: 0.001, ruralTax: 0, total: 0.001 })
})

test.each(['INDEX', 'ETF', 'ETN'] as const)('an instrument of kind %s owes nothing', (kind) => {
  for (const date of ['2018-06-01', '2025-06-02', '2026-06-01'])
    expect(rate(date, 'KOSPI', kind).total).toBe(0)
})

test.each(['COMMON_SHARE', 'PREFERRED_SHARE', 'REIT', 'SPAC', 'UNKNOWN'] as const)(
  'an instrument of kind %s is taxed as a share',
  (kind) => {
    expect(rate('2026-06-01', 'KOSPI', kind)).toEqual({
      securitiesTax: 0.0005,
      ruralTax: 0.0015,
      total: 0.002,
    })
  },
)

test('the market is that of the session, where the share has moved', () => {
  const moved = {
    kind: 'COMMON_SHARE',
    market: 'KOSPI',
    markets: [
      { from: on('2014-01-02'), market: 'KONEX' },
      { from: on('2020-06-01'), market: 'KOSDAQ' },
      { from: on('2023-06-01'), market: 'KOSPI' },
    ],
  } as const
  const at = (date: string) => transactionTaxRate(calendar, moved, on(date))
  expect(at('2010-06-01').total).toBe(0.003)
  expect(at('2020-05-29')).toEqual({ securitiesTax: 0.001, ruralTax: 0, total: 0.001 })
  expect(at('2023-05-31')).toEqual({ securitiesTax: 0.002, ruralTax: 0, total: 0.002 })
  expect(at('2023-06-01')).toEqual({ securitiesTax: 0.0005, ruralTax: 0.0015, total: 0.002 })
})
