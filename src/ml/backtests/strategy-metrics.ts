/**
 * Strategy metrics: a strategy's performance gross and net of costs, beside buy-and-hold at the same costs.
 *
 * A tally adds rows in constant time and returns the metrics so far. It is plain data that JSON keeps exactly.
 * `equity-curve.ts` defines the metrics of the four equity curves.
 */
import type { Session } from '../../domain/calendar/session.js'
import type { StrategyRow } from './strategy-execution.js'
import { addEquity, performanceOf, RETURN_ROUNDING, SESSIONS_A_YEAR, startCurve } from './equity-curve.js'
import type { EquityCurve, Performance } from './equity-curve.js'

export interface StrategyTally {
  readonly gross: EquityCurve
  readonly net: EquityCurve
  readonly holdGross: EquityCurve
  readonly holdNet: EquityCurve
  readonly exposed: number
  readonly turnover: number
  readonly tradingCosts: number
  readonly tax: number
  readonly filled: number
  readonly unfilled: number
  readonly trades: number
  readonly grossWins: number
  readonly netWins: number
  readonly endedByBreak: number
}

export interface StrategyMetrics {
  readonly sessions: number
  readonly gross: Performance
  readonly net: Performance
  readonly hold: { readonly gross: Performance; readonly net: Performance }
  /** Share of sessions that closed with a position; null before the first session. */
  readonly exposure: number | null
  /** Value traded in a year over equity: 2 is one trade in and out. Null before the first session. */
  readonly turnover: number | null
  /** Commission and slippage; `tax` is the transaction tax. Both over the equity at the start. */
  readonly tradingCosts: number
  readonly tax: number
  readonly filledOrders: number
  /** Orders that could not have filled. */
  readonly unfilledOrders: number
  /** Closed trades. An open trade is in the equity and in no count. */
  readonly trades: number
  /** Share of closed trades with a return above 0; null where there are none. */
  readonly grossWinRate: number | null
  readonly netWinRate: number | null
  /** Of the closed trades, those that a break of the series ended. Metrics stored by earlier versions lack it. */
  readonly tradesEndedByBreak?: number
}

/**
 * Returns an empty tally.
 * @param before the session before the first one
 */
export function startTally(before: Session): StrategyTally {
  const curve = startCurve(before)
  return {
    gross: curve,
    net: curve,
    holdGross: curve,
    holdNet: curve,
    exposed: 0,
    turnover: 0,
    tradingCosts: 0,
    tax: 0,
    filled: 0,
    unfilled: 0,
    trades: 0,
    grossWins: 0,
    netWins: 0,
    endedByBreak: 0,
  }
}

/** Returns the tally after one more session's row. */
export function addRow(tally: StrategyTally, row: StrategyRow): StrategyTally {
  const { session, closed } = row
  const count = (isSo: boolean): number => (isSo ? 1 : 0)
  return {
    gross: addEquity(tally.gross, session, row.grossEquity),
    net: addEquity(tally.net, session, row.netEquity),
    holdGross: addEquity(tally.holdGross, session, row.hold.grossEquity),
    holdNet: addEquity(tally.holdNet, session, row.hold.netEquity),
    exposed: tally.exposed + count(row.position !== 0),
    turnover: tally.turnover + row.turnover,
    tradingCosts: tally.tradingCosts + row.tradingCosts,
    tax: tally.tax + row.tax,
    filled: tally.filled + count(row.order === 'FILLED'),
    unfilled: tally.unfilled + count(row.order === 'UNFILLED'),
    trades: tally.trades + count(closed !== null),
    grossWins: tally.grossWins + count(closed !== null && closed.grossReturn > RETURN_ROUNDING),
    netWins: tally.netWins + count(closed !== null && closed.netReturn > RETURN_ROUNDING),
    endedByBreak: tally.endedByBreak + count(closed?.endedByBreak === true),
  }
}

/** Returns the metrics of the sessions so far. */
export function metricsOf(tally: StrategyTally): StrategyMetrics {
  const { sessions } = tally.gross
  const { trades } = tally
  return {
    sessions,
    gross: performanceOf(tally.gross),
    net: performanceOf(tally.net),
    hold: { gross: performanceOf(tally.holdGross), net: performanceOf(tally.holdNet) },
    exposure: sessions === 0 ? null : tally.exposed / sessions,
    turnover: sessions === 0 ? null : (tally.turnover * SESSIONS_A_YEAR) / sessions,
    tradingCosts: tally.tradingCosts,
    tax: tally.tax,
    filledOrders: tally.filled,
    unfilledOrders: tally.unfilled,
    trades,
    grossWinRate: trades === 0 ? null : tally.grossWins / trades,
    netWinRate: trades === 0 ? null : tally.netWins / trades,
    tradesEndedByBreak: tally.endedByBreak,
  }
}
