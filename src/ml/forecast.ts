/** Forecasts: one trained network's statement about the close after the last bar. */
import type { BarColumns } from '../domain/bar.js'
import type { Recipe } from '../domain/recipe.js'
import { KospigraphError } from '../errors.js'
import type { Engine } from './engine/engine.js'
import { architectureOf } from './problem.js'
import { newestBars } from './samples.js'
import type { Scaler } from './scaler.js'
import { inverse, transform, transformRows } from './scaler.js'

/** Width of the edge of the scaler's range in which a sigmoid can hardly tell prices apart. */
const EDGE = 0.01

export interface NextClose {
  /** The network's output: 0 is the window's lowest close, 1 its highest. */
  readonly scaledOutput: number
  readonly predictedClose: number
  /** The close that persistence would repeat. */
  readonly lastClose: number
  readonly saturated: boolean
}

/**
 * Whether a sigmoid's prediction is held by the edge of what it can say. A sigmoid over MinMax never leaves the
 * range of its training window, and flattens near its ends. So a prediction is saturated where the head is a
 * sigmoid and the output, or the last known close on the same scale, lies in the outer 1 % of the
 * range or beyond it.
 */
export function isSaturated(
  recipe: Recipe,
  scaler: Scaler,
  scaledOutput: number,
  lastClose: number,
): boolean {
  if (recipe.head !== 'sigmoid') return false
  const scaledClose = transform(scaler, recipe.label, lastClose)
  return [scaledOutput, scaledClose].some((value) => value < EDGE || value > 1 - EDGE)
}

/** Predicts the close after the last of `bars` from their newest `lookback` rows. */
export function predictNextClose(input: {
  readonly engine: Engine
  readonly recipe: Recipe
  readonly bars: BarColumns
  readonly scaler: Scaler
  readonly weights: Float32Array
}): NextClose {
  const { engine, recipe, bars, scaler, weights } = input
  const barCount = bars.sessions.length
  if (barCount < recipe.lookbackBars) {
    throw new KospigraphError(
      'TOO_FEW_BARS',
      `A forecast with recipe ${recipe.name} reads ${recipe.lookbackBars} bars and there are ${barCount}.`,
    )
  }
  const newest = newestBars(bars, recipe.lookbackBars)
  const rows = transformRows(scaler, newest, recipe.features)
  const [scaledOutput = NaN] = engine.predict(architectureOf(recipe), weights, rows)
  const lastClose = newest[recipe.label].at(-1) ?? NaN
  const predictedClose = inverse(scaler, recipe.label, scaledOutput)
  if (!Number.isFinite(predictedClose)) {
    throw new KospigraphError(
      'NOT_FINITE',
      `The forecast after ${String(bars.sessions.at(-1))} with recipe ${recipe.name} is ${predictedClose}; check its last ${recipe.lookbackBars} bars.`,
    )
  }
  return {
    scaledOutput,
    predictedClose,
    lastClose,
    saturated: isSaturated(recipe, scaler, scaledOutput, lastClose),
  }
}
