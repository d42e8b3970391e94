/**
 * Errors on log returns, a unit in which expensive and cheap shares weigh the same.
 *
 * The predicted return is log(predicted / previous), the actual one log(actual / previous), so their difference is
 * log(predicted / actual). Persistence predicts 0, so its error is the actual return. Sums of several symbols can
 * be added, and the metrics of the total are pooled over all their sessions.
 */
import { log } from '../exact-math.js'

/** The closes that one session's forecast is evaluated on. */
export interface ForecastCloses {
  readonly predicted: number
  readonly actual: number
  /** Close of the session before, which persistence repeats. */
  readonly previous: number
}

/** Sums from which the metrics of any set of sessions follow. Plain data; see {@link addReturnSums}. */
export interface ReturnSums {
  readonly sessions: number
  /** Sessions with a predicted price of 0 or less. They have no log return and are in none of the sums. */
  readonly notPositive: number
  readonly squaredErrors: number
  readonly absoluteErrors: number
  readonly actual: number
  readonly absoluteActual: number
  readonly squaredActual: number
  readonly predicted: number
  readonly squaredPredicted: number
}

export interface ReturnMetrics {
  readonly rmse: number
  readonly mae: number
  /** RMSE over that of persistence, √(Σ error² / Σ return²); null where no close moved. */
  readonly rmseRatio: number | null
  /** MAE over that of persistence; null where no close moved. */
  readonly maeRatio: number | null
  /**
   * Standard deviation of the predicted returns over that of the actual ones; null where the actual ones do not
   * vary. Near 0 the model hardly differs from persistence, and an RMSE ratio near 1 is no achievement.
   */
  readonly spreadRatio: number | null
}

export const NO_RETURNS: ReturnSums = {
  sessions: 0,
  notPositive: 0,
  squaredErrors: 0,
  absoluteErrors: 0,
  actual: 0,
  absoluteActual: 0,
  squaredActual: 0,
  predicted: 0,
  squaredPredicted: 0,
}

/** Returns predicted and actual log returns, [sessions] each, or null where a predicted price is 0 or less. */
export function logReturns(
  sessions: readonly ForecastCloses[],
): { readonly predicted: Float64Array; readonly actual: Float64Array } | null {
  if (sessions.some(({ predicted }) => predicted <= 0)) return null
  return {
    predicted: Float64Array.from(sessions, ({ predicted, previous }) => log(predicted / previous)),
    actual: Float64Array.from(sessions, ({ actual, previous }) => log(actual / previous)),
  }
}

/** Returns the sums over these sessions. */
export function returnSums(sessions: readonly ForecastCloses[]): ReturnSums {
  const positive = sessions.filter(({ predicted }) => predicted > 0)
  const returns = logReturns(positive)
  if (returns === null) return NO_RETURNS
  const sum = (of: (predicted: number, actual: number) => number): number =>
    returns.actual.reduce((total, actual, i) => total + of(returns.predicted[i] ?? NaN, actual), 0)
  return {
    sessions: positive.length,
    notPositive: sessions.length - positive.length,
    squaredErrors: sum((predicted, actual) => (predicted - actual) ** 2),
    absoluteErrors: sum((predicted, actual) => Math.abs(predicted - actual)),
    actual: sum((_, actual) => actual),
    absoluteActual: sum((_, actual) => Math.abs(actual)),
    squaredActual: sum((_, actual) => actual * actual),
    predicted: sum((predicted) => predicted),
    squaredPredicted: sum((predicted) => predicted * predicted),
  }
}

/** Returns the sums over the sessions of both. */
export function addReturnSums(a: ReturnSums, b: ReturnSums): ReturnSums {
  return {
    sessions: a.sessions + b.sessions,
    notPositive: a.notPositive + b.notPositive,
    squaredErrors: a.squaredErrors + b.squaredErrors,
    absoluteErrors: a.absoluteErrors + b.absoluteErrors,
    actual: a.actual + b.actual,
    absoluteActual: a.absoluteActual + b.absoluteActual,
    squaredActual: a.squaredActual + b.squaredActual,
    predicted: a.predicted + b.predicted,
    squaredPredicted: a.squaredPredicted + b.squaredPredicted,
  }
}

/**
 * Returns the metrics of the sums. Null where there is no session, or a predicted price has no log return: leaving
 * such sessions out would flatter the model.
 */
export function returnMetrics(sums: ReturnSums): ReturnMetrics | null {
  if (sums.sessions === 0 || sums.notPositive > 0) return null
  const { sessions } = sums
  const variance = (squares: number, sum: number): number =>
    Math.max(0, squares / sessions - (sum / sessions) ** 2)
  const actualVariance = variance(sums.squaredActual, sums.actual)
  const moved = sums.squaredActual > 0
  return {
    rmse: Math.sqrt(sums.squaredErrors / sessions),
    mae: sums.absoluteErrors / sessions,
    rmseRatio: moved ? Math.sqrt(sums.squaredErrors / sums.squaredActual) : null,
    maeRatio: moved ? sums.absoluteErrors / sums.absoluteActual : null,
    spreadRatio:
      actualVariance > 0 ? Math.sqrt(variance(sums.squaredPredicted, sums.predicted) / actualVariance) : null,
  }
}
