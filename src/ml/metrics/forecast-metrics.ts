/**
 * Forecast metrics: how far forecasts are from the actual closes, and whether they beat persistence.
 *
 * RMSE, MAE and MAPE are as in Hyndman and Koehler, "Another look at measures of forecast accuracy" (Int. J.
 * Forecasting 22, 2006), sections 2.1 and 2.2. Skill is 1 - RMSE / RMSE of the naive forecast on the same sessions
 * (Murphy, Mon. Weather Rev. 116, 1988, with the root taken). R² is 1 - Σ error² / Σ (actual - mean)² (Kvålseth,
 * American Statistician 39, 1985). The hit rate is that of `domain/forecasts/hit-rate.ts`. Errors are in the unit of the predictions. Shares, and MAPE, are
 * fractions: 0.01 is one percent.
 */
import { addHit, hitRatesOf, NO_HITS } from '../../domain/forecasts/hit-rate.js'
import type { HitRates } from '../../domain/forecasts/hit-rate.js'
import { dieboldMariano, lossDifferentials } from './diebold-mariano.js'
import type { DieboldMariano } from './diebold-mariano.js'
import { logReturns, returnMetrics, returnSums } from './return-errors.js'
import type { ForecastCloses, ReturnMetrics } from './return-errors.js'

/** One past session and its forecast. */
export interface JudgedSession extends ForecastCloses {
  readonly saturated: boolean
}

export interface ForecastMetrics extends HitRates {
  readonly sessions: number
  /** In the symbol's currency, like all RMSE and MAE here except those in `returns`. */
  readonly rmse: number
  readonly mae: number
  readonly persistenceRmse: number
  readonly persistenceMae: number
  /** Null where persistence has no error. */
  readonly skill: number | null
  readonly mape: number
  /**
   * Null where the actual closes are all equal. Closes drift, so persistence also scores close to 1: compare with
   * persistence's R², not with 0.
   */
  readonly rSquared: number | null
  readonly saturatedShare: number
  /** Null where a predicted price is 0 or less. */
  readonly returns: ReturnMetrics | null
  /**
   * Against persistence, on squared errors of log returns. The test needs a stable spread of losses, which squared
   * errors of a price that doubles do not have.
   */
  readonly dieboldMariano: DieboldMariano
}

function meanOver(
  predicted: Float64Array,
  actual: Float64Array,
  of: (predicted: number, actual: number) => number,
): number {
  if (predicted.length !== actual.length || actual.length === 0) {
    throw new RangeError(`Cannot compare ${predicted.length} predictions with ${actual.length} outcomes.`)
  }
  let sum = 0
  actual.forEach((value, i) => {
    sum += of(predicted[i] ?? NaN, value)
  })
  return sum / actual.length
}

/**
 * Returns the root of the mean squared error.
 * @throws RangeError where there is no session or the lengths differ, like all metrics here
 */
export function rmse(predicted: Float64Array, actual: Float64Array): number {
  return Math.sqrt(meanOver(predicted, actual, (p, a) => (p - a) ** 2))
}

/** Returns the mean absolute error. */
export function mae(predicted: Float64Array, actual: Float64Array): number {
  return meanOver(predicted, actual, (p, a) => Math.abs(p - a))
}

/** Returns the mean absolute error relative to the actual value, a fraction. */
export function mape(predicted: Float64Array, actual: Float64Array): number {
  return meanOver(predicted, actual, (p, a) => Math.abs((p - a) / a))
}

/**
 * Returns 1 - RMSE / RMSE of persistence.
 * @throws RangeError where persistence has no error, which leaves skill undefined
 */
export function skill(modelRmse: number, persistenceRmse: number): number {
  if (persistenceRmse === 0)
    throw new RangeError('Skill is undefined: persistence has no error on these sessions.')
  return 1 - modelRmse / persistenceRmse
}

/**
 * Returns 1 - the squared error over the squared deviation from the actual values' mean; null where they are all
 * equal.
 */
export function rSquared(predicted: Float64Array, actual: Float64Array): number | null {
  const squared = meanOver(predicted, actual, (p, a) => (p - a) ** 2)
  if (actual.every((value) => value === actual[0])) return null
  const mean = actual.reduce((sum, value) => sum + value, 0) / actual.length
  return 1 - squared / (actual.reduce((sum, value) => sum + (value - mean) ** 2, 0) / actual.length)
}

/** Returns the hit rate and its base rate. */
export function hitRates(sessions: readonly ForecastCloses[]): HitRates {
  return hitRatesOf(sessions.reduce(addHit, NO_HITS))
}

function requireCloses(sessions: readonly ForecastCloses[]): void {
  sessions.forEach(({ predicted, actual, previous }, i) => {
    if (
      Number.isFinite(predicted) &&
      actual > 0 &&
      actual < Infinity &&
      previous > 0 &&
      previous < Infinity
    ) {
      return
    }
    throw new RangeError(
      `Session ${i} cannot be evaluated: predicted ${predicted}, actual ${actual}, previous ${previous}.`,
    )
  })
}

/**
 * Evaluates one contender on one symbol's sessions, in session order.
 * @throws RangeError where there is no session, a close is not a price, or a prediction is not finite
 */
export function evaluateForecasts(sessions: readonly JudgedSession[]): ForecastMetrics {
  requireCloses(sessions)
  const predicted = Float64Array.from(sessions, (session) => session.predicted)
  const actual = Float64Array.from(sessions, (session) => session.actual)
  const previous = Float64Array.from(sessions, (session) => session.previous)
  const modelRmse = rmse(predicted, actual)
  const persistenceRmse = rmse(previous, actual)
  return {
    sessions: sessions.length,
    rmse: modelRmse,
    mae: mae(predicted, actual),
    persistenceRmse,
    persistenceMae: mae(previous, actual),
    skill: persistenceRmse === 0 ? null : skill(modelRmse, persistenceRmse),
    mape: mape(predicted, actual),
    rSquared: rSquared(predicted, actual),
    ...hitRates(sessions),
    saturatedShare: sessions.filter(({ saturated }) => saturated).length / sessions.length,
    returns: returnMetrics(returnSums(sessions)),
    dieboldMariano: testAgainstPersistence(sessions),
  }
}

function testAgainstPersistence(sessions: readonly ForecastCloses[]): DieboldMariano {
  const returns = logReturns(sessions)
  if (returns === null) return { kind: 'untested', reason: 'PREDICTED_NOT_POSITIVE' }
  const errors = returns.actual.map((value, i) => value - (returns.predicted[i] ?? NaN))
  return dieboldMariano(lossDifferentials(errors, returns.actual))
}
