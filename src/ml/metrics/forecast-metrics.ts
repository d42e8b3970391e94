/**
 * Metrics: how far forecasts lie from what happened, and whether that beats persistence.
 *
 * RMSE, MAE and MAPE as in Hyndman and Koehler, "Another look at measures of forecast accuracy" (Int. J.
 * Forecasting 22, 2006), sections 2.1 and 2.2; skill is 1 - RMSE / RMSE of the naive forecast on the same sessions
 * (Murphy, Mon. Weather Rev. 116, 1988, with the root taken); R² is 1 - Σ error² / Σ (actual - mean)² (Kvålseth,
 * American Statistician 39, 1985); the hit rate is the share of directions in Pesaran and Timmermann (J.
 * Business & Economic Statistics 10, 1992). Errors are in the unit of what is predicted. Shares, and MAPE, are
 * fractions: 0.01 is one percent.
 */
import { dieboldMariano, lossDifferentials } from './diebold-mariano.js'
import type { DieboldMariano } from './diebold-mariano.js'
import { logReturns, returnMetrics, returnSums } from './return-errors.js'
import type { ForecastCloses, ReturnMetrics } from './return-errors.js'

/** One session that has happened, and what was forecast for it. */
export interface JudgedSession extends ForecastCloses {
  readonly saturated: boolean
}

export interface ForecastMetrics {
  readonly sessions: number
  /** In the symbol's currency, like all RMSE and MAE here but those of `returns`. */
  readonly rmse: number
  readonly mae: number
  readonly persistenceRmse: number
  readonly persistenceMae: number
  /** Null where persistence is never wrong. */
  readonly skill: number | null
  readonly mape: number
  /**
   * Null where the actual closes are all the same. Closes wander, so persistence scores close to 1 here too:
   * compare it with persistence's, not with 0.
   */
  readonly rSquared: number | null
  /**
   * Share of the sessions whose close changed for which the forecast had the direction right; a forecast of no
   * change is a miss. Null where no close changed or, as with persistence, no forecast ever named a direction.
   */
  readonly hitRate: number | null
  readonly saturatedShare: number
  /** Null where a predicted price is not above 0. */
  readonly returns: ReturnMetrics | null
  /**
   * Against persistence, squared errors of log returns: a test for losses whose spread stays as it is, which
   * squared errors of a price that doubles do not.
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

/** Root of the mean squared error. */
export function rmse(predicted: Float64Array, actual: Float64Array): number {
  return Math.sqrt(meanOver(predicted, actual, (p, a) => (p - a) ** 2))
}

/** Mean absolute error. */
export function mae(predicted: Float64Array, actual: Float64Array): number {
  return meanOver(predicted, actual, (p, a) => Math.abs(p - a))
}

/** Mean absolute error relative to the actual value, a fraction. */
export function mape(predicted: Float64Array, actual: Float64Array): number {
  return meanOver(predicted, actual, (p, a) => Math.abs((p - a) / a))
}

/** 1 - RMSE / RMSE of persistence. Where persistence is never wrong, nothing can have skill: then it must not be asked for. */
export function skill(modelRmse: number, persistenceRmse: number): number {
  if (persistenceRmse === 0) throw new RangeError('There is no skill where persistence is never wrong.')
  return 1 - modelRmse / persistenceRmse
}

/** 1 - the squared error over that of the actual values' own mean; null where they are all the same. */
export function rSquared(predicted: Float64Array, actual: Float64Array): number | null {
  const squared = meanOver(predicted, actual, (p, a) => (p - a) ** 2)
  if (actual.every((value) => value === actual[0])) return null
  const mean = actual.reduce((sum, value) => sum + value, 0) / actual.length
  return 1 - squared / (actual.reduce((sum, value) => sum + (value - mean) ** 2, 0) / actual.length)
}

/** See {@link ForecastMetrics.hitRate}. */
export function hitRate(sessions: readonly ForecastCloses[]): number | null {
  const changed = sessions.filter(({ actual, previous }) => actual !== previous)
  if (changed.every(({ predicted, previous }) => predicted === previous)) return null
  const hits = changed.filter(
    ({ predicted, actual, previous }) => Math.sign(predicted - previous) === Math.sign(actual - previous),
  )
  return hits.length / changed.length
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
      `Session ${i} cannot be judged: predicted ${predicted}, actual ${actual}, previous ${previous}.`,
    )
  })
}

/**
 * Judges one contender on one symbol's sessions, in session order.
 * @throws RangeError where there is no session, a close is no price, or a prediction is not finite
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
    hitRate: hitRate(sessions),
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
