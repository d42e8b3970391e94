/**
 * The intervals around persistence: tomorrow's close is today's, and how far off that has been before says how far off it
 * will be. Its residuals are the symbol's own log returns, so they are known without a fit.
 */
import type { PriceInterval } from './conformal.js'
import { CONFORMAL_START, intervalsAround, observe } from './conformal.js'

/** Bars that are enough for everything the intervals remember: 250 residuals, and what volatility and adaptation need. */
export const INTERVAL_BARS = 600

/**
 * @param closes in session order, of all sessions up to the last one known
 * @param traded whether each had trades: halts say nothing about how far a close moves
 * @returns one interval a level for the session after the last one, or null where too few sessions are known
 */
export function persistenceIntervals(
  closes: ArrayLike<number>,
  traded: (place: number) => boolean,
): readonly PriceInterval[] | null {
  let state = CONFORMAL_START
  for (let place = 1; place < closes.length; place++) {
    const [previous, actual] = [closes[place - 1] ?? Number.NaN, closes[place] ?? Number.NaN]
    state = observe(state, { predicted: previous, actual, previous, traded: traded(place) })
  }
  const last = closes[closes.length - 1]
  if (last === undefined) return null
  const found = intervalsAround(state, last, null)
  return found.kind === 'intervals' ? found.intervals : null
}
