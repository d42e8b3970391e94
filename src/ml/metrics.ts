/**
 * Metrics: how far predictions lie from what happened, and whether that beats persistence.
 *
 * RMSE, MAE as in Hyndman and Koehler, "Another look at measures of forecast accuracy" (Int. J. Forecasting 22,
 * 2006), sections 2.1; skill is 1 - RMSE / RMSE of the naive forecast on the same sessions (Murphy, Mon.
 * Weather Rev. 116, 1988, with the root taken). Errors are in the unit of what is predicted.
 */
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

/** 1 - RMSE / RMSE of persistence. Where persistence is never wrong, nothing can have skill: then it must not be asked for. */
export function skill(modelRmse: number, persistenceRmse: number): number {
  if (persistenceRmse === 0) throw new RangeError('There is no skill where persistence is never wrong.')
  return 1 - modelRmse / persistenceRmse
}
