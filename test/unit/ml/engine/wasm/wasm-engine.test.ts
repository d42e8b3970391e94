import type { Recipe } from '../../../../../src/domain/models/recipe.js'
import type { FitResult } from '../../../../../src/ml/engine/engine.js'
import type { FitProblem } from '../../../../../src/ml/fit-problem.js'
import { Kernel } from '../../../../../src/ml/engine/wasm/kernel.js'
import { weightCount } from '../../../../../src/ml/weights.js'
import { bytesOf, problemFor, SMALL_RECIPE } from '../../simulated-bars.js'
import { closeEngines, engineWith, fitAll } from './wasm-engines.js'

afterEach(closeEngines)

function outcome(result: FitResult): string {
  return result.kind === 'failure' ? result.code : `${bytesOf(result.weights)} ${bytesOf(result.losses)}`
}

/** Sizes that share tasks and sizes that do not, next to each other. */
function mixed(): FitProblem[] {
  const sizes: Partial<Recipe>[] = [
    {},
    { hidden: 3, layers: 1, epochs: 2 },
    { hidden: 48, lookbackBars: 20, epochs: 30 },
    { windowSamples: 130, batchSize: 7 },
    { layers: 4, hidden: 17, lookbackBars: 9, epochs: 60 },
    { head: 'linear', learningRate: 10, gradientClipNorm: 0.5 },
    { weightDecay: 0.1, batchSize: 64, windowSamples: 33, epochs: 1 },
  ]
  return Array.from({ length: 56 }, (_, i) => {
    const recipe = { ...SMALL_RECIPE, ...sizes[i % sizes.length] }
    return problemFor(recipe, `fit ${i}`, i)
  })
}

test('the same problems give the same bytes on 1, 2 and 8 threads, run after run and in another order', async () => {
  const one = await fitAll(engineWith(1), mixed())
  const two = engineWith(2)
  const results = [
    await fitAll(two, mixed()),
    await fitAll(two, mixed()),
    await fitAll(engineWith(8), mixed()),
  ]
  const reversed = await fitAll(two, mixed().reverse())
  for (const { kind } of one) expect(kind).toBe('fit')
  for (const other of results) {
    expect(other.map(({ key }) => key)).toEqual(one.map(({ key }) => key))
    expect(other.map(outcome)).toEqual(one.map(outcome))
  }
  expect(reversed.reverse().map(outcome)).toEqual(one.map(outcome))
  expect(new Set(one.map(outcome)).size).toBe(one.length)
})

test('fitting does not change the problems', async () => {
  const problem = problemFor(SMALL_RECIPE, 'kept')
  const bytes = (): string[] =>
    [problem.rows, problem.labels, problem.initialWeights, problem.batchOrders].map(bytesOf)
  const before = bytes()
  await fitAll(engineWith(1), [problem, { ...problem, key: 'again' }])
  expect(bytes()).toEqual(before)
})

test('a fit does not depend on the sizes of the fit before it', async () => {
  const engine = engineWith(1)
  const [alone] = await fitAll(engine, [problemFor(SMALL_RECIPE, 'small')])
  const large = { ...SMALL_RECIPE, hidden: 33, layers: 4, lookbackBars: 40, batchSize: 50 }
  const [, after] = await fitAll(engine, [problemFor(large, 'large'), problemFor(SMALL_RECIPE, 'small')])
  expect(after && outcome(after)).toBe(alone && outcome(alone))
})

test('training lowers the error, with a partial last batch of any size', async () => {
  const engine = engineWith(2)
  const problems = [1, 3, 20, 49, 50, 64].map((batchSize) =>
    problemFor({ ...SMALL_RECIPE, batchSize, epochs: 40 }, `batch ${batchSize}`),
  )
  const squaredError = ({ architecture, rows, labels }: FitProblem, weights: Float32Array): number =>
    engine
      .predict(architecture, weights, rows)
      .reduce((sum, output, sample) => sum + (output - (labels[sample] ?? NaN)) ** 2, 0)
  const results = await fitAll(engine, problems)
  problems.forEach((problem, i) => {
    const result = results[i]
    if (result?.kind !== 'fit') throw new Error(result?.message)
    expect(result.losses).toHaveLength(40)
    const before = squaredError(problem, problem.initialWeights)
    expect(squaredError(problem, result.weights)).toBeLessThan(before)
  })
})

test('a batch larger than the window is the whole window', async () => {
  const [exact, larger] = await fitAll(engineWith(1), [
    problemFor({ ...SMALL_RECIPE, batchSize: 50 }, 'exact'),
    problemFor({ ...SMALL_RECIPE, batchSize: 52 }, 'larger'),
  ])
  expect(larger && outcome(larger)).toBe(exact && outcome(exact))
})

test('the largest fit allowed runs', async () => {
  const recipe = {
    ...SMALL_RECIPE,
    layers: 4,
    hidden: 256,
    lookbackBars: 250,
    windowSamples: 3,
    batchSize: 1024,
    epochs: 1,
  }
  const [result] = await fitAll(engineWith(1), [problemFor(recipe, 'largest')])
  expect(result?.kind).toBe('fit')
})

test('the kernel of every fit allowed has at most 256 MiB', () => {
  const architecture = { features: 32, lookback: 250, layers: 4, hidden: 256, head: 'sigmoid' } as const
  const sampleCount = 65_535
  const kernel = new Kernel()
  kernel.start({
    key: 'largest',
    architecture,
    training: { ...problemFor(SMALL_RECIPE, 'k').training, epochs: 1, batchSize: 1024 },
    rows: new Float32Array((sampleCount + 249) * 32),
    labels: new Float32Array(sampleCount),
    initialWeights: new Float32Array(weightCount(architecture)),
    batchOrders: new Uint16Array(sampleCount),
  })
  expect(kernel.memoryBytes).toBeLessThanOrEqual(256 * 2 ** 20)
})

test('a fit that diverges fails alone', async () => {
  const [before, sick, after] = [1, 2, 3].map((seed) => problemFor(SMALL_RECIPE, String(seed), seed)) as [
    FitProblem,
    FitProblem,
    FitProblem,
  ]
  const linear = problemFor({ ...SMALL_RECIPE, head: 'linear', learningRate: 10 }, 'exploding')
  const problems = [
    before,
    { ...sick, rows: sick.rows.with(20, NaN) },
    { ...linear, initialWeights: linear.initialWeights.map((weight) => weight * 1e38) },
    after,
  ]
  const results = await fitAll(engineWith(2), problems)
  expect(results.map(({ kind }) => kind)).toEqual(['fit', 'failure', 'failure', 'fit'])
  expect(results[1]).toMatchObject({ key: '2', code: 'DIVERGED' })
  expect(results[1]?.kind === 'failure' && results[1].message).toContain('the loss of epoch 1 is NaN')
  expect(results[2]).toMatchObject({ key: 'exploding', code: 'DIVERGED' })
  const healthy = await fitAll(engineWith(1), [before, after])
  expect([results[0], results[3]].map((result) => result && outcome(result))).toEqual(healthy.map(outcome))
})

test.each<[string, (problem: FitProblem) => FitProblem, string]>([
  ['hidden', (p) => ({ ...p, architecture: { ...p.architecture, hidden: 1e6 } }), 'hidden is 1000000'],
  ['features', (p) => ({ ...p, architecture: { ...p.architecture, features: 33 } }), 'from 1 to 32'],
  ['lookback', (p) => ({ ...p, architecture: { ...p.architecture, lookback: 251 } }), 'lookback is 251'],
  ['layers', (p) => ({ ...p, architecture: { ...p.architecture, layers: 1.5 } }), 'layers is 1.5'],
  ['learningRate', (p) => ({ ...p, training: { ...p.training, learningRate: NaN } }), 'learningRate is NaN'],
  ['labels', (p) => ({ ...p, labels: new Float32Array(65_536) }), 'sampleCount is 65536'],
  ['epochs', (p) => ({ ...p, training: { ...p.training, epochs: 10_001 } }), 'epochs is 10001'],
  [
    'epochs * sampleCount',
    (p) => ({ ...p, training: { ...p.training, epochs: 10_000 }, labels: new Float32Array(6711) }),
    'epochs * sampleCount is 67110000',
  ],
  ['batchSize', (p) => ({ ...p, training: { ...p.training, batchSize: 0 } }), 'batchSize is 0'],
  ['rows', (p) => ({ ...p, rows: p.rows.subarray(1) }), 'rows has 215 numbers; it must have 216'],
  ['initialWeights', (p) => ({ ...p, initialWeights: new Float32Array(3) }), 'initialWeights has 3'],
  ['batchOrders', (p) => ({ ...p, batchOrders: p.batchOrders.with(7, 50) }), 'names sample 50'],
])('a problem with bad %s is refused by key while the other is fitted', async (_, spoil, message) => {
  const good = problemFor(SMALL_RECIPE, 'good')
  const [bad, fine] = await fitAll(engineWith(1), [{ ...spoil(good), key: 'bad' }, good])
  expect(bad).toMatchObject({ kind: 'failure', key: 'bad', code: 'INVALID_PROBLEM' })
  expect(bad?.kind === 'failure' && bad.message).toContain(message)
  expect(fine?.kind).toBe('fit')
})

test('a problem that cannot be sent to a thread fails alone', async () => {
  const good = problemFor(SMALL_RECIPE, 'good')
  const training = { ...good.training, callback: () => undefined }
  const unsendable = { ...good, key: 'unsendable', training }
  const [bad, fine] = await fitAll(engineWith(1), [unsendable, good])
  expect(bad).toMatchObject({ kind: 'failure', key: 'unsendable', code: 'ENGINE_FAILED' })
  expect(fine?.kind).toBe('fit')
})

test('predictions of many samples equal those of each sample alone', () => {
  const engine = engineWith(1)
  const { architecture, initialWeights, rows } = problemFor(SMALL_RECIPE, 'k')
  const together = engine.predict(architecture, initialWeights, rows)
  expect(together).toHaveLength(50)
  together.forEach((output, sample) => {
    const own = rows.subarray(sample * 4, (sample + 5) * 4)
    expect([...engine.predict(architecture, initialWeights, own)]).toEqual([output])
  })
})

test('a prediction with weights of another network is refused', () => {
  const { architecture, rows } = problemFor(SMALL_RECIPE, 'k')
  expect(() => engineWith(1).predict(architecture, new Float32Array(10), rows)).toThrow('10 weights')
  expect(() => engineWith(1).predict(architecture, new Float32Array(297), rows.subarray(0, 16))).toThrow(
    'sampleCount is 0',
  )
})
