import { createCalendar } from '../../../../src/domain/calendar/calendar.js'
import { settlementSession, transactionTaxRate } from '../../../../src/domain/backtests/transaction-tax.js'
import type { Market, SymbolKind } from '../../../../src/domain/symbol.js'
import type { Session } from '../../../../src/domain/calendar/session.js'

const calendar = createCalendar()
const on = (date: string): Session => date as Session
const rate = (date: string, market: Market | null = 'KOSPI', kind: SymbolKind = 'COMMON_SHARE') =>
  transactionTaxRate(calendar, { kind, market }, on(date))

test('a trade is settled on the second session after it', () => {
  // A Thursday, before a weekend.
  expect(settlementSession(calendar, on('2019-05-30'))).toBe('2019-06-03')
  // The exchange is closed on the 31st, New Year and the weekend of the 2nd.
  expect(settlementSession(calendar, on('2020-12-29'))).toBe('2021-01-04')
  expect(settlementSession(calendar, on('2020-12-30'))).toBe('2021-01-05')
  // A Friday; the 31st is closed.
  expect(settlementSession(calendar, on('2024-12-27'))).toBe('2025-01-02')
})

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

test('an index owes nothing', () => {
  expect(rate('2018-06-01', 'KOSPI', 'INDEX').total).toBe(0)
})
