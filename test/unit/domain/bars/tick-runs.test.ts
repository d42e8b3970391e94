import { addClose, NO_TICK_RUNS, tickTableOf } from '../../../../src/domain/bars/tick-runs.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import type { Market, SymbolKind } from '../../../../src/domain/symbol.js'

const SESSION = '2024-06-03' as Session
const tableOf = (
  closes: readonly number[],
  kind: SymbolKind = 'COMMON_SHARE',
  market: Market | null = 'KOSPI',
) =>
  tickTableOf(
    closes.reduce((runs, close) => addClose(runs, SESSION, close), NO_TICK_RUNS),
    { kind, market },
  )
const steps = (from: number, step: number, count = 20) =>
  Array.from({ length: count }, (_, at) => from + at * step)

test('19 closes are too few to tell, and so are 20 without a change', () => {
  expect(tableOf(steps(60_000, 100, 19))).toBeNull()
  expect(tableOf(Array<number>(20).fill(60_000))).toBeNull()
})

test('20 different closes on ticks name the table', () => {
  expect(tableOf(steps(60_000, 100))).toBe('KOSPI')
  expect(tableOf(steps(60_000, 100), 'UNKNOWN', null)).toBe('KOSPI')
  expect(tableOf(steps(60_000, 100), 'COMMON_SHARE', 'KONEX')).toBe('KOSDAQ')
  expect(tableOf(steps(35_005, 5), 'ETF')).toBe('FUND')
})

test('an adjusted price ends the run', () => {
  expect(tableOf([...steps(60_000, 100), 60_052])).toBeNull()
  expect(tableOf([...steps(60_000, 100), 60_052, ...steps(60_000, 100, 19)])).toBeNull()
})

test('an index has no ticks', () => {
  expect(tableOf(steps(60_000, 100), 'INDEX')).toBeNull()
})
