import { breakEvenCosts } from '../../../../src/ml/backtests/break-even-cost.js'
import { runStrategy } from '../../../../src/ml/backtests/strategy-execution.js'
import type { StrategyOptions } from '../../../../src/ml/backtests/strategy-execution.js'
import { addRow, metricsOf, startTally } from '../../../../src/ml/backtests/strategy-metrics.js'
import { before, FREE, sessionsAfter, SHARE } from './strategy-bars.js'

/** 012170 in small: 230 won, a halt, then 2,065 won. `always` is the forecast of every session. */
function run(always: number, options: Partial<StrategyOptions> = {}) {
  const start = before(230)
  const sessions = sessionsAfter(start, [
    [230, 240, always],
    [2_000, 2_065, null],
    [2_100, 2_100, always],
    [2_200, 2_310, always],
  ]).map((session, place) => ({ ...session, isBreak: place === 1 }))
  const all = { ...FREE, symbol: SHARE, kind: 'LONG_SHORT', ...options } as const
  const rows = runStrategy(all, start, sessions)
  return { rows, metrics: metricsOf(rows.reduce(addRow, startTally(start.session))) }
}

describe('a strategy where the series breaks', () => {
  it('loses nothing on a short position that a break ends', () => {
    const { rows } = run(-0.01)
    // Short from 230 to 240 loses 4.3 %; today it would lose 800 %.
    const atBreak = 2 - 240 / 230
    expect(rows.map(({ grossEquity }) => grossEquity)).toEqual([
      expect.closeTo(atBreak, 12),
      expect.closeTo(atBreak, 12),
      expect.closeTo(atBreak, 12),
      expect.closeTo(atBreak * (2 - 1.1), 12),
    ])
    expect(rows[1]).toMatchObject({ order: 'NONE', position: 0, turnover: 0, fillPrice: null })
  })

  it('ends the trade at the last close before it, without a fill, and counts that', () => {
    const { rows, metrics } = run(0.01, { commissionBps: 100 })
    expect(rows[1]?.closed).toMatchObject({ position: 1, endedByBreak: true })
    expect(rows[1]?.closed?.grossReturn).toBeCloseTo(240 / 230 - 1, 12)
    expect(rows[1]?.tradingCosts).toBe(0)
    expect(rows[1]?.netEquity).toBe(rows[0]?.netEquity)
    expect(metrics).toMatchObject({ trades: 1, tradesEndedByBreak: 1, filledOrders: 2 })
  })

  it('buys and holds anew at the first fill after it', () => {
    const { rows, metrics } = run(0.01)
    expect(rows.map(({ hold }) => hold.purchases)).toEqual([1, 1, 2, 2])
    expect(metrics.hold.gross.totalReturn).toBeCloseTo((240 / 230) * (2_310 / 2_100) - 1, 12)
  })

  it('has a break-even cost with one fill for an ended trade and two purchases of buy-and-hold', () => {
    const { rows } = run(0.01)
    const cost = (breakEvenCosts(rows).costBps ?? NaN) / 10_000
    expect(((240 / 230) * (2_310 / 2_100)) / (1 + cost) ** 2).toBeCloseTo(1, 9)
    // Long throughout it does what buy-and-hold does, at any cost.
    expect(breakEvenCosts(rows).costBpsAgainstHold).toBeNull()
  })
})
