import type { Recipe } from '../../../../../src/domain/models/recipe.js'
import type { Fit, FitResult } from '../../../../../src/ml/engine/engine.js'
import type { FitProblem } from '../../../../../src/ml/fit-problem.js'
import { workingBytes } from '../../../../../src/ml/engine/tensorflow/chunk.js'
import type { Tensor, TensorLibrary } from '../../../../../src/ml/engine/tensorflow/tensor-library.js'
import { trainChunk } from '../../../../../src/ml/engine/tensorflow/train-chunk.js'
import { createWasmEngine } from '../../../../../src/ml/engine/wasm/wasm-engine.js'
import { bytesOf, collect, problemFor, SMALL_RECIPE } from '../../simulated-bars.js'
import { cpu, loadBackend } from './tensorflow-cpu-backend.js'

const wasm = createWasmEngine({ threads: 1 })
beforeAll(loadBackend)
afterAll(() => wasm.close())
afterEach(() => {
  expect(cpu.memory().numTensors).toBe(0)
})

const HOOKS = { isStopped: () => false, onEpoch: () => undefined }
/** Partial batches, and more than one of each thing. */
const TINY: Recipe = {
  ...SMALL_RECIPE,
  windowSamples: 23,
  lookbackBars: 3,
  hidden: 3,
  batchSize: 10,
  epochs: 3,
}

function problemsFor(recipe: Recipe, count: number): FitProblem[] {
  return Array.from({ length: count }, (_, i) => problemFor(recipe, `fit ${i}`, i + 1))
}

function train(problems: readonly FitProblem[], tf: TensorLibrary = cpu): FitResult[] {
  const results = trainChunk(tf, problems, HOOKS)
  if (results === undefined) throw new Error('it was not stopped')
  return results
}

function asFit(result: FitResult | undefined): Fit {
  if (result?.kind !== 'fit') throw new Error(result?.message ?? 'there is no result')
  return result
}

/** Largest difference of two fits' weights, and of their losses relative to the second's. */
function difference(one: FitResult | undefined, other: FitResult | undefined): number {
  const [a, b] = [asFit(one), asFit(other)]
  expect(a.losses).toHaveLength(b.losses.length)
  expect(a.weights).toHaveLength(b.weights.length)
  return Math.max(
    ...a.weights.map((weight, i) => Math.abs(weight - (b.weights[i] ?? NaN))),
    ...a.losses.map((loss, i) => Math.abs(loss / (b.losses[i] ?? NaN) - 1)),
  )
}

test.each<[string, Partial<Recipe>]>([
  ['a single layer of one unit on one bar', { layers: 1, hidden: 1, lookbackBars: 1 }],
  ['two layers on one bar', { lookbackBars: 1 }],
  ['four layers', { layers: 4 }],
  ['a linear head with weight decay', { head: 'linear', weightDecay: 0.1 }],
  ['gradients clipped at every step', { gradientClipNorm: 0.01 }],
  ['gradients that are never clipped', { gradientClipNorm: 1e6 }],
  ['batches that divide the samples', { windowSamples: 20 }],
  ['one batch larger than the window', { batchSize: 50 }],
  ['batches of one sample', { windowSamples: 5, batchSize: 1 }],
  ['a large learning rate', { learningRate: 0.05 }],
])('%s: three fits in one program equal the fits of the kernel', async (_, changes) => {
  const problems = problemsFor({ ...TINY, ...changes }, 3)
  const together = train(problems)
  const alone = await collect(wasm.fit(problems))
  expect(together.map(({ key }) => key)).toEqual(['fit 0', 'fit 1', 'fit 2'])
  // A hundredth of what is promised, and a hundred times what is measured.
  for (const [i, result] of together.entries()) expect(difference(result, alone[i])).toBeLessThan(1e-5)
  expect(difference(together[0], together[1])).toBeGreaterThan(1e-3)
})

test('a problem with values that are not finite diverges alone', () => {
  const [before, sick, after] = problemsFor(TINY, 3) as [FitProblem, FitProblem, FitProblem]
  const nan = { ...sick, key: 'nan', rows: sick.rows.with(20, NaN) }
  const huge = { ...sick, key: 'huge', initialWeights: sick.initialWeights.map((weight) => weight * 1e38) }
  const linear = { ...TINY, head: 'linear' as const }
  const [one, failed, other] = train([before, nan, after])
  expect(failed).toMatchObject({ kind: 'failure', key: 'nan', code: 'DIVERGED' })
  expect(failed?.kind === 'failure' && failed.message).toContain('the loss of epoch 1 is NaN')
  const [healthyOne, , healthyOther] = train([before, sick, after])
  expect(bytesOf(asFit(one).weights)).toBe(bytesOf(asFit(healthyOne).weights))
  expect(bytesOf(asFit(other).losses)).toBe(bytesOf(asFit(healthyOther).losses))
  const [fine, exploding] = problemsFor(linear, 2) as [FitProblem, FitProblem]
  const [kept, exploded] = train([fine, { ...exploding, initialWeights: huge.initialWeights }])
  expect(kept?.kind).toBe('fit')
  expect(exploded).toMatchObject({ kind: 'failure', code: 'DIVERGED' })
})

test('a chunk of diverged problems is not trained to its end', () => {
  const problems = problemsFor({ ...TINY, epochs: 1000 }, 2).map((problem) => ({
    ...problem,
    labels: problem.labels.with(0, Infinity),
  }))
  let epochs = 0
  const results = trainChunk(cpu, problems, { ...HOOKS, onEpoch: (epoch) => void (epochs = epoch) })
  expect(results?.map((result) => result.kind === 'failure' && result.code)).toEqual(['DIVERGED', 'DIVERGED'])
  expect(epochs).toBe(1)
})

test('the number of tensors stays the same from step to step and from fit to fit', () => {
  const perStep: number[] = []
  const isStopped = (): boolean => {
    perStep.push(cpu.memory().numTensors)
    return false
  }
  const problems = problemsFor(TINY, 2)
  for (let round = 0; round < 2; round++) trainChunk(cpu, problems, { ...HOOKS, isStopped })
  // Three steps an epoch: before the first of them there is no sum of losses.
  const [first = NaN] = perStep
  const epoch = [first, first + 1, first + 1]
  expect(perStep).toEqual(Array.from({ length: 2 * 3 }, () => epoch).flat())
})

test('a chunk that is stopped ends before its next step and leaves no tensor', () => {
  let steps = 0
  const results = trainChunk(cpu, problemsFor(TINY, 2), { ...HOOKS, isStopped: () => ++steps > 4 })
  expect(results).toBeUndefined()
  expect(steps).toBe(5)
})

test.each([5, 40])('a library that fails at matrix product %i leaves no tensor', (number) => {
  let products = 0
  const failing: TensorLibrary = {
    ...cpu,
    matMul: (...input) => {
      if (++products === number) throw new Error('out of memory')
      return cpu.matMul(...input)
    },
  }
  expect(() => train(problemsFor(TINY, 2), failing)).toThrow('out of memory')
})

test.each([
  ['tensor', 1],
  ['tensor', 2],
  ['zeros', 1],
  ['zeros', 2],
  ['scalar', 3],
] as const)('a library that has no room for its %s number %i leaves no tensor', (name, number) => {
  let made = 0
  const operation = cpu[name] as (...input: unknown[]) => unknown
  const failing: TensorLibrary = {
    ...cpu,
    [name]: (...input: unknown[]) => {
      if (++made === number) throw new Error('out of memory')
      return operation(...input)
    },
  }
  expect(() => train(problemsFor(TINY, 2), failing)).toThrow('out of memory')
})

test('the device is read from once an epoch, and once for the weights', () => {
  let reads = 0
  const seen = new WeakSet<Tensor>()
  const watch = (tensor: Tensor): void => {
    if (seen.has(tensor)) return
    seen.add(tensor)
    const read = tensor.dataSync.bind(tensor)
    tensor.dataSync = () => {
      reads += 1
      return read()
    }
  }
  const tidy = (body: () => Tensor | Tensor[]): Tensor | Tensor[] =>
    cpu.tidy(() => {
      const result = body()
      for (const tensor of [result].flat()) watch(tensor)
      return result
    })
  const spied = { ...cpu, tidy: tidy as TensorLibrary['tidy'] }
  train(problemsFor({ ...TINY, epochs: 4 }, 2), spied)
  expect(reads).toBe(4 + 1)
})

test.each<[string, Partial<Recipe>]>([
  ['many steps', { lookbackBars: 20 }],
  ['many weights', { hidden: 40, layers: 3, windowSamples: 12 }],
  ['a large batch', { windowSamples: 120, batchSize: 100, hidden: 8, layers: 2 }],
  ['many samples', { windowSamples: 300, batchSize: 5, epochs: 1 }],
  ['clipping and decay', { gradientClipNorm: 1, weightDecay: 0.1 }],
])('%s: the tensors of a fit take at most the estimated bytes, and not much less', (_, changes) => {
  const problems = problemsFor({ ...TINY, ...changes, epochs: 1 }, 2)
  let peak = 0
  const watched = Object.fromEntries(
    Object.entries(cpu).map(([name, operation]) => [
      name,
      (...input: never[]): unknown => {
        const result = (operation as (...input: never[]) => unknown)(...input)
        peak = Math.max(peak, cpu.memory().numBytes)
        return result
      },
    ]),
  ) as unknown as TensorLibrary
  train(problems, { ...watched, tidy: cpu.tidy, memory: cpu.memory })
  const counted = problems.reduce((sum, problem) => sum + workingBytes(problem), 0)
  expect(peak).toBeLessThanOrEqual(counted)
  expect(peak).toBeGreaterThan(counted / 2)
})
