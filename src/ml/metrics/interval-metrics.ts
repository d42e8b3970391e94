/**
 * Interval metrics: how often intervals cover the outcome, and how wide they are.
 *
 * The interval score of a central 1 - α interval is its width plus 2 / α times the distance of an outcome outside
 * it (Winkler, J. American Statistical Association 67, 1972; Gneiting and Raftery, ibid. 102, 2007, eq. 43).
 * Smaller is better. The true quantiles score best: no wider or narrower interval is better on average.
 */

export interface JudgedInterval {
  /** Nominal coverage: 1 - α. */
  readonly level: number
  readonly lower: number
  readonly upper: number
  readonly actual: number
}

export interface IntervalMetrics {
  readonly sessions: number
  /** Share of sessions whose outcome is in its interval, both ends included. */
  readonly coverage: number
  /** Mean width, in the unit of the outcomes. */
  readonly meanWidth: number
  /** Mean interval score, in the unit of the outcomes. */
  readonly winklerScore: number
}

/** Returns whether the interval covers the outcome, both ends included. */
export function covers({ lower, upper, actual }: JudgedInterval): boolean {
  return lower <= actual && actual <= upper
}

/**
 * Returns the interval score, in the unit of the outcome.
 * @throws RangeError where the level is not between 0 and 1, or the ends are out of order
 */
export function winklerScore({ level, lower, upper, actual }: JudgedInterval): number {
  if (!(level > 0 && level < 1)) throw new RangeError(`The level is ${level}; it must lie between 0 and 1.`)
  if (!(lower <= upper))
    throw new RangeError(`The interval from ${lower} to ${upper} has its ends out of order.`)
  return upper - lower + (2 / (1 - level)) * Math.max(lower - actual, 0, actual - upper)
}

/**
 * Evaluates intervals of one level. For several symbols or many years, pass logarithms of prices: in won, the most
 * expensive share would dominate the score.
 * @throws RangeError where there are no intervals, or their levels differ
 */
export function evaluateIntervals(intervals: readonly JudgedInterval[]): IntervalMetrics {
  const sessions = intervals.length
  if (sessions === 0) throw new RangeError('There are no intervals to evaluate.')
  if (intervals.some(({ level }) => level !== intervals[0]?.level)) {
    throw new RangeError('Intervals of different levels cannot be evaluated together.')
  }
  const meanOf = (of: (interval: JudgedInterval) => number): number =>
    intervals.reduce((sum, interval) => sum + of(interval), 0) / sessions
  return {
    sessions,
    coverage: meanOf((interval) => (covers(interval) ? 1 : 0)),
    meanWidth: meanOf(({ lower, upper }) => upper - lower),
    winklerScore: meanOf(winklerScore),
  }
}
