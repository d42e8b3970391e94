import { breakEvenCosts } from '../../../../src/ml/backtests/break-even-cost.js'
import { addEquity, performanceOf, startCurve } from '../../../../src/ml/backtests/equity-curve.js'
import type { Performance } from '../../../../src/ml/backtests/equity-curve.js'
import { addRow, metricsOf, startTally } from '../../../../src/ml/backtests/strategy-metrics.js'
import { runStrategy } from '../../../../src/ml/backtests/strategy-execution.js'
import type { StrategyRow } from '../../../../src/ml/backtests/strategy-execution.js'
import { addDays } from '../../../../src/domain/calendar/session.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import { before, FREE, randomSessions, sessionsAfter, SHARE } from './strategy-bars.js'

const DAY_0 = '2020-06-01' as Session

/** Day by day from 2020-06-02. */
function curveOf(equities: readonly number[]) {
  return equities.reduce(
    (curve, equity, i) => addEquity(curve, addDays(DAY_0, i + 1), equity),
    startCurve(DAY_0),
  )
}

function tallyOf(rows: readonly StrategyRow[], start = before()) {
  return rows.reduce(addRow, startTally(start.session))
}

describe('a curve by hand', () => {
  // Returns 0.1, -0.1, 0.2: mean 0.2 / 3. From it they lie 0.1 / 3, -0.5 / 3, 0.4 / 3 away: squares sum to 0.42 / 9.
  const performance = performanceOf(curveOf([1.1, 0.99, 1.188]))
  const deviation = Math.sqrt(0.42 / 9 / 2)

  test('return, volatility, Sharpe', () => {
    expect(performance.totalReturn).toBeCloseTo(0.188, 12)
    expect(performance.volatility).toBeCloseTo(deviation * Math.sqrt(247), 12)
    expect(performance.sharpe).toBeCloseTo((0.2 / 3 / deviation) * Math.sqrt(247), 12)
  })

  test('Sortino: the downside is √(0.1² / 3)', () => {
    expect(performance.sortino).toBeCloseTo((0.2 / 3 / Math.sqrt(0.01 / 3)) * Math.sqrt(247), 12)
  })

  test('the drawdown of a tenth recovers on the third session', () => {
    expect(performance.maxDrawdown).toEqual({
      depth: expect.closeTo(0.1, 12) as number,
      peak: '2020-06-02',
      trough: '2020-06-03',
      recovery: '2020-06-04',
    })
  })
})

test('a drawdown begins at the last session of the peak, including the start, and may be open', () => {
  const drawdown = (equities: number[]) => performanceOf(curveOf(equities)).maxDrawdown
  expect(drawdown([0.9, 0.8, 0.9])).toMatchObject({ peak: DAY_0, trough: '2020-06-03', recovery: null })
  // Half of what there was, after a smaller and before a smaller loss.
  expect(drawdown([1, 0.9, 1.2, 1.2, 0.6, 1.3, 1.2])).toEqual({
    depth: 0.5,
    peak: '2020-06-05',
    trough: '2020-06-06',
    recovery: '2020-06-07',
  })
})

test('two years from 1 to 1.21 with a loss of a quarter: CAGR 10 %, Calmar 0.4', () => {
  const equities = Array.from({ length: 494 }, (_, i) => (i < 100 ? 1 : i < 200 ? 0.75 : 1.21))
  const { cagr, calmar } = performanceOf(curveOf(equities))
  expect(cagr).toBeCloseTo(0.1, 12)
  expect(calmar).toBeCloseTo(0.4, 12)
})

describe('what is undefined is null', () => {
  const NOTHING = { sharpe: null, sortino: null, maxDrawdown: null, calmar: null }

  test('before the first session, and after one', () => {
    expect(performanceOf(curveOf([]))).toEqual({ ...NOTHING, totalReturn: 0, cagr: null, volatility: null })
    expect(performanceOf(curveOf([1.5]))).toMatchObject({ ...NOTHING, cagr: null, volatility: null })
    expect(metricsOf(startTally(DAY_0))).toMatchObject({
      sessions: 0,
      exposure: null,
      turnover: null,
      netWinRate: null,
    })
  })

  test('below one year, and from one year on it is not', () => {
    const cagr = (sessions: number) => performanceOf(curveOf(Array<number>(sessions).fill(1.1))).cagr
    expect(cagr(246)).toBeNull()
    expect(cagr(247)).toBeCloseTo(0.1, 12)
  })

  test('where returns do not vary, despite rounding', () => {
    const steady = Array.from({ length: 300 }, (_, i) => 1.001 ** (i + 1))
    expect(performanceOf(curveOf(Array<number>(300).fill(1)))).toMatchObject({ ...NOTHING, volatility: 0 })
    expect(performanceOf(curveOf(steady))).toMatchObject(NOTHING)
  })

  test('no metric where everything was lost', () => {
    expect(performanceOf(curveOf(Array.from({ length: 300 }, (_, i) => (i < 9 ? 1 : 0))))).toMatchObject({
      totalReturn: -1,
      cagr: -1,
      maxDrawdown: { depth: 1, recovery: null },
      calmar: -1,
    })
  })
})

test('metrics of a strategy equal those computed by hand', () => {
  // Bought at 100, sold at 110; bought at 100, sold at 90; bought at 90 and kept. An order of the seventh session, halted
  // at the lower limit, does not fill. Costs are 1 % a fill.
  const start = before()
  const sessions = sessionsAfter(start, [
    [100, 105, 0.01],
    [110, 110, 0],
    [100, 95, 0.01],
    [90, 90, 0],
    [90, 90, 0],
    [90, 99, 0.01],
    [69.3, 69.3, 0],
    [80, 90, 0.01],
  ])
  const options = { ...FREE, commissionBps: 100, symbol: { kind: 'COMMON_SHARE', market: 'KONEX' } as const }
  const metrics = metricsOf(tallyOf(runStrategy(options, start, sessions)))
  expect(metrics).toMatchObject({
    sessions: 8,
    exposure: 5 / 8,
    filledOrders: 5,
    unfilledOrders: 1,
    trades: 2,
    grossWinRate: 0.5,
    netWinRate: 0.5,
  })
  expect(metrics.turnover).toBeCloseTo((5 * 247) / 8, 12)
  // KONEX: 0.1 % of what is sold. Each trade in and out keeps (1 - 0.011) / 1.01, an entry 1 / 1.01.
  const kept = 0.989 / 1.01
  expect(metrics.gross.totalReturn).toBeCloseTo(1.1 * 0.9 - 1, 12)
  expect(metrics.net.totalReturn).toBeCloseTo((1.1 * 0.9 * kept ** 2) / 1.01 - 1, 12)
  expect(metrics.tax).toBeCloseTo(0.001 * (1.1 / 1.01 + (1.1 * kept * 0.9) / 1.01), 12)
  expect(metrics.hold.gross.totalReturn).toBeCloseTo(-0.1, 12)
  expect(metrics.hold.net.totalReturn).toBeCloseTo(0.9 / 1.01 - 1, 12)
})

describe('the break-even cost', () => {
  const costs = (values: Parameters<typeof sessionsAfter>[1], options: Partial<typeof FREE> = {}) =>
    breakEvenCosts(runStrategy({ ...FREE, ...options }, before(), sessionsAfter(before(), values)))

  test('of one long trade from 100 to 110 is 1 / 21: then 1.1 (1 - k) = 1 + k', () => {
    const { costBps } = costs([
      [100, 100, 0.01],
      [110, 110, 0],
    ])
    expect(costBps).toBeCloseTo(10_000 / 21, 8)
  })

  test('of one short trade from 100 to 90 is 0.1 / 1.9: then 2 - 0.9 (1 + k) = 1 + k', () => {
    const values = [
      [100, 100, -0.01],
      [90, 90, 0],
    ] as const
    expect(costs(values, { kind: 'LONG_SHORT' }).costBps).toBeCloseTo(1_000 / 1.9, 8)
  })

  test('is null where the strategy lost, did not trade, or kept more than twice its entries', () => {
    const lost = [
      [100, 100, 0.01],
      [90, 90, 0],
    ] as const
    expect(costs([]).costBps).toBeNull()
    expect(costs(lost).costBps).toBeNull()
    expect(costs([[100, 90, 0]])).toEqual({ costBps: null, costBpsAgainstHold: null })
    expect(costs([[100, 300, 0.01]])).toEqual({ costBps: null, costBpsAgainstHold: null })
  })

  test.each(['LONG_FLAT', 'LONG_SHORT'] as const)('%s at that cost has a net return of 0', (kind) => {
    const start = before()
    // Forecasts that are right two times of three.
    const sessions = randomSessions(7, 120, start).map((session, i) => ({
      ...session,
      predictedReturn: (session.close - session.open) * (i % 3 === 0 ? -1 : 1),
    }))
    const rowsAt = (commissionBps: number) => runStrategy({ ...FREE, kind, commissionBps }, start, sessions)
    const { costBps, costBpsAgainstHold } = breakEvenCosts(rowsAt(0))
    expect(costBps).toBeGreaterThan(0)
    expect(rowsAt(costBps ?? NaN).at(-1)?.netEquity).toBeCloseTo(1, 10)
    const beside = rowsAt(costBpsAgainstHold ?? NaN).at(-1)
    expect(beside?.netEquity).toBeCloseTo(beside?.hold.netEquity ?? NaN, 10)
    // What was paid does not change what could have been.
    expect(breakEvenCosts(rowsAt(25)).costBps).toBeCloseTo(costBps ?? NaN, 8)
  })
})

/** The definitions again, over the whole curve at once. */
function performanceAtOnce(
  equities: readonly number[],
): Omit<Performance, 'maxDrawdown'> & { depth: number } {
  const all = [1, ...equities]
  const returns = equities.map((equity, i) => equity / (all[i] ?? NaN) - 1)
  const n = returns.length
  const mean = returns.reduce((sum, value) => sum + value, 0) / n
  const deviation = Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1))
  const downside = Math.sqrt(returns.reduce((sum, value) => sum + Math.min(value, 0) ** 2, 0) / n)
  const depth = Math.max(...all.map((equity, i) => 1 - equity / Math.max(...all.slice(0, i + 1))))
  const last = all.at(-1) ?? NaN
  const cagr = last ** (247 / n) - 1
  return {
    totalReturn: last - 1,
    cagr,
    volatility: deviation * Math.sqrt(247),
    sharpe: (mean / deviation) * Math.sqrt(247),
    sortino: (mean / downside) * Math.sqrt(247),
    calmar: cagr / depth,
    depth,
  }
}

test('metrics updated session by session equal those of the whole run, to 1e-12', () => {
  const start = before()
  const options = { ...FREE, kind: 'LONG_SHORT', commissionBps: 5, symbol: SHARE } as const
  const rows = runStrategy(options, start, randomSessions(11, 1_000, start))
  // Stored and read on the way.
  const half = JSON.parse(JSON.stringify(tallyOf(rows.slice(0, 500)))) as ReturnType<typeof startTally>
  const metrics = metricsOf(rows.slice(500).reduce(addRow, half))
  const curves: [Performance, (row: StrategyRow) => number][] = [
    [metrics.gross, (row) => row.grossEquity],
    [metrics.net, (row) => row.netEquity],
    [metrics.hold.gross, (row) => row.hold.grossEquity],
    [metrics.hold.net, (row) => row.hold.netEquity],
  ]
  for (const [performance, of] of curves) {
    const { depth, ...expected } = performanceAtOnce(rows.map(of))
    const { maxDrawdown, ...actual } = performance
    for (const name of Object.keys(expected) as (keyof typeof expected)[]) {
      expect(Math.abs((actual[name] ?? NaN) - (expected[name] ?? NaN))).toBeLessThan(1e-12)
    }
    expect(Math.abs((maxDrawdown?.depth ?? NaN) - depth)).toBeLessThan(1e-12)
  }
  const trades = rows.flatMap((row) => row.closed ?? [])
  expect(metrics.trades).toBe(trades.length)
  expect(metrics.netWinRate).toBe(trades.filter((trade) => trade.netReturn > 0).length / trades.length)
  expect(metrics.exposure).toBe(rows.filter((row) => row.position !== 0).length / 1_000)
})
