/**
 * The Diebold-Mariano test: whether a model's loss is significantly smaller than the baseline's.
 *
 * Diebold and Mariano, "Comparing predictive accuracy" (J. Business & Economic Statistics 13, 1995): the statistic
 * is the mean of the loss differentials d[t] over its standard error. The error's variance is that of Newey and
 * West (Econometrica 55, 1987): γ0 + 2 Σ (1 - k / (lag + 1)) γk over k = 1 to lag, divided by T. The small-sample
 * corrections are those of Harvey, Leybourne and Newbold (Int. J. Forecasting 13, 1997): for horizon 1 a factor of
 * √((T - 1) / T), and Student's t with T - 1 degrees of freedom.
 *
 * For horizon 1 Diebold and Mariano need no autocovariance where errors are optimal. Ours are not, and losses
 * cluster in calm and volatile periods. So the lag follows the rule of Newey and West (Rev. Economic Studies 61,
 * 1994): floor(4 (T / 100)^(2/9)), 4 for 150 sessions and 5 for 500.
 */
import { studentTail } from './statistics.js'

export const LOSSES = ['squared', 'absolute'] as const
export type Loss = (typeof LOSSES)[number]

/**
 * Why there is no test. TOO_FEW_SESSIONS: below the smallest sample for which the correction was studied.
 * EQUAL_LOSSES: every differential is 0, as between persistence and itself. CONSTANT_DIFFERENTIAL: the
 * differentials do not vary, so their variance is 0. PREDICTED_NOT_POSITIVE: a predicted price has no log return.
 */
export const UNTESTED_REASONS = [
  'TOO_FEW_SESSIONS',
  'EQUAL_LOSSES',
  'CONSTANT_DIFFERENTIAL',
  'PREDICTED_NOT_POSITIVE',
] as const
export type UntestedReason = (typeof UNTESTED_REASONS)[number]

export type DieboldMariano =
  | {
      readonly kind: 'tested'
      /** Above 0 where the model's loss is smaller. */
      readonly statistic: number
      /**
       * One-sided: the probability of this statistic or a larger one if the model were no better than the
       * baseline.
       */
      readonly pValue: number
      /** Number of autocovariances in the variance. */
      readonly lag: number
    }
  | { readonly kind: 'untested'; readonly reason: UntestedReason }

/** Smallest sample in the tables of Harvey, Leybourne and Newbold. */
const MIN_SESSIONS = 8
/** A relative spread this small is rounding error. */
const RELATIVE_ROUNDING = 1e-12

/**
 * Returns the largest whole lag with lag ≤ 4 (T / 100)^(2/9). Computed as lag⁹ · 100² ≤ 4⁹ · T², in whole numbers
 * without rounding.
 */
export function automaticLag(sessions: number): number {
  let lag = 0
  while ((lag + 1) ** 9 * 100 ** 2 <= 4 ** 9 * sessions ** 2) lag += 1
  return lag
}

/**
 * Returns the baseline's loss minus the model's, for each session, [sessions].
 * @param modelErrors [sessions]
 * @param baselineErrors of the same sessions, [sessions]
 * @throws RangeError where the lengths differ
 */
export function lossDifferentials(
  modelErrors: Float64Array,
  baselineErrors: Float64Array,
  loss: Loss = 'squared',
): Float64Array {
  if (modelErrors.length !== baselineErrors.length) {
    throw new RangeError(
      `Cannot compare ${modelErrors.length} errors of the model with ${baselineErrors.length} of the baseline.`,
    )
  }
  const cost = (error: number): number => (loss === 'squared' ? error * error : Math.abs(error))
  return modelErrors.map((error, i) => cost(baselineErrors[i] ?? NaN) - cost(error))
}

/**
 * Tests loss differentials in session order, [sessions]. Differentials of several symbols on one day are not
 * independent: to pool them, pass each session's mean over the symbols.
 *
 * @param lag number of autocovariances, below the number of sessions; the automatic rule by default
 * @throws RangeError where a differential is not finite or the lag is out of range
 */
export function dieboldMariano(
  differentials: Float64Array,
  lag = automaticLag(differentials.length),
): DieboldMariano {
  const sessions = differentials.length
  if (!differentials.every(Number.isFinite))
    throw new RangeError('A loss differential is not finite; check the predictions and closes.')
  if (sessions < MIN_SESSIONS) return { kind: 'untested', reason: 'TOO_FEW_SESSIONS' }
  if (!Number.isInteger(lag) || lag < 0 || lag >= sessions) {
    throw new RangeError(`The lag is ${lag}; it must be a whole number from 0 to ${sessions - 1}.`)
  }
  const largest = differentials.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  if (largest === 0) return { kind: 'untested', reason: 'EQUAL_LOSSES' }
  const mean = differentials.reduce((sum, value) => sum + value, 0) / sessions
  const centred = differentials.map((value) => value - mean)
  const variance = neweyWestVariance(centred, lag)
  if (!(variance > (RELATIVE_ROUNDING * largest) ** 2))
    return { kind: 'untested', reason: 'CONSTANT_DIFFERENTIAL' }
  const statistic = (mean / Math.sqrt(variance / sessions)) * Math.sqrt((sessions - 1) / sessions)
  return { kind: 'tested', statistic, pValue: studentTail(statistic, sessions - 1), lag }
}

/** Returns the long-run variance of values whose mean is 0, with Bartlett weights. It is never negative. */
function neweyWestVariance(centred: Float64Array, lag: number): number {
  const autocovariance = (shift: number): number => {
    let sum = 0
    for (let t = shift; t < centred.length; t++) sum += (centred[t] ?? NaN) * (centred[t - shift] ?? NaN)
    return sum / centred.length
  }
  let variance = autocovariance(0)
  for (let shift = 1; shift <= lag; shift++) variance += 2 * (1 - shift / (lag + 1)) * autocovariance(shift)
  return variance
}
