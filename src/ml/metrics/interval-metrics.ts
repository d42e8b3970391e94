/**
 * Interval metrics: how often intervals hold what happens, and what that costs in width.
 *
 * The interval score of a central 1 - α interval is its width plus 2 / α times what lies outside (Winkler, J.
 * American Statistical Association 67, 1972; Gneiting and Raftery, ibid. 102, 2007, eq. 43). Smaller is better, and
 * the true quantiles are best: neither a wider nor a narrower interval can gain on average.
 */

export interface JudgedInterval {
  /** Share of sessions that such intervals are to cover: 1 - α. */
  readonly level: number
  readonly lower: number
  readonly upper: number
  readonly actual: number
}

export interface IntervalMetrics {
  readonly sessions: number
  /** Share of sessions whose outcome lay in its interval, both ends included. */
  readonly coverage: number
  /** Mean width, in the unit of the outcomes. */
  readonly meanWidth: number
  /** Mean interval score, in the unit of the outcomes. */
  readonly winklerScore: number
}

export function covers({ lower, upper, actual }: JudgedInterval): boolean {
  return lower <= actual && actual <= upper
}

/** @throws RangeError where the level is not between 0 and 1 or the ends are not in order */
export function winklerScore({ level, lower, upper, actual }: JudgedInterval): number {
  if (!(level > 0 && level < 1)) throw new RangeError(`The level is ${level}; it must lie between 0 and 1.`)
  if (!(lower <= upper)) throw new RangeError(`The interval ends, ${lower} and ${upper}, are not in order.`)
  return upper - lower + (2 / (1 - level)) * Math.max(lower - actual, 0, actual - upper)
}

/**
 * Over intervals of one level. For many symbols, or years, pass logarithms of prices: a score in won is mostly
 * that of the dearest share.
 * @throws RangeError where there are none, or they differ in level
 */
export function evaluateIntervals(intervals: readonly JudgedInterval[]): IntervalMetrics {
  const sessions = intervals.length
  if (sessions === 0) throw new RangeError('There are no intervals to judge.')
  if (intervals.some(({ level }) => level !== intervals[0]?.level)) {
    throw new RangeError('Intervals of different levels cannot be judged together.')
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
