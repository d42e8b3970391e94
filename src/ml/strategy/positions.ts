/** Positions: what a strategy wants to hold, given what a forecast says. */

/** `LONG_FLAT` holds the symbol or nothing; `LONG_SHORT` may also have sold what it does not own. */
export const STRATEGY_KINDS = ['LONG_FLAT', 'LONG_SHORT'] as const
export type StrategyKind = (typeof STRATEGY_KINDS)[number]

/** 1 long, 0 flat, -1 short: always the whole equity, never a part of it. */
export type Position = -1 | 0 | 1

/**
 * Long where the predicted log return lies above the threshold, short where it lies below its negative and the kind may,
 * else flat. A return at the threshold does not pass it, so with a threshold of 0 persistence, which predicts 0, is
 * never in the market.
 */
export function targetPosition(kind: StrategyKind, threshold: number, predictedReturn: number): Position {
  if (predictedReturn > threshold) return 1
  return kind === 'LONG_SHORT' && predictedReturn < -threshold ? -1 : 0
}
