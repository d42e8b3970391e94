/** Problems: turns bars, a recipe and a seed into a complete training run for an engine. */
import type { BarColumns } from '../domain/bar.js'
import type { Feature, Recipe } from '../domain/recipe.js'
import { windowBars } from '../domain/recipe.js'
import { KospigraphError } from '../errors.js'
import { drawBatchOrders } from './batch-orders.js'
import { sizeViolation } from './bounds.js'
import type { Architecture, FitProblem, Training } from './engine/engine.js'
import { Generator } from './generator.js'
import { inputRowCount, labelRow, newestBars, sliceBars } from './samples.js'
import type { Scaler } from './scaler.js'
import { fitScaler, transform, transformRows } from './scaler.js'
import { drawInitialWeights } from './weights.js'

export interface TrainingWindow {
  /** Places in the bars that were given, both included. */
  readonly firstIndex: number
  readonly lastIndex: number
  readonly barCount: number
  readonly sampleCount: number
}

export interface BuiltProblem {
  readonly problem: FitProblem
  readonly scaler: Scaler
  readonly window: TrainingWindow
}

export function architectureOf(recipe: Recipe): Architecture {
  return {
    features: recipe.features.length,
    lookback: recipe.lookbackBars,
    layers: recipe.layers,
    hidden: recipe.hidden,
    head: recipe.head,
  }
}

/** Adam's own constants are the ones of its paper, as PyTorch's defaults are. */
function trainingOf(recipe: Recipe): Training {
  return {
    epochs: recipe.epochs,
    batchSize: recipe.batchSize,
    learningRate: recipe.learningRate,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: recipe.weightDecay,
    gradientClipNorm: recipe.gradientClipNorm,
  }
}

/** Every column that a recipe reads, each once, features first. */
export function columnsOf(recipe: Recipe): Feature[] {
  return [...new Set<Feature>([...recipe.features, recipe.label])]
}

function requireFinite(key: string, bars: BarColumns, columns: readonly Feature[]): void {
  for (const column of columns) {
    const at = bars[column].findIndex((value) => !Number.isFinite(value))
    if (at < 0) continue
    const value = String(bars[column][at])
    throw new KospigraphError(
      'NOT_FINITE',
      `${key}: ${column} of ${String(bars.sessions[at])} is ${value}; correct that bar and try again`,
    )
  }
}

/** Labels that never vary teach nothing; where they do vary, persistence errs somewhere and skill is defined. */
function requireVaryingLabel(key: string, labels: Float64Array, label: Feature): void {
  const [first] = labels
  if (labels.some((value) => value !== first)) return
  throw new KospigraphError(
    'CONSTANT_LABEL',
    `${key}: ${label} is ${String(first)} in all ${labels.length} labels of the training window; there is nothing to learn`,
  )
}

/**
 * Builds the fit of `recipe` on the newest window of `bars`. The scaler sees that window and nothing else.
 * The generator gives the initial weights first, then the batch orders.
 */
export function buildFitProblem(input: {
  readonly key: string
  readonly bars: BarColumns
  readonly recipe: Recipe
  readonly seed: number
}): BuiltProblem {
  const { key, bars, recipe, seed } = input
  const architecture = architectureOf(recipe)
  const training = trainingOf(recipe)
  const sampleCount = recipe.windowSamples
  const lookback = recipe.lookbackBars
  const tooLarge = sizeViolation(architecture, training, sampleCount)
  if (tooLarge !== undefined) {
    throw new KospigraphError('BAD_USER_INPUT', `${key}: recipe ${recipe.name}: ${tooLarge}`)
  }

  const barCount = bars.sessions.length
  const needed = windowBars(recipe)
  if (barCount < needed) {
    throw new KospigraphError(
      'TOO_FEW_BARS',
      `${key}: recipe ${recipe.name} needs ${needed} bars and there are ${barCount}; add ${needed - barCount} more`,
    )
  }
  const window = newestBars(bars, needed)
  const columns = columnsOf(recipe)
  requireFinite(key, window, columns)
  const labelled = window[recipe.label].subarray(labelRow(0, lookback))
  requireVaryingLabel(key, labelled, recipe.label)

  const scaler = fitScaler(window, columns)
  const inputs = sliceBars(window, 0, inputRowCount(sampleCount, lookback) - 1)
  const generator = Generator.fromSeed(seed)
  return {
    problem: {
      key,
      architecture,
      training,
      rows: transformRows(scaler, inputs, recipe.features),
      labels: Float32Array.from(labelled, (value) => transform(scaler, recipe.label, value)),
      initialWeights: drawInitialWeights(architecture, generator),
      batchOrders: drawBatchOrders(training.epochs, sampleCount, generator),
    },
    scaler,
    window: { firstIndex: barCount - needed, lastIndex: barCount - 1, barCount: needed, sampleCount },
  }
}
