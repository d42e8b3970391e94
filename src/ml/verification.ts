/** Comparing a stored version with a fit made again: by byte, or by what it says. */
import type { BarColumns } from '../domain/bar.js'
import type { NewModelVersion } from '../domain/model-version.js'
import { decodeWeights } from './artifact.js'
import type { Engine } from './engine/engine.js'
import type { ModelFit } from './fit-models.js'
import { predictCloses } from './forecast.js'
import type { ProblemRequest } from './problem.js'
import type { VersionContent } from './version-content.js'

type StoredContent = Pick<NewModelVersion, 'scaler' | 'members'>

/** Every part whose bytes differ, in words; none where the two are one. */
export function contentDifferences(
  stored: StoredContent,
  refit: Pick<VersionContent, 'scaler' | 'members'>,
): string[] {
  const differences: string[] = []
  if (JSON.stringify(inOrder(stored.scaler)) !== JSON.stringify(inOrder(refit.scaler)))
    differences.push('the scaler')
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

/** Where the shorter ends, if nothing differs before; -1 where the two are one. */
function firstDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const longer = Math.max(one.length, other.length)
  for (let i = 0; i < longer; i++) if (!Object.is(one[i], other[i])) return i
  return -1
}

/** A database returns the fields of JSON in an order of its own. */
function inOrder(scaler: StoredContent['scaler']): unknown[] {
  return Object.entries(scaler).sort(([a], [b]) => (a < b ? -1 : 1))
}

/**
 * The largest of: the relative difference of any epoch's loss, and the absolute difference of any scaled output
 * over the bars of the training window. NaN where one of them is no number.
 */
export async function largestDifference(
  engine: Engine,
  stored: StoredContent,
  { model, members }: ModelFit<ProblemRequest>,
  bars: BarColumns,
): Promise<number> {
  if (stored.members.length !== members.length) return Infinity
  const losses = stored.members.flatMap((member, k) =>
    member.losses.map((loss, epoch) => Math.abs((members[k]?.losses[epoch] ?? NaN) - loss) / loss),
  )
  const storedModel = { ...model, members: stored.members.map(({ weights }) => decodeWeights(weights)) }
  const again = await predictCloses(engine, model, bars)
  const outputs = (await predictCloses(engine, storedModel, bars)).map(({ scaledOutput }, i) =>
    Math.abs((again[i]?.scaledOutput ?? NaN) - scaledOutput),
  )
  return [...losses, ...outputs].reduce(
    (largest, value) => (value > largest || Number.isNaN(value) ? value : largest),
    0,
  )
}
