/**
 * Strategy metrics: a strategy's performance gross and net of costs, beside buy-and-hold at the same costs.
 *
 * A tally adds rows in constant time and returns the metrics so far. It is plain data that JSON keeps exactly.
 * `equity-curve.ts` defines the metrics of the four equity curves. After ruin only the curves go on: exposure and turnover
 * are those of the sessions up to it.
 */
import { UNFILLED_REASONS } from '../../domain/backtests/strategy.js'
import type { UnfilledReason } from '../../domain/backtests/strategy.js'
import type { Session } from '../../domain/calendar/session.js'
import type { StrategyRow } from './strategy-execution.js'
import { addEquity, performanceOf, RETURN_ROUNDING, SESSIONS_A_YEAR, startCurve } from './equity-curve.js'
import type { EquityCurve, Performance } from './equity-curve.js'

export interface StrategyTally {
  readonly gross: EquityCurve
  readonly net: EquityCurve
  readonly holdGross: EquityCurve
  readonly holdNet: EquityCurve
  /** Sessions up to ruin, and how many of them closed with a position. */
  readonly active: number
  readonly exposed: number
  readonly turnover: number
  readonly tradingCosts: number
  readonly tax: number
  readonly filled: number
  readonly unfilled: Readonly<Record<UnfilledReason, number>>
  readonly fillsWithoutTick: number
  readonly ruinedOn: Session | null
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
  /** Share of the sessions up to ruin that closed with a position; null before the first session. */
  readonly exposure: number | null
  /** Value traded in a year over equity: 2 is one trade in and out. Null before the first session. */
  readonly turnover: number | null
  /** Commission and slippage; `tax` is the transaction tax. Both over the equity at the start. */
  readonly tradingCosts: number
  readonly tax: number
  readonly filledOrders: number
  /** Orders that could not have filled or were not allowed. */
  readonly unfilledOrders: number
  /** The same by reason. Metrics stored by earlier versions lack it, as the next two. */
  readonly unfilledByReason?: Readonly<Record<UnfilledReason, number>>
  /** Fills to which slippage in ticks could not be charged. */
  readonly fillsWithoutTick?: number
  /** The session in which everything was lost; null where it was not. */
  readonly ruinedOn?: Session | null
  /** Closed trades. An open trade is in the equity and in no count. */
  readonly trades: number
  /** Share of closed trades with a return above 0; null where there are none. */
  readonly grossWinRate: number | null
  readonly netWinRate: number | null
  /** Of the closed trades, those that a break of the series ended. Metrics stored by earlier versions lack it. */
  readonly tradesEndedByBreak?: number
}

const NO_REASONS = { HALT: 0, AUCTION: 0, LIMIT: 0, BANNED: 0, NO_SHORT_LIST: 0 } satisfies Record<
  UnfilledReason,
  number
>

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
    active: 0,
    exposed: 0,
    turnover: 0,
    tradingCosts: 0,
    tax: 0,
    filled: 0,
    unfilled: NO_REASONS,
    fillsWithoutTick: 0,
    ruinedOn: null,
    trades: 0,
    grossWins: 0,
    netWins: 0,
    endedByBreak: 0,
  }
}

/** Returns the tally after one more session's row. */
export function addRow(tally: StrategyTally, row: StrategyRow): StrategyTally {
  const { session, closed, ruinedBy, unfilledReason: reason } = row
  const ended = [closed ?? [], ruinedBy ?? []].flat()
  const count = (isSo: boolean): number => (isSo ? 1 : 0)
  return {
    gross: addEquity(tally.gross, session, row.grossEquity),
    net: addEquity(tally.net, session, row.netEquity),
    holdGross: addEquity(tally.holdGross, session, row.hold.grossEquity),
    holdNet: addEquity(tally.holdNet, session, row.hold.netEquity),
    active: tally.active + count(tally.ruinedOn === null),
    exposed: tally.exposed + count(row.position !== 0),
    turnover: tally.turnover + row.turnover,
    tradingCosts: tally.tradingCosts + row.tradingCosts,
    tax: tally.tax + row.tax,
    filled: tally.filled + count(row.order === 'FILLED'),
    unfilled: reason === null ? tally.unfilled : { ...tally.unfilled, [reason]: tally.unfilled[reason] + 1 },
    fillsWithoutTick: tally.fillsWithoutTick + count(row.withoutTick),
    ruinedOn: tally.ruinedOn ?? (row.isRuined ? session : null),
    trades: tally.trades + ended.length,
    grossWins: tally.grossWins + ended.filter(({ grossReturn }) => grossReturn > RETURN_ROUNDING).length,
    netWins: tally.netWins + ended.filter(({ netReturn }) => netReturn > RETURN_ROUNDING).length,
    endedByBreak: tally.endedByBreak + count(closed?.endedByBreak === true),
  }
}

/** Returns the metrics of the sessions so far. */
export function metricsOf(tally: StrategyTally): StrategyMetrics {
  const { sessions } = tally.gross
  const { trades, active } = tally
  return {
    sessions,
    gross: performanceOf(tally.gross),
    net: performanceOf(tally.net),
    hold: { gross: performanceOf(tally.holdGross), net: performanceOf(tally.holdNet) },
    exposure: active === 0 ? null : tally.exposed / active,
    turnover: active === 0 ? null : (tally.turnover * SESSIONS_A_YEAR) / active,
    tradingCosts: tally.tradingCosts,
    tax: tally.tax,
    filledOrders: tally.filled,
    unfilledOrders: UNFILLED_REASONS.reduce((sum, reason) => sum + tally.unfilled[reason], 0),
    unfilledByReason: tally.unfilled,
    fillsWithoutTick: tally.fillsWithoutTick,
    ruinedOn: tally.ruinedOn,
    trades,
    grossWinRate: trades === 0 ? null : tally.grossWins / trades,
    netWinRate: trades === 0 ? null : tally.netWins / trades,
    tradesEndedByBreak: tally.endedByBreak,
  }
}
