/**
 * Metrics: how far predictions lie from what happened, and whether that beats persistence.
 *
 * RMSE, MAE as in Hyndman and Koehler, "Another look at measures of forecast accuracy" (Int. J. Forecasting 22,
 * 2006), sections 2.1; skill is 1 - RMSE / RMSE of the naive forecast on the same sessions (Murphy, Mon.
 * Weather Rev. 116, 1988, with the root taken). Errors are in the unit of what is predicted.
 */
import type { BarColumns } from '../domain/bar.js'
import type { TrainingMetrics } from '../domain/model-version.js'
import type { Recipe } from '../domain/recipe.js'
import type { Engine } from './engine/engine.js'
import { isSaturated } from './forecast.js'
import { architectureOf } from './problem.js'
import { inputRowCount, labelRow, lastInputRow, newestBars, sliceBars, touchedRowCount } from './samples.js'
import type { Scaler } from './scaler.js'
import { inverse, transformRows } from './scaler.js'

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

/** Judges a fit on its own training window, the newest window of `bars`. */
export function trainingMetrics(input: {
  readonly engine: Engine
  readonly recipe: Recipe
  readonly bars: BarColumns
  readonly scaler: Scaler
  readonly weights: Float32Array
  readonly losses: Float64Array
}): TrainingMetrics {
  const { engine, recipe, scaler, weights, losses } = input
  const { lookbackBars: lookback, windowSamples: sampleCount, label } = recipe
  const window = newestBars(input.bars, touchedRowCount(sampleCount, lookback))
  const inputs = sliceBars(window, 0, inputRowCount(sampleCount, lookback) - 1)
  const outputs = engine.predict(
    architectureOf(recipe),
    weights,
    transformRows(scaler, inputs, recipe.features),
  )

  const closeAt = (row: number): number => window[label][row] ?? NaN
  const predicted = Float64Array.from(outputs, (output) => inverse(scaler, label, output))
  const actual = Float64Array.from(outputs, (_, sample) => closeAt(labelRow(sample, lookback)))
  const previous = Float64Array.from(outputs, (_, sample) => closeAt(lastInputRow(sample, lookback)))
  let saturated = 0
  outputs.forEach((output, sample) => {
    if (isSaturated(recipe, scaler, output, previous[sample] ?? NaN)) saturated += 1
  })

  const modelRmse = rmse(predicted, actual)
  const persistenceRmse = rmse(previous, actual)
  return {
    finalLoss: losses.at(-1) ?? NaN,
    rmse: modelRmse,
    mae: mae(predicted, actual),
    persistenceRmse,
    skill: skill(modelRmse, persistenceRmse),
    saturatedShare: saturated / sampleCount,
  }
}
