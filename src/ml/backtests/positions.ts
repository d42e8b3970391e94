/** Positions: what a strategy wants to hold for a given forecast. */

import type { Position, StrategyKind } from '../../domain/backtests/strategy.js'

/**
 * Returns long where the predicted log return is above the threshold, short where it is below the negative
 * threshold and the kind allows it, else flat. A return equal to the threshold does not pass it, so with a
 * threshold of 0 persistence, which predicts 0, never holds anything.
 */
export function targetPosition(kind: StrategyKind, threshold: number, predictedReturn: number): Position {
  if (predictedReturn > threshold) return 1
  return kind === 'LONG_SHORT' && predictedReturn < -threshold ? -1 : 0
}
