/**
 * What a contender's past on one symbol says about its next forecast: how far off each of its predictions was,
 * session by session, as `conformal.ts` remembers it.
 *
 * `intervalsAround(contenderState(past), predicted, market)` gives its intervals. `market` is what
 * `marketBounds` makes of the same contender's states on all symbols; it serves where this one has fewer than 40
 * residuals of its own, and its intervals say `warmingUp`.
 */
import { CONFORMAL_START, observeAll } from './conformal.js'
import type { ConformalState, ObservedSession } from './conformal.js'

/** Bars that are enough for everything the intervals remember: 250 residuals, and what volatility and adaptation need. */
export const INTERVAL_BARS = 600

/** Places are those of `closes`, in session order, up to the last session known. */
export interface ContenderPast {
  readonly closes: ArrayLike<number>
  /** Whether the session had trades: halts say nothing about how far a close moves. */
  readonly traded: (place: number) => boolean
  /**
   * What the contender said of the session before it opened, on the scale of `closes`; null where it said nothing.
   * Never asked for the first place.
   */
  readonly predicted: (place: number) => number | null
}

/** @throws RangeError where a close is no price */
export function contenderState(past: ContenderPast): ConformalState {
  return observeAll(CONFORMAL_START, sessionsOf(past))
}

/** Persistence: tomorrow's close is today's, so its residuals are the symbol's own log returns and need no fit. */
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
