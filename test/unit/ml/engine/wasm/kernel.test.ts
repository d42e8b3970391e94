/** The kernel against the same network in double precision, over sizes that fit no vector and no block. */
import { createHash } from 'node:crypto'
import { drawBatchOrders } from '../../../../../src/ml/fit/batch-orders.js'
import type { Architecture, FitProblem, Training } from '../../../../../src/ml/fit-problem.js'
import { Kernel } from '../../../../../src/ml/engine/wasm/kernel.js'
import { train } from '../../../../../src/ml/engine/wasm/train.js'
import { Generator } from '../../../../../src/ml/generator.js'
import { inputRowCount } from '../../../../../src/ml/samples.js'
import { drawInitialWeights } from '../../../../../src/ml/weights.js'
import { referenceFit, referencePredictions } from '../../../../support/reference-network.js'

const MEBIBYTE = 2 ** 20
const kernel = new Kernel()

type Sizes = Architecture & Partial<Training> & { readonly samples: number }

/**
 * Rows and labels uniform in 0..1. Adam's epsilon is large, so that a gradient's last bits do not decide a
 * step's sign, and the learning rate is one at which small differences do not grow: they stay below 1e-6
 * where weights move by 1e-2.
 */
function problemOf(sizes: Sizes, seed: number): FitProblem {
  const { features, lookback, layers, hidden, head, samples, ...training } = sizes
  const architecture: Architecture = { features, lookback, layers, hidden, head }
  const generator = Generator.fromSeed(seed)
  const uniform = (length: number): Float32Array =>
    Float32Array.from({ length }, () => generator.nextUniform())
  const complete: Training = {
    epochs: 2,
    batchSize: 20,
    learningRate: 0.01,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-3,
    weightDecay: 0,
    gradientClipNorm: 0,
    ...training,
  }
  return {
    key: String(seed),
    architecture,
    training: complete,
    rows: uniform(inputRowCount(samples, lookback) * features),
    labels: uniform(samples),
    initialWeights: drawInitialWeights(architecture, generator),
    batchOrders: drawBatchOrders(complete.epochs, samples, generator),
  }
}

function fitted(problem: FitProblem): { weights: Float32Array; losses: Float64Array } {
  const result = train(kernel, problem, () => undefined)
  if (result.kind === 'failure') throw new Error(result.message)
  return result
}

function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  expect(ours).toHaveLength(theirs.length)
  return Array.from(theirs, (value, i) => Math.abs((ours[i] ?? NaN) - value)).reduce(
    (largest, difference) => (difference <= largest ? largest : difference),
    0,
  )
}

const HIDDEN = [1, 3, 5, 7, 8, 31] as const
const LAYERS = [1, 2, 3, 4] as const
const LOOKBACKS = [1, 2, 9] as const
const FEATURES = [1, 3, 32] as const
const BATCHES = [1, 3, 33, 70] as const
/** Prime to the number of combinations: the walk visits each of them once before it repeats. */
const STRIDE = 367
const VISITED = 60

function* oddSizes(): Iterable<Sizes> {
  const combinations = HIDDEN.length * LAYERS.length * LOOKBACKS.length * FEATURES.length * BATCHES.length
  for (let i = 0; i < VISITED; i++) {
    let place = (i * STRIDE) % combinations
    const next = <T>(values: readonly T[]): T => {
      const value = values[place % values.length] as T
      place = Math.floor(place / values.length)
      return value
    }
    yield {
      batchSize: next(BATCHES),
      lookback: next(LOOKBACKS),
      hidden: next(HIDDEN),
      layers: next(LAYERS),
      features: next(FEATURES),
      head: i % 2 === 0 ? 'sigmoid' : 'linear',
      weightDecay: i % 3 === 0 ? 0.5 : 0,
      gradientClipNorm: i % 4 < 2 ? 0.05 : 0,
      samples: 100,
    }
  }
}

const more: Sizes[] = [
  { batchSize: 20, lookback: 40, hidden: 9, layers: 2, features: 4, head: 'sigmoid', samples: 45 },
  { batchSize: 100, lookback: 3, hidden: 2, layers: 3, features: 5, head: 'linear', samples: 100 },
  { batchSize: 1024, lookback: 2, hidden: 6, layers: 1, features: 2, head: 'linear', samples: 130 },
  { batchSize: 5, lookback: 250, hidden: 3, layers: 2, features: 2, head: 'sigmoid', samples: 9 },
]

const cases = [...oddSizes(), ...more].map((sizes, i): [string, Sizes, number] => {
  const { hidden, layers, lookback, features, batchSize, head } = sizes
  const name = `hidden ${hidden} x${layers}, lookback ${lookback}, ${features} features, batch ${String(batchSize)}, ${head}`
  return [name, sizes, i]
})

function hashOf({ weights, losses }: { weights: Float32Array; losses: Float64Array }): string {
  return createHash('sha256')
    .update(new Uint8Array(weights.buffer))
    .update(new Uint8Array(losses.buffer))
    .digest('hex')
}

test.each(cases)('trains as the definition does: %s', (_, sizes, seed) => {
  const problem = problemOf(sizes, seed)
  const ours = fitted(problem)
  const theirs = referenceFit(problem)
  expect(largestDifference(ours.losses, theirs.losses)).toBeLessThan(1e-6)
  expect(largestDifference(ours.weights, theirs.weights)).toBeLessThan(5e-6)
  const predictions = kernel.predict(problem.architecture, ours.weights, problem.rows)
  const expected = referencePredictions(problem, Float64Array.from(ours.weights))
  expect(largestDifference(predictions, expected)).toBeLessThan(2e-6)
})

// Another processor, another compiler of the kernel and another version of Node must give these bytes. Where
// the numbers are meant to change, the engine's version goes up with them.
test.each<[string, Sizes, string]>([
  [
    'the seed recipe',
    {
      batchSize: 20,
      lookback: 5,
      hidden: 8,
      layers: 2,
      features: 4,
      head: 'sigmoid',
      samples: 200,
      epsilon: 1e-8,
    },
    '51600303b395c15b24c9d301b84d5222c8bed7aedd431e2a28a21b78c207e90b',
  ],
  [
    'two tiles, decay, clipping',
    {
      batchSize: 33,
      lookback: 9,
      hidden: 7,
      layers: 3,
      features: 5,
      head: 'linear',
      samples: 100,
      epsilon: 1e-8,
      weightDecay: 0.1,
      gradientClipNorm: 0.05,
    },
    '81bf21dcf1abdaf6fe999d8ef8fbc46b06a47d9437b937c32947f082319bef71',
  ],
  [
    'one step, no momentum',
    { batchSize: 3, lookback: 1, hidden: 31, layers: 1, features: 1, head: 'linear', samples: 70, beta1: 0 },
    'ef138d1939e575b66f10067c7cd037ba6eb8013cac6c6b59a9423ffb62e3d92c',
  ],
])('the bytes of a fit are the same everywhere: %s', (_, sizes, expected) => {
  const problem = problemOf(sizes, 2026)
  expect(hashOf(fitted(problem))).toBe(expected)
  const result = train(new Kernel(), problem, () => undefined)
  expect(result.kind === 'fit' && hashOf(result)).toBe(expected)
})

test('clipping changes steps that are longer than allowed, and no others', () => {
  const sizes: Sizes = {
    batchSize: 20,
    lookback: 3,
    hidden: 5,
    layers: 2,
    features: 3,
    head: 'linear',
    samples: 50,
  }
  const weightsAt = (gradientClipNorm: number): Float32Array =>
    fitted(problemOf({ ...sizes, gradientClipNorm }, 5)).weights
  expect(weightsAt(1e6)).toEqual(weightsAt(0))
  expect(largestDifference(weightsAt(0.01), weightsAt(0))).toBeGreaterThan(1e-3)
})

test('gradients whose squares overflow single precision are clipped, not lost', () => {
  const sizes: Sizes = {
    batchSize: 20,
    lookback: 2,
    hidden: 3,
    layers: 1,
    features: 2,
    head: 'linear',
    samples: 20,
    epochs: 1,
    gradientClipNorm: 1,
  }
  const problem = problemOf(sizes, 6)
  const far = { ...problem, labels: problem.labels.map((label) => label * 1e18) }
  const ours = train(kernel, far, () => undefined)
  if (ours.kind === 'failure') throw new Error(ours.message)
  expect(largestDifference(ours.weights, referenceFit(far).weights)).toBeLessThan(5e-6)
})

test('a NaN in the rows fails its fit, and the kernel runs the next', () => {
  const problem = problemOf(
    { batchSize: 7, lookback: 2, hidden: 3, layers: 2, features: 3, head: 'sigmoid', samples: 30 },
    7,
  )
  const before = hashOf(fitted(problem))
  const sick = train(kernel, { ...problem, rows: problem.rows.with(17, NaN) }, () => undefined)
  expect(sick).toMatchObject({ kind: 'failure', code: 'DIVERGED' })
  expect(hashOf(fitted(problem))).toBe(before)
})

test('the largest fit allowed takes less than 256 MB of the instance', () => {
  const largest = new Kernel()
  const sizes = {
    lookback: 250,
    hidden: 256,
    layers: 4,
    features: 32,
    head: 'sigmoid',
    batchSize: 1024,
  } as const
  largest.start(problemOf({ ...sizes, samples: 65_535, epochs: 1 }, 8))
  expect(largest.memoryBytes).toBeLessThanOrEqual(256 * MEBIBYTE)
})
