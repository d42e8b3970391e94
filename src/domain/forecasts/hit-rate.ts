/**
 * The hit rate: the share of sessions whose direction was forecast correctly. This is its one definition, for
 * backtests, track records and benchmarks.
 *
 * A direction is the sign of the difference from the previous close. A session counts where its close moved and the
 * forecast has a direction. A forecast of no change has none, as persistence, and is left out: counted as a miss it would
 * show how often persistence serves, and counted as half a hit it would pull every rate to a half.
 *
 * Markets rise on more sessions than they fall, so a hit rate above a half shows nothing. Beside it stands its base rate,
 * of the same sessions: the hit rate of the better of "always up" and "always down", chosen in hindsight.
 */

/** The closes that decide a hit. */
export interface DirectedCloses {
  readonly predicted: number
  readonly actual: number
  readonly previous: number
}

/** Counts over sessions; they add up. */
export interface HitCounts {
  /** Sessions that count. */
  readonly counted: number
  readonly hits: number
  /** Sessions that count and rose. */
  readonly rises: number
}

export interface HitRates {
  /** Null where no session counts, as are the others. */
  readonly hitRate: number | null
  /** The hit rate of "always up" on the same sessions. */
  readonly upRate: number | null
  /** The hit rate of the better of "always up" and "always down" on the same sessions. */
  readonly baseRate: number | null
}

export const NO_HITS: HitCounts = { counted: 0, hits: 0, rises: 0 }
export const NO_HIT_RATES: HitRates = { hitRate: null, upRate: null, baseRate: null }

/** Returns whether the direction was right; null where the session does not count. */
export function isHit({ predicted, actual, previous }: DirectedCloses): boolean | null {
  if (predicted === previous || actual === previous) return null
  return predicted > previous === actual > previous
}

/** Returns the counts after one more session. */
export function addHit(counts: HitCounts, closes: DirectedCloses): HitCounts {
  const hit = isHit(closes)
  if (hit === null) return counts
  return {
    counted: counts.counted + 1,
    hits: counts.hits + (hit ? 1 : 0),
    rises: counts.rises + (closes.actual > closes.previous ? 1 : 0),
  }
}

export function hitRatesOf({ counted, hits, rises }: HitCounts): HitRates {
  if (counted === 0) return NO_HIT_RATES
  const upRate = rises / counted
  return { hitRate: hits / counted, upRate, baseRate: Math.max(upRate, (counted - rises) / counted) }
}
