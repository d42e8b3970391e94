/** Compares a stored version with a new fit of the same inputs: byte by byte, or within a tolerance. */
import type { BarColumns } from '../../domain/bars/bar.js'
import type { NewModelVersion } from '../../domain/models/model-version.js'
import { KospigraphError } from '../../errors.js'
import { decodeWeights } from './artifact.js'
import { weightsViolation } from '../engine/divergence.js'
import type { Engine } from '../engine/engine.js'
import type { MemberFit, ModelFit } from './fit-models.js'
import { predictCloses } from './prediction.js'
import type { FittedModel } from './prediction.js'
import type { ProblemRequest } from './problem.js'
import type { VersionContent } from './version-content.js'
import { levelVolumes } from './volume-level.js'

/**
 * Smallest denominator of a relative difference of losses: an RMSE of 0.001 in scaled outputs, which may differ by
 * as much themselves. It avoids a division by 0, and keeps tiny losses from deciding where labels are nearly
 * constant.
 */
const SMALL_LOSS = 1e-6

type StoredContent = Pick<NewModelVersion, 'scaler' | 'members'>

/** Returns a description of every part whose bytes differ; empty where all are equal. */
export function contentDifferences(
  stored: StoredContent,
  refit: Pick<VersionContent, 'scaler' | 'members'>,
): string[] {
  const differences: string[] = []
  if (!isSameScaler(stored.scaler, refit.scaler)) differences.push('the scaler')
  if (stored.members.length !== refit.members.length) {
    differences.push(`${refit.members.length} networks instead of ${stored.members.length}`)
  }
  stored.members.forEach((member, k) => {
    const again = refit.members[k]
    if (again === undefined) return
    if (member.seed !== again.seed) differences.push(`the seed of network ${k}`)
    const byte = firstDifference(member.weights, again.weights)
    if (byte >= 0) differences.push(`the weights of network ${k}, from number ${Math.floor(byte / 4)} on`)
    const epoch = firstDifference(member.losses, again.losses)
    if (epoch >= 0) differences.push(`the losses of network ${k}, from epoch ${epoch + 1} on`)
  })
  return differences
}

/** Returns the first index where they differ, which may be the end of the shorter one; -1 where they are equal. */
function firstDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const longer = Math.max(one.length, other.length)
  for (let i = 0; i < longer; i++) if (!Object.is(one[i], other[i])) return i
  return -1
}

function isSameScaler(one: StoredContent['scaler'], other: StoredContent['scaler']): boolean {
  return JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other))
}

/** A database returns the fields of JSON in its own order. */
function inOrder(scaler: StoredContent['scaler']): unknown[] {
  return Object.entries(scaler).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Result of a comparison within a tolerance. */
export interface Closeness {
  /**
   * Differences that no tolerance covers: parts that every engine makes identically, and values that are not
   * finite.
   */
  readonly differences: readonly string[]
  /**
   * The largest of the relative differences of epoch losses and the absolute differences of scaled outputs over
   * the training window's bars. Finite; null where there are {@link differences}.
   */
  readonly largest: number | null
}

/**
 * Measures how close a fit is to a stored version. Stored content is not trusted: whatever cannot be compared is
 * listed as a difference.
 */
export async function closenessOf(
  engine: Engine,
  stored: StoredContent,
  { model, members }: ModelFit<ProblemRequest>,
  bars: BarColumns,
): Promise<Closeness> {
  const differences = incomparableParts(stored, model.scaler, members)
  if (differences.length > 0) return { differences, largest: null }
  const storedModel = { ...model, members: stored.members.map(({ weights }) => decodeWeights(weights)) }
  const before = await scaledOutputs(engine, storedModel, bars)
  const again = await scaledOutputs(engine, model, bars)
  if (before === null || again === null) {
    const which = again === null ? 'now' : 'as stored'
    return { differences: [`the predictions, which are not finite ${which}`], largest: null }
  }
  const outputs = before.map((output, i) => Math.abs((again[i] ?? NaN) - output))
  const losses = stored.members.flatMap((member, k) =>
    member.losses.map((loss, epoch) => relativeDifference(members[k]?.losses[epoch] ?? NaN, loss)),
  )
  const largest = [...outputs, ...losses].reduce((most, value) => Math.max(most, value), 0)
  return { differences, largest }
}

/**
 * The scaler and the seeds come from outside the engine, and sizes from the recipe, so they must be equal on every
 * engine.
 */
function incomparableParts(
  stored: StoredContent,
  scaler: StoredContent['scaler'],
  members: readonly MemberFit[],
): string[] {
  const differences: string[] = []
  if (!isSameScaler(stored.scaler, scaler)) differences.push('the scaler')
  if (stored.members.length !== members.length) {
    differences.push(`${members.length} networks instead of ${stored.members.length}`)
  }
  for (const [k, { seed, weights, losses }] of stored.members.entries()) {
    const again = members[k]
    if (again === undefined) continue
    if (seed !== again.seed) differences.push(`the seed of network ${k}`)
    const { byteLength } = again.weights
    if (weights.length !== byteLength) {
      differences.push(`${byteLength} bytes of weights of network ${k} instead of ${weights.length}`)
    } else if (weightsViolation(decodeWeights(weights)) !== undefined) {
      differences.push(`the weights of network ${k}, of which one is stored as not finite`)
    }
    if (losses.length !== again.losses.length) {
      differences.push(`${again.losses.length} losses of network ${k} instead of ${losses.length}`)
    }
    const epoch = losses.findIndex((loss) => !Number.isFinite(loss))
    if (epoch >= 0) differences.push(`the loss of network ${k} in epoch ${epoch + 1}, stored as not finite`)
  }
  return differences
}

/**
 * Returns the scaled outputs over `bars`, or null where an output or its price is not finite: finite weights can
 * still be far too large.
 */
async function scaledOutputs(
  engine: Engine,
  model: FittedModel,
  bars: BarColumns,
): Promise<readonly number[] | null> {
  try {
    return (await predictCloses(engine, model, levelVolumes(bars))).map(({ scaledOutput }) => scaledOutput)
  } catch (error) {
    if (error instanceof KospigraphError && error.code === 'NOT_FINITE') return null
    throw error
  }
}

function relativeDifference(one: number, other: number): number {
  return Math.abs(one - other) / Math.max(Math.abs(one), Math.abs(other), SMALL_LOSS)
}
