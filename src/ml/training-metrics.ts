/** Training metrics: how well a fit reproduces the window it was fitted to. It says nothing about unseen sessions. */
import type { BarColumns } from '../domain/bar.js'
import type { TrainingMetrics } from '../domain/model-version.js'
import type { Recipe } from '../domain/recipe.js'
import type { Engine } from './engine/engine.js'
import { isSaturated } from './forecast.js'
import { mae, rmse, skill } from './metrics.js'
import { architectureOf } from './problem.js'
import { inputRowCount, labelRow, lastInputRow, newestBars, sliceBars, touchedRowCount } from './samples.js'
import type { Scaler } from './scaler.js'
import { inverse, transformRows } from './scaler.js'

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
