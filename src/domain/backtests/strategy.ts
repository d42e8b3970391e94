/** Strategies: which positions follow from forecasts, and how orders are executed. */

/** `LONG_FLAT` is long or in cash; `LONG_SHORT` may also be short. */
export const STRATEGY_KINDS = ['LONG_FLAT', 'LONG_SHORT'] as const
export type StrategyKind = (typeof STRATEGY_KINDS)[number]

/** 1 long, 0 flat, -1 short; always with the whole equity. */
export type Position = -1 | 0 | 1

export const ORDER_OUTCOMES = ['NONE', 'FILLED', 'UNFILLED'] as const
export type OrderOutcome = (typeof ORDER_OUTCOMES)[number]

/**
 * Why an order did not fill. `HALT`: trading was halted. `AUCTION`: no auction had a price, because nothing was traded.
 * `LIMIT`: a buy at the upper daily limit, a sale at the lower one, or a price beyond them. `BANNED`: short sales were not
 * allowed. `NO_SHORT_LIST`: they were allowed for some shares, and no list states for which.
 */
export const UNFILLED_REASONS = ['HALT', 'AUCTION', 'LIMIT', 'BANNED', 'NO_SHORT_LIST'] as const
export type UnfilledReason = (typeof UNFILLED_REASONS)[number]

/** `NEXT_OPEN`: at the open after the forecast. `SAME_CLOSE`: at the close it was computed from, which is impossible. */
export const EXECUTIONS = ['NEXT_OPEN', 'SAME_CLOSE'] as const
export type Execution = (typeof EXECUTIONS)[number]
