/** Builds fit problems from bars, a recipe and a seed: one complete training run for each member. */
import type { BarColumns } from '../../domain/bars/bar.js'
import type { Feature, Recipe } from '../../domain/models/recipe.js'
import type { Session } from '../../domain/calendar/session.js'
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
import { levelVolumes } from './volume-level.js'
import { drawInitialWeights } from '../weights.js'

export interface TrainingWindow {
  /** Indexes in the request's bars, both included. */
  readonly firstIndex: number
  readonly lastIndex: number
  readonly barCount: number
  readonly sampleCount: number
}

export interface BuiltProblems {
  /** In index order. They share their rows and labels; weights and batch orders are drawn when a problem is taken. */
  readonly problems: Iterable<FitProblem>
  readonly scaler: Scaler
  readonly window: TrainingWindow
}

export interface ProblemRequest {
  readonly key: string
  readonly bars: BarColumns
  readonly recipe: Recipe
  readonly seed: number
  /** Samples in the window, where it expands; the recipe's own count by default. */
  readonly sampleCount?: number | undefined
  /** The session before which the series broke, where the bars begin with it. */
  readonly brokeOn?: Session | undefined
  /** Replaces the scaler fitted on the window. A scaler that has seen more than the window is a leak. */
  readonly scaler?: Scaler | undefined
  /** Replaces what the seed draws, for all members. */
  readonly start?: Pick<FitProblem, 'initialWeights' | 'batchOrders'> | undefined
}

/** Returns the network that a recipe describes. */
export function architectureOf(recipe: Recipe): Architecture {
  return {
    features: recipe.features.length,
    lookback: recipe.lookbackBars,
    layers: recipe.layers,
    hidden: recipe.hidden,
    head: recipe.head,
  }
}

/** Returns how a recipe trains. Adam's constants are those of its paper, which are also PyTorch's defaults. */
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

/** Refuses constant labels: there is nothing to learn, and skill against persistence is undefined. */
function requireVaryingLabel(key: string, labels: Float64Array, label: Feature): void {
  const [first] = labels
  if (labels.some((value) => value !== first)) return
  throw new KospigraphError(
    'CONSTANT_LABEL',
    `${key}: ${label} is ${String(first)} in all ${labels.length} labels of the training window; there is nothing to learn`,
  )
}

/**
 * Builds the problems of `recipe` on the newest window of `bars`. The scaler is fitted on that window alone.
 * Member k uses the generator of seed + k, which draws the initial weights first, then the batch orders.
 * @throws KospigraphError BAD_USER_INPUT, TOO_FEW_BARS, SERIES_BROKEN, NOT_FINITE or CONSTANT_LABEL, naming the key
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
  if (barCount < needed && request.brokeOn !== undefined) {
    throw new KospigraphError(
      'SERIES_BROKEN',
      `${key}: the series broke on ${request.brokeOn}, ${barCount} of ${needed} bars since; recipe ${recipe.name} is fitted ` +
        `after ${needed - barCount} more, or once a confirmed corporate action explains the move`,
    )
  }
  if (barCount < needed) {
    throw new KospigraphError(
      'TOO_FEW_BARS',
      `${key}: recipe ${recipe.name} needs ${needed} bars and there are ${barCount}; add ${needed - barCount} more`,
    )
  }
  const table = columnTable(levelVolumes(newestBars(bars, needed)), columnsOf(recipe), lagBars(recipe))
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

/** Returns the request's first problem, as a sample of the work. */
export function sampleProblem(request: ProblemRequest): FitProblem {
  const [problem] = buildFitProblems(request).problems
  if (problem === undefined) throw new RangeError(`Recipe ${request.recipe.name} has no members.`)
  return problem
}
