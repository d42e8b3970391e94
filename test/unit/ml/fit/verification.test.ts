import type { BarColumns } from '../../../../src/domain/bars/bar.js'
import type { ModelMember, StoredScaler } from '../../../../src/domain/models/model-version.js'
import type { Recipe } from '../../../../src/domain/models/recipe.js'
import { windowBars } from '../../../../src/domain/models/recipe.js'
import { encodeWeights } from '../../../../src/ml/fit/artifact.js'
import type { Engine } from '../../../../src/ml/engine/engine.js'
import { fitModels } from '../../../../src/ml/fit/fit-models.js'
import type { ModelFit } from '../../../../src/ml/fit/fit-models.js'
import type { ProblemRequest } from '../../../../src/ml/fit/problem.js'
import { closenessOf, contentDifferences } from '../../../../src/ml/fit/verification.js'
import type { Closeness } from '../../../../src/ml/fit/verification.js'
import { RETURN_RECIPE, simulateBars, SMALL_RECIPE } from '../simulated-bars.js'
import { closeEngines, engineWith } from '../engine/wasm/wasm-engines.js'

interface Stored {
  readonly scaler: StoredScaler
  readonly members: readonly ModelMember[]
}

interface Fitted {
  readonly engine: Engine
  readonly bars: BarColumns
  readonly fit: ModelFit<ProblemRequest>
  readonly stored: Stored
}

async function fitted(recipe: Recipe): Promise<Fitted> {
  const engine = engineWith(1)
  const bars = simulateBars(windowBars(recipe))
  for await (const fit of fitModels(engine, [{ key: 'k', bars, recipe, seed: 1 }])) {
    if (fit.kind === 'failure') throw new Error(fit.message)
    const members = fit.members.map(({ seed, weights, losses }, ordinal) => {
      return { ordinal, seed, weights: encodeWeights(weights), losses: [...losses] }
    })
    return { engine, bars, fit, stored: { scaler: fit.model.scaler, members } }
  }
  throw new Error('no fit')
}

let ensemble: Fitted

beforeAll(async () => {
  ensemble = await fitted(RETURN_RECIPE)
})
afterAll(closeEngines)

function compare(stored: Stored, { engine, fit, bars } = ensemble): Promise<Closeness> {
  return closenessOf(engine, stored, fit, bars)
}

/** The stored members, with network 1 changed by `change`. */
function withMember(change: (member: ModelMember) => Partial<ModelMember>, { stored } = ensemble): Stored {
  const at = Math.min(1, stored.members.length - 1)
  const members = stored.members.map((member, k) => (k === at ? { ...member, ...change(member) } : member))
  return { ...stored, members }
}

const withLoss = (epoch: number, loss: number): Stored =>
  withMember(({ losses }) => ({ losses: losses.with(epoch - 1, loss) }))

function withWeights(change: (weights: Float32Array) => void, of = ensemble): Stored {
  const weights = Float32Array.from(of.fit.members.at(of.fit.members.length > 1 ? 1 : 0)?.weights ?? [])
  change(weights)
  return withMember(() => ({ weights: encodeWeights(weights) }), of)
}

describe('closeness', () => {
  test('another scaler is a difference, however close its predictions are', async () => {
    const { stored } = ensemble
    if (stored.scaler.kind !== 'standard') throw new Error(stored.scaler.kind)
    const scaler = { ...stored.scaler, mean: stored.scaler.mean.map((mean) => mean * (1 + 1e-12)) }
    expect(await compare({ ...stored, scaler })).toEqual({ differences: ['the scaler'], largest: null })
  })

  test.each([NaN, Infinity, -Infinity])('a loss of %p is a difference with its place', async (loss) => {
    const differences = ['the loss of network 1 in epoch 3, stored as not finite']
    expect(await compare(withLoss(3, loss))).toEqual({ differences, largest: null })
  })

  test.each([NaN, Infinity])('a weight of %p is a difference', async (weight) => {
    const stored = withWeights((weights) => (weights[7] = weight))
    const differences = ['the weights of network 1, of which one is stored as not finite']
    expect(await compare(stored)).toEqual({ differences, largest: null })
  })

  test('finite weights with a prediction that is not finite are a difference', async () => {
    const stored = withWeights((weights) => weights.fill(3e38))
    const differences = ['the predictions, which are not finite as stored']
    expect(await compare(stored)).toEqual({ differences, largest: null })
  })

  test('missing and extra networks and another seed are differences', async () => {
    const { stored } = ensemble
    const missing = await compare({ ...stored, members: stored.members.slice(0, 2) })
    expect(missing).toEqual({ differences: ['3 networks instead of 2'], largest: null })
    const extra = await compare({ ...stored, members: [...stored.members, ...stored.members.slice(0, 1)] })
    expect(extra).toEqual({ differences: ['3 networks instead of 4'], largest: null })
    expect((await compare({ ...stored, members: [] })).differences).toEqual(['3 networks instead of 0'])
    expect((await compare(withMember(() => ({ seed: 9 })))).differences).toEqual(['the seed of network 1'])
  })

  test('other counts of weights and losses are differences, also with leftover bytes', async () => {
    const byteCount = ensemble.stored.members[1]?.weights.length ?? 0
    for (const length of [0, byteCount - 1, byteCount - 4, byteCount + 4]) {
      const { differences } = await compare(withMember(() => ({ weights: new Uint8Array(length) })))
      expect(differences).toEqual([`${byteCount} bytes of weights of network 1 instead of ${length}`])
    }
    const fewer = await compare(withMember(({ losses }) => ({ losses: losses.slice(1) })))
    expect(fewer).toEqual({ differences: ['10 losses of network 1 instead of 9'], largest: null })
    const more = await compare(withMember(({ losses }) => ({ losses: [...losses, 0.1] })))
    expect(more).toEqual({ differences: ['10 losses of network 1 instead of 11'], largest: null })
  })

  test('a stored loss of 0 causes no division by 0', async () => {
    expect(await compare(withLoss(3, 0))).toEqual({ differences: [], largest: 1 })
  })

  test('tiny losses differ by next to nothing', async () => {
    const { fit, engine, bars, stored } = ensemble
    const perfect = fit.members.map((member) => ({ ...member, losses: member.losses.map(() => 1e-12) }))
    const members = stored.members.map((member) => ({ ...member, losses: member.losses.map(() => 0) }))
    const found = await closenessOf(engine, { ...stored, members }, { ...fit, members: perfect }, bars)
    expect(found.largest).toBeCloseTo(1e-6, 12)
  })

  test('is the largest difference of a loss, relative, or of a scaled output', async () => {
    expect(await compare(ensemble.stored)).toEqual({ differences: [], largest: 0 })
    const loss = ensemble.stored.members[1]?.losses[2] ?? NaN
    expect((await compare(withLoss(3, loss * 1.01))).largest).toBeCloseTo(0.01 / 1.01, 9)
    expect((await compare(withLoss(3, loss / 1.01))).largest).toBeCloseTo(0.01 / 1.01, 9)
    // The last weight is the linear unit's bias, of one network in three.
    const moved = withWeights((weights) => (weights[weights.length - 1] = (weights.at(-1) ?? NaN) + 0.3))
    expect((await compare(moved)).largest).toBeCloseTo(0.1, 5)
  })

  test('holds for a recipe of one network on prices', async () => {
    const one = await fitted(SMALL_RECIPE)
    expect(await compare(one.stored, one)).toEqual({ differences: [], largest: 0 })
    const moved = await compare(
      withWeights((weights) => weights.fill(0), one),
      one,
    )
    expect(moved.differences).toEqual([])
    expect(moved.largest).toBeGreaterThan(1e-3)
  })
})

describe('differences of bytes', () => {
  test('weights cut short are named from the first that is missing', () => {
    const { stored } = ensemble
    const cut = withMember(({ weights }) => ({ weights: weights.slice(0, 41) }))
    expect(contentDifferences(cut, stored)).toEqual(['the weights of network 1, from number 10 on'])
    const short = withMember(({ losses }) => ({ losses: losses.slice(0, 4) }))
    expect(contentDifferences(short, stored)).toEqual(['the losses of network 1, from epoch 5 on'])
    expect(contentDifferences(stored, stored)).toEqual([])
  })
})
