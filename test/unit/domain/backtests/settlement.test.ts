import { createCalendar } from '../../../../src/domain/calendar/calendar.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import { settlementSession } from '../../../../src/domain/backtests/settlement.js'
import type { SettlementRegime } from '../../../../src/domain/backtests/settlement.js'

const calendar = createCalendar()
const on = (date: string): Session => date as Session

test('a trade is settled on the second session after it', () => {
  // A Thursday, before a weekend.
  expect(settlementSession(calendar, on('2019-05-30'))).toBe('2019-06-03')
  // The exchange is closed on the 31st, New Year and the weekend of the 2nd.
  expect(settlementSession(calendar, on('2020-12-29'))).toBe('2021-01-04')
  expect(settlementSession(calendar, on('2020-12-30'))).toBe('2021-01-05')
  // A Friday; the 31st is closed.
  expect(settlementSession(calendar, on('2024-12-27'))).toBe('2025-01-02')
})

test('a new settlement cycle is one line of the table, and leaves earlier trades alone', () => {
  const regimes: SettlementRegime[] = [
    { from: '2024-12-27', sessions: 1 },
    { from: '0000-01-01', sessions: 2 },
  ]
  expect(settlementSession(calendar, on('2024-12-26'), regimes)).toBe('2024-12-30')
  expect(settlementSession(calendar, on('2024-12-27'), regimes)).toBe('2024-12-30')
  expect(settlementSession(calendar, on('2024-12-30'), regimes)).toBe('2025-01-02')
})
