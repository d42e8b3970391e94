/** Predictions: a fitted model's closes for the sessions after its input bars. */
import { setImmediate } from 'node:timers/promises'
import type { BarColumns } from '../../domain/bars/bar.js'
import { inputBars, lagBars } from '../../domain/models/recipe.js'
import type { Session } from '../../domain/calendar/session.js'
import type { Recipe } from '../../domain/models/recipe.js'
import { KospigraphError } from '../../errors.js'
import { closeOfLabel, columnTable, requireFinite } from './columns.js'
import type { Engine } from '../engine/engine.js'
import { architectureOf } from './problem.js'
import { inputRowCount, lastInputRow, newestBars, sampleCountOf, sliceBars } from '../samples.js'
import type { Scaler } from './scaler.js'
import { inverse, transform, transformRows } from './scaler.js'
import { levelVolumes, referenceOf } from './volume-level.js'
import { weightCount } from '../weights.js'

/** Share of the scaler's range, at each end, where a sigmoid is nearly flat. */
const EDGE = 0.01

/** Work of one slice, in weights × samples × steps: a few milliseconds. */
const SLICE_WORK = 1e7

/** A fitted ensemble; most recipes have one member. */
export interface FittedModel {
  readonly recipe: Recipe
  readonly scaler: Scaler
  /** The weights of each member, in index order. */
  readonly members: readonly Float32Array[]
  /** The last session of its training window; by default that of the bars it predicts from. */
  readonly fittedTo?: Session | undefined
}

export interface NextClose {
  /** The members' mean output, in the scaled unit of the label. */
  readonly scaledOutput: number
  readonly predictedClose: number
  /** The last known close, which persistence repeats. */
  readonly lastClose: number
  readonly saturated: boolean
}

/**
 * Returns whether a sigmoid's prediction is saturated. A sigmoid over MinMax never leaves the range of its
 * training window and flattens near its ends. A prediction is saturated where the head is a sigmoid, and the
 * output or the scaled last close lies in the outer 1 % of the range or outside it.
 */
export function isSaturated(
  recipe: Recipe,
  scaler: Scaler,
  scaledOutput: number,
  lastClose: number,
): boolean {
  if (recipe.head !== 'sigmoid') return false
  const atEdge = (value: number): boolean => value < EDGE || value > 1 - EDGE
  return atEdge(scaledOutput) || (recipe.label === 'close' && atEdge(transform(scaler, 'close', lastClose)))
}

/**
 * Returns the members' mean output for every sample of scaled rows, [samples], summed in index order in double
 * precision.
 *
 * The engine predicts on this thread, which also serves queries, so the event loop gets a turn after each slice.
 */
async function meanOutputs(
  engine: Engine,
  { recipe, members }: FittedModel,
  rows: Float32Array,
): Promise<Float64Array> {
  if (members.length === 0) throw new RangeError(`A model of recipe ${recipe.name} has no members.`)
  const architecture = architectureOf(recipe)
  const { features, lookback } = architecture
  const sampleCount = sampleCountOf(rows.length / features, lookback)
  const slice = Math.max(4, Math.floor(SLICE_WORK / (weightCount(architecture) * lookback)))
  const sums = new Float64Array(sampleCount)
  for (const weights of members) {
    for (let first = 0; first < sampleCount; first += slice) {
      const count = Math.min(slice, sampleCount - first)
      const end = (first + inputRowCount(count, lookback)) * features
      engine.predict(architecture, weights, rows.subarray(first * features, end)).forEach((output, i) => {
        sums[first + i] = (sums[first + i] ?? NaN) + output
      })
      if (first + slice < sampleCount) await setImmediate()
    }
    if (members.length * sampleCount > slice) await setImmediate()
  }
  return sums.map((sum) => sum / members.length)
}

/**
 * Predicts one close for each session that can follow `bars`: the first is the session after bar number
 * `inputBars(recipe)`, the last is the session after the last bar. Each prediction reads only bars before its own
 * session.
 * @throws KospigraphError NOT_FINITE where an input or a prediction is not finite, naming the session
 */
export async function predictCloses(
  engine: Engine,
  model: FittedModel,
  bars: BarColumns,
): Promise<NextClose[]> {
  const { recipe, scaler } = model
  const lag = lagBars(recipe)
  const table = columnTable(bars, recipe.features, lag)
  requireFinite(`The forecast with recipe ${recipe.name}`, table)
  const outputs = await meanOutputs(engine, model, transformRows(scaler, table, recipe.features))
  return Array.from(outputs, (scaledOutput, sample) => {
    const last = lag + lastInputRow(sample, recipe.lookbackBars)
    const lastClose = bars.close[last] ?? NaN
    const predictedClose = closeOfLabel(recipe.label, inverse(scaler, recipe.label, scaledOutput), lastClose)
    if (!Number.isFinite(predictedClose)) {
      throw new KospigraphError(
        'NOT_FINITE',
        `The forecast after ${String(bars.sessions[last])} with recipe ${recipe.name} is ${predictedClose}; check the ${inputBars(recipe)} bars up to that session.`,
      )
    }
    const saturated = isSaturated(recipe, scaler, scaledOutput, lastClose)
    return { scaledOutput, predictedClose, lastClose, saturated }
  })
}

/**
 * Predicts the closes of the sessions at places `first` to `last` of `bars`, each from the bars before it, on the volume
 * level of a fit that ended at place `fittedLast`. Sessions of the fit's own window are predicted as the fit saw them.
 * @throws KospigraphError NOT_FINITE as in {@link predictCloses}
 */
export async function predictSessions(
  engine: Engine,
  model: FittedModel,
  bars: BarColumns,
  { first, last, fittedLast }: Readonly<Record<'first' | 'last' | 'fittedLast', number>>,
): Promise<NextClose[]> {
  const needed = inputBars(model.recipe)
  const sameLevelFrom = Math.min(fittedLast, first - needed)
  if (!bars.volumeBreaks?.some((at) => at > sameLevelFrom && at < last)) {
    return predictCloses(engine, model, sliceBars(bars, first - needed, last - 1))
  }
  const predictions: NextClose[] = []
  for (let place = first; place <= last; place++) {
    // Each session has a factor of its own, because later volumes must not decide it.
    const known = levelVolumes(sliceBars(bars, 0, Math.max(place - 1, fittedLast)), fittedLast)
    predictions.push(...(await predictCloses(engine, model, sliceBars(known, place - needed, place - 1))))
  }
  return predictions
}

/**
 * Predicts the close of the session after the last of `bars`, from the newest bars that the recipe needs and on the
 * volume level of the model's training window.
 * @throws KospigraphError TOO_FEW_BARS, or NOT_FINITE as in {@link predictCloses}
 */
export async function predictNextClose(
  engine: Engine,
  model: FittedModel,
  bars: BarColumns,
): Promise<NextClose> {
  const needed = inputBars(model.recipe)
  const barCount = bars.sessions.length
  if (barCount < needed) {
    throw new KospigraphError(
      'TOO_FEW_BARS',
      `A forecast with recipe ${model.recipe.name} needs ${needed} bars and there are ${barCount}; add ${needed - barCount} more.`,
    )
  }
  const levelled = levelVolumes(bars, referenceOf(bars, model.fittedTo))
  const [prediction] = await predictCloses(engine, model, newestBars(levelled, needed))
  if (prediction === undefined) throw new Error(`${needed} bars gave no prediction`)
  return prediction
}
