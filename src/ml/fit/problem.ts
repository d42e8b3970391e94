/** Problems: turns bars, a recipe and a seed into complete training runs for an engine, one for each member. */
import type { BarColumns } from '../../domain/bars/bar.js'
import type { Feature, Recipe } from '../../domain/models/recipe.js'
import { inputBars, lagBars } from '../../domain/models/recipe.js'
import { KospigraphError } from '../../errors.js'
import { drawBatchOrders } from './batch-orders.js'
import { sizeViolation } from '../bounds.js'
import { columnOf, columnsOf, columnTable, requireFinite } from './columns.js'
import type { Architecture, FitProblem, Training } from '../fit-problem.js'
import { Generator } from '../generator.js'
import { inputRowCount, labelRow, newestBars } from '../samples.js'
import type { Scaler } from './scaler.js'
import { fitScaler, transform, transformRows } from './scaler.js'
import { drawInitialWeights } from '../weights.js'

export interface TrainingWindow {
  /** Places in the bars that were given, both included. */
  readonly firstIndex: number
  readonly lastIndex: number
  readonly barCount: number
  readonly sampleCount: number
}

export interface BuiltProblems {
  /** In index order; they share their rows and labels. Each draws its weights and orders when it is taken. */
  readonly problems: Iterable<FitProblem>
  readonly scaler: Scaler
  readonly window: TrainingWindow
}

export interface ProblemRequest {
  readonly key: string
  readonly bars: BarColumns
  readonly recipe: Recipe
  readonly seed: number
  /** Samples in the window, for an expanding one; the recipe's own count where none is given. */
  readonly sampleCount?: number | undefined
  /** Instead of one fitted on the window: what has seen more than the window leaks. */
  readonly scaler?: Scaler | undefined
  /** Instead of what the seed draws, for all members. */
  readonly start?: Pick<FitProblem, 'initialWeights' | 'batchOrders'> | undefined
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
export function trainingOf(recipe: Recipe): Training {
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
 * Builds the fits of `recipe` on the newest window of `bars`. The scaler sees that window and nothing else.
 * Member k has the generator of seed + k, which gives the initial weights first, then the batch orders.
 * @throws KospigraphError BAD_USER_INPUT, TOO_FEW_BARS, NOT_FINITE or CONSTANT_LABEL, naming the key
 */
export function buildFitProblems(request: ProblemRequest): BuiltProblems {
  const { key, bars, recipe, seed } = request
  const sampleCount = request.sampleCount ?? recipe.windowSamples
  const architecture = architectureOf(recipe)
  const training = trainingOf(recipe)
  const tooLarge = sizeViolation(architecture, training, sampleCount)
  if (tooLarge !== undefined) {
    throw new KospigraphError('BAD_USER_INPUT', `${key}: recipe ${recipe.name}: ${tooLarge}`)
  }

  const barCount = bars.sessions.length
  const needed = sampleCount + inputBars(recipe)
  if (barCount < needed) {
    throw new KospigraphError(
      'TOO_FEW_BARS',
      `${key}: recipe ${recipe.name} needs ${needed} bars and there are ${barCount}; add ${needed - barCount} more`,
    )
  }
  const table = columnTable(newestBars(bars, needed), columnsOf(recipe), lagBars(recipe))
  requireFinite(key, table)
  const labelled = columnOf(table, recipe.label).subarray(labelRow(0, recipe.lookbackBars))
  requireVaryingLabel(key, labelled, recipe.label)

  const scaler = request.scaler ?? fitScaler(table, recipe.scaler)
  const inputRows = inputRowCount(sampleCount, recipe.lookbackBars)
  const rows = transformRows(scaler, table, recipe.features, inputRows)
  const labels = Float32Array.from(labelled, (value) => transform(scaler, recipe.label, value))
  function* problems(): Iterable<FitProblem> {
    for (let member = 0; member < recipe.members; member++) {
      const generator = Generator.fromSeed(seed + member)
      yield {
        key: recipe.members === 1 ? key : `${key} member ${member}`,
        architecture,
        training,
        rows,
        labels,
        initialWeights: request.start?.initialWeights ?? drawInitialWeights(architecture, generator),
        batchOrders: request.start?.batchOrders ?? drawBatchOrders(training.epochs, sampleCount, generator),
      }
    }
  }
  return {
    problems: { [Symbol.iterator]: () => problems()[Symbol.iterator]() },
    scaler,
    window: { firstIndex: barCount - needed, lastIndex: barCount - 1, barCount: needed, sampleCount },
  }
}

/** The first of the request's problems: one fit of its kind. */
export function sampleProblem(request: ProblemRequest): FitProblem {
  const [problem] = buildFitProblems(request).problems
  if (problem === undefined) throw new RangeError(`Recipe ${request.recipe.name} has no members.`)
  return problem
}
