import type { ShortSalePermits } from '../../../../src/domain/backtests/short-sale-bans.js'
import { NO_PERMITS } from '../../../../src/domain/backtests/short-sale-bans.js'
import { flagBit } from '../../../../src/domain/bars/bar.js'
import { addClose, NO_TICK_RUNS } from '../../../../src/domain/bars/tick-runs.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import { breakEvenCosts } from '../../../../src/ml/backtests/break-even-cost.js'
import { runStrategy, startStrategy } from '../../../../src/ml/backtests/strategy-execution.js'
import type { SessionBefore, StrategyOptions } from '../../../../src/ml/backtests/strategy-execution.js'
import { addRow, metricsOf, startTally } from '../../../../src/ml/backtests/strategy-metrics.js'
import { before, FREE, sessionsAfter, SHARE } from './strategy-bars.js'

function run(
  values: Parameters<typeof sessionsAfter>[1],
  options: Partial<StrategyOptions> = {},
  start: SessionBefore = before(),
) {
  const all: StrategyOptions = { ...FREE, symbol: SHARE, kind: 'LONG_SHORT', ...options }
  const rows = runStrategy(all, start, sessionsAfter(start, values))
  return { rows, metrics: metricsOf(rows.reduce(addRow, startTally(start.session))) }
}

/** A start whose closes have lain on the ticks long enough to tell. */
function onTicks(close: number, session = '2024-06-03'): SessionBefore {
  const closes = [...Array.from({ length: 19 }, (_, at) => 60_000 + at * 100), close]
  const ticks = closes.reduce((runs, one) => addClose(runs, session as Session, one), NO_TICK_RUNS)
  return { ...before(close, session), ticks }
}

describe('after ruin', () => {
  // Short at 100, worth nothing at 200; then nine more forecasts, half of them for another position.
  const values = [
    [100, 120, -0.01],
    [150, 210, -0.01],
    ...Array.from({ length: 9 }, (_, at) => [200, 200, at % 2 === 0 ? 0.01 : -0.01] as const),
  ] as const

  test('no order is filled or counted, and the ruin ends the trade', () => {
    const { rows, metrics } = run(values, { symbol: { kind: 'INDEX', market: 'KOSPI' } })
    expect(metrics).toMatchObject({
      ruinedOn: '2019-06-05',
      filledOrders: 1,
      unfilledOrders: 0,
      trades: 1,
      grossWinRate: 0,
      exposure: 1 / 2,
    })
    expect(metrics.turnover).toBeCloseTo(247 / 2, 12)
    expect(rows.slice(2).map(({ order }) => order)).toEqual(Array(9).fill('NONE'))
    expect(metrics.net.totalReturn).toBe(-1)
    expect(breakEvenCosts(rows).costBps).toBeNull()
  })

  test('buy-and-hold goes on', () => {
    expect(
      run(values, { symbol: { kind: 'INDEX', market: 'KOSPI' } }).metrics.hold.gross.totalReturn,
    ).toBeCloseTo(1, 12)
  })

  test('an open beyond everything ruins before its order, which is none', () => {
    const { rows, metrics } = run(
      [
        [100, 120, -0.01],
        [205, 205, 0.01],
        [100, 100, 0.01],
      ],
      { symbol: { kind: 'INDEX', market: 'KOSPI' } },
    )
    expect(rows.map(({ order }) => order)).toEqual(['FILLED', 'NONE', 'NONE'])
    expect(rows[1]).toMatchObject({
      grossEquity: 0,
      netEquity: 0,
      ruinedBy: { netReturn: -1 },
      isRuined: true,
    })
    expect(metrics).toMatchObject({ filledOrders: 1, trades: 1 })
  })

  test('costs of buying back that take the rest ruin too, and the gross account stops with the net one', () => {
    const { rows, metrics } = run(
      [
        [100, 120, -0.01],
        [199, 199, 0.01],
        [100, 300, 0.01],
      ],
      { symbol: { kind: 'INDEX', market: 'KOSPI' }, commissionBps: 100 },
    )
    expect(rows.map(({ order }) => order)).toEqual(['FILLED', 'FILLED', 'NONE'])
    expect(rows.map(({ position }) => position)).toEqual([-1, 0, 0])
    expect([rows[2]?.netEquity, rows[2]?.grossEquity]).toEqual([0, expect.closeTo(0.01, 12)])
    expect(metrics).toMatchObject({ ruinedOn: rows[1]?.session, trades: 1, netWinRate: 0 })
  })
})

describe('a short sale', () => {
  const short = [
    [100, 100, -0.01],
    [100, 100, -0.01],
  ] as const
  const permits: ShortSalePermits = { permitted: [{ from: '2021-05-03' as Session, to: null }], unlisted: [] }

  test('that was banned does not fill, counts, and leaves the position', () => {
    const { rows, metrics } = run(short, {}, before(100, '2024-06-03'))
    expect(rows.map(({ order, unfilledReason, position }) => [order, unfilledReason, position])).toEqual([
      ['UNFILLED', 'BANNED', 0],
      ['UNFILLED', 'BANNED', 0],
    ])
    expect(metrics).toMatchObject({
      filledOrders: 0,
      unfilledOrders: 2,
      unfilledByReason: { BANNED: 2, LIMIT: 0 },
    })
  })

  test('fills again on the day on which the ban ended', () => {
    const { rows } = run(short, {}, before(100, '2025-03-27'))
    expect(rows.map(({ session, order }) => [session, order])).toEqual([
      ['2025-03-28', 'UNFILLED'],
      ['2025-03-31', 'FILLED'],
    ])
  })

  test('in a partial ban needs a list, and is told from one that the list does not permit', () => {
    const reasons = (shortSales: ShortSalePermits) =>
      run(short, { shortSales }, before(100, '2022-06-02')).rows.map(({ unfilledReason }) => unfilledReason)
    expect(reasons(NO_PERMITS)).toEqual(['NO_SHORT_LIST', 'NO_SHORT_LIST'])
    expect(reasons({ ...permits, permitted: [] })).toEqual(['BANNED', 'BANNED'])
    expect(reasons(permits)).toEqual([null, null])
  })

  test('may stay and be bought back where a ban begins', () => {
    const { rows } = run(
      [
        [100, 100, -0.01],
        [100, 100, -0.01],
        [100, 100, 0],
        [100, 100, -0.01],
      ],
      {},
      before(100, '2020-03-12'),
    )
    expect(rows.map(({ session, order, position }) => [session, order, position])).toEqual([
      ['2020-03-13', 'FILLED', -1],
      ['2020-03-16', 'NONE', -1],
      ['2020-03-17', 'FILLED', 0],
      ['2020-03-18', 'UNFILLED', 0],
    ])
  })

  test('of a reversal does not fill, but the sale of the shares does', () => {
    const { rows, metrics } = run(
      [
        [100, 100, 0.01],
        [110, 110, -0.01],
        [110, 50, -0.01],
      ],
      {},
      before(100, '2024-06-03'),
    )
    expect(rows.map(({ order, unfilledReason, position }) => [order, unfilledReason, position])).toEqual([
      ['FILLED', null, 1],
      ['FILLED', 'BANNED', 0],
      ['UNFILLED', 'BANNED', 0],
    ])
    expect(rows[1]?.closed?.grossReturn).toBeCloseTo(0.1, 12)
    expect(metrics).toMatchObject({ filledOrders: 2, unfilledOrders: 2, trades: 1 })
  })

  test('of an index is one of its future, and never banned', () => {
    const index = { symbol: { kind: 'INDEX', market: 'KOSPI' } } as const
    expect(run(short, index, before(100, '2024-06-03')).rows[0]?.order).toBe('FILLED')
  })
})

describe('an unfilled order has its reason', () => {
  test.each([
    ['HALT', [100, 100, 0.01, flagBit('HALT') | flagBit('NO_VOLUME')]],
    ['AUCTION', [100, 100, 0.01, flagBit('NO_VOLUME')]],
    ['LIMIT', [130, 130, 0.01]],
    ['LIMIT', [500, 500, 0.01]],
  ] as const)('%s', (reason, values) => {
    expect(run([values]).rows[0]).toMatchObject({
      order: 'UNFILLED',
      unfilledReason: reason,
      fillPrice: null,
    })
  })

  test('the limit is that of the market on the day', () => {
    const reason = (symbol: StrategyOptions['symbol'], session: string, open: number) =>
      run([[open, open, 0.01]], { symbol }, before(100, session)).rows[0]?.unfilledReason
    const kosdaq = { kind: 'COMMON_SHARE', market: 'KOSDAQ' } as const
    expect([reason(kosdaq, '2004-06-01', 112), reason(SHARE, '2004-06-01', 112)]).toEqual(['LIMIT', null])
    const konex = { kind: 'COMMON_SHARE', market: 'KONEX' } as const
    expect([reason(konex, '2024-06-03', 115), reason(SHARE, '2024-06-03', 115)]).toEqual(['LIMIT', null])
    const fund = { kind: 'ETF', market: 'KOSPI', leverage: 2 } as const
    expect([reason(fund, '2024-06-03', 130), reason(fund, '2024-06-03', 160)]).toEqual([null, 'LIMIT'])
    const markets = [
      { from: '2014-01-02' as Session, market: 'KONEX' },
      { from: '2020-06-03' as Session, market: 'KOSDAQ' },
    ] as const
    const moved = { ...kosdaq, markets }
    expect([reason(moved, '2020-06-01', 115), reason(moved, '2020-06-02', 115)]).toEqual(['LIMIT', null])
  })

  test('limits are exact where closes lie on ticks', () => {
    // The upper limit of 77,700 is 101,000; one tick less traded freely, and counted as the limit before.
    const order = (open: number, start: SessionBefore) => run([[open, open, 0.01]], {}, start).rows[0]?.order
    expect([order(100_900, onTicks(77_700)), order(101_000, onTicks(77_700))]).toEqual(['FILLED', 'UNFILLED'])
    expect(order(100_900, before(77_700, '2024-06-03'))).toBe('UNFILLED')
  })
})

describe('slippage in ticks', () => {
  test('costs so many ticks of the price at each fill', () => {
    const { rows } = run(
      [
        [70_000, 70_000, 0.01],
        [70_000, 70_000, 0],
      ],
      { slippageTicks: 2, kind: 'LONG_FLAT', symbol: { kind: 'ETF', market: 'KOSPI' } },
      { ...onTicks(70_000) },
    )
    // Two ticks of 5 won, of a fund.
    const rate = 10 / 70_000
    expect(rows[1]?.netEquity).toBeCloseTo((1 - rate) / (1 + rate), 12)
    expect(rows[0]?.fillPrice).toBe(70_000)
  })

  test('is not charged without a known tick, and the fills are counted', () => {
    const values = [
      [100, 100, 0.01],
      [100, 100, 0],
    ] as const
    const { metrics, rows } = run(values, {
      slippageTicks: 1,
      kind: 'LONG_FLAT',
      symbol: { kind: 'ETF', market: null },
    })
    expect(metrics.fillsWithoutTick).toBe(2)
    expect(rows[1]?.netEquity).toBe(1)
    expect(run(values).metrics.fillsWithoutTick).toBe(0)
  })

  test('has a bound', () => {
    expect(() => startStrategy({ ...FREE, slippageTicks: 21 }, before())).toThrow(
      'slippageTicks is 21; it must lie between 0 and 20',
    )
  })
})
