/** Positions: what a strategy wants to hold, given what a forecast says. */

import type { Position, StrategyKind } from '../../domain/backtests/strategy.js'

/**
 * Long where the predicted log return lies above the threshold, short where it lies below its negative and the kind may,
 * else flat. A return at the threshold does not pass it, so with a threshold of 0 persistence, which predicts 0, is
 * never in the market.
 */
export function targetPosition(kind: StrategyKind, threshold: number, predictedReturn: number): Position {
  if (predictedReturn > threshold) return 1
  return kind === 'LONG_SHORT' && predictedReturn < -threshold ? -1 : 0
}
