/** Strategies: what is held because of forecasts, and how its orders are executed. */

/** `LONG_FLAT` holds the symbol or nothing; `LONG_SHORT` may also have sold what it does not own. */
export const STRATEGY_KINDS = ['LONG_FLAT', 'LONG_SHORT'] as const
export type StrategyKind = (typeof STRATEGY_KINDS)[number]

/** 1 long, 0 flat, -1 short: always the whole equity, never a part of it. */
export type Position = -1 | 0 | 1

export const ORDER_OUTCOMES = ['NONE', 'FILLED', 'UNFILLED'] as const
export type OrderOutcome = (typeof ORDER_OUTCOMES)[number]

/** `NEXT_OPEN`: at the open after the forecast. `SAME_CLOSE`: at the close that it was made from, which nobody can. */
export const EXECUTIONS = ['NEXT_OPEN', 'SAME_CLOSE'] as const
export type Execution = (typeof EXECUTIONS)[number]
