/**
 * Interval states of contenders: replays a contender's past forecasts of one symbol into the state that
 * `conformal.ts` computes intervals from.
 *
 * `intervalsAround(contenderState(past), predicted, market)` returns its intervals. `market` is `marketBounds` of
 * the same contender's states on all symbols. It is used where this state has fewer than 40 residuals of its own;
 * such intervals are marked `warmingUp`.
 */
import { CONFORMAL_START, observeAll } from './conformal.js'
import type { ConformalState, ObservedSession } from './conformal.js'

/** Bars that determine the state: 250 residuals, and the bars that volatility and adaptation need before them. */
export const INTERVAL_BARS = 600

/** A contender's past. Places are indexes of `closes`, in session order, up to the last known session. */
export interface ContenderPast {
  readonly closes: ArrayLike<number>
  /** Whether the session had trades; halts are skipped. */
  readonly traded: (place: number) => boolean
  /**
   * The contender's forecast of the session, made before it opened, on the scale of `closes`; null where there was
   * none. Never called for the first place.
   */
  readonly predicted: (place: number) => number | null
}

/**
 * Returns the contender's state after its whole past.
 * @throws RangeError where a close is not a price
 */
export function contenderState(past: ContenderPast): ConformalState {
  return observeAll(CONFORMAL_START, sessionsOf(past))
}

/**
 * Returns the past of persistence. It repeats the last close, so its residuals are the symbol's own log returns
 * and need no fit.
 */
export function persistencePast(
  closes: ArrayLike<number>,
  traded: (place: number) => boolean,
): ContenderPast {
  return { closes, traded, predicted: (place) => closes[place - 1] ?? null }
}

function* sessionsOf({ closes, traded, predicted }: ContenderPast): Generator<ObservedSession> {
  for (let place = 1; place < closes.length; place++) {
    const [previous, actual] = [closes[place - 1] ?? Number.NaN, closes[place] ?? Number.NaN]
    yield { predicted: predicted(place), actual, previous, traded: traded(place) }
  }
}
