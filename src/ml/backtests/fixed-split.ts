/**
 * The fixed split: one fit on the first samples, then a forecast of every sample, trained on or not. Tutorials
 * evaluate networks this way; it exists to examine their numbers.
 *
 *     bars      ├──────── touched by training ────────┤──────────── the rest ────────────┤
 *     samples   │← lookback →│ 0 … trainSamples - 1   │ trainSamples … all              │
 *
 * `ALL_ROWS` also fits the scaler on the rest, which gives the network the range of what it has to forecast: a
 * leak.
 */
import type { ScalerFit } from '../../domain/backtests/backtest.js'
import type { BarColumns } from '../../domain/bars/bar.js'
import { inputBars, lagBars } from '../../domain/models/recipe.js'
import type { Recipe } from '../../domain/models/recipe.js'
import { KospigraphError } from '../../errors.js'
import { columnsOf, columnTable } from '../fit/columns.js'
import type { Engine, FitOptions } from '../engine/engine.js'
import type { FitProblem } from '../fit-problem.js'
import { fitModels } from '../fit/fit-models.js'
import type { ModelFit } from '../fit/fit-models.js'
import { predictSessions } from '../fit/prediction.js'
import type { NextClose } from '../fit/prediction.js'
import type { ProblemRequest } from '../fit/problem.js'
import { levelVolumes } from '../fit/volume-level.js'
import { sliceBars } from '../samples.js'
import { fitScaler } from '../fit/scaler.js'
import type { Scaler } from '../fit/scaler.js'

export interface FixedSplit {
  readonly key: string
  readonly bars: BarColumns
  readonly recipe: Recipe
  readonly seed: number
  readonly trainSamples: number
  readonly scalerFit: ScalerFit
  /** Replaces what the seed draws: a test injects the weights and batch orders of a recorded run. */
  readonly start?: Pick<FitProblem, 'initialWeights' | 'batchOrders'>
}

export interface FixedSplitResult {
  readonly fit: ModelFit<ProblemRequest>
  /** One for each sample; the first `trainSamples` were trained on. */
  readonly forecasts: readonly NextClose[]
  /** Mean loss of each epoch, averaged over the members. */
  readonly lossCurve: readonly number[]
}

/** Returns how many samples `barCount` bars make. */
export function sampleCountOfBars(barCount: number, recipe: Recipe): number {
  return Math.max(0, barCount - inputBars(recipe))
}

/**
 * Fits once and forecasts every sample.
 * @throws KospigraphError BAD_USER_INPUT where no sample is left to test, or the code of the failed fit
 */
export async function runFixedSplit(
  engine: Engine,
  split: FixedSplit,
  options?: FitOptions,
): Promise<FixedSplitResult> {
  const { key, bars, recipe, seed, trainSamples } = split
  requireSamples(split)
  const trainBars = trainSamples + inputBars(recipe)
  const request: ProblemRequest = {
    key,
    recipe,
    seed,
    sampleCount: trainSamples,
    bars: sliceBars(bars, 0, trainBars - 1),
    ...(split.scalerFit === 'ALL_ROWS' && { scaler: scalerOfAll(bars, recipe, trainBars - 1) }),
    ...(split.start && { start: split.start }),
  }
  for await (const fit of fitModels(engine, [request], options)) {
    if (fit.kind === 'failure') throw new KospigraphError(fit.code, fit.message)
    // The last bar is only a label, never an input.
    const forecasts = await predictSessions(engine, fit.model, bars, {
      first: inputBars(recipe),
      last: bars.sessions.length - 1,
      fittedLast: trainBars - 1,
    })
    return { fit, forecasts, lossCurve: meanLosses(fit) }
  }
  throw new Error(`the engine returned no result for ${key}`)
}

function requireSamples({ key, bars, recipe, trainSamples }: FixedSplit): void {
  const samples = sampleCountOfBars(bars.sessions.length, recipe)
  if (trainSamples >= 1 && trainSamples < samples) return
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `trainSamples: ${trainSamples} is not between 1 and ${samples - 1}: ${key} has ${samples} samples, and at least one ` +
      'has to be left to test',
  )
}

/** Fits the scaler on every row, trained on or not: the tutorials' leak. */
function scalerOfAll(bars: BarColumns, recipe: Recipe, fittedLast: number): Scaler {
  return fitScaler(
    columnTable(levelVolumes(bars, fittedLast), columnsOf(recipe), lagBars(recipe)),
    recipe.scaler,
  )
}

function meanLosses({ members }: ModelFit<ProblemRequest>): number[] {
  const [first] = members
  return Array.from(
    first?.losses ?? [],
    (_, epoch) =>
      members.reduce((sum, { losses }) => sum + (losses[epoch] ?? Number.NaN), 0) / members.length,
  )
}
