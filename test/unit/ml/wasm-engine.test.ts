import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine, FitProblem, FitProgress, FitResult } from '../../../src/ml/engine/engine.js'
import { createWasmEngine } from '../../../src/ml/engine/wasm/wasm-engine.js'
import { bytesOf, collect, ENDLESS_RECIPE, problemFor, SMALL_RECIPE } from './simulated-bars.js'

const engines: Engine[] = []

function engineWith(threads: number): Engine {
  const engine = createWasmEngine({ threads })
  engines.push(engine)
  return engine
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()))
  expect(workerThreads()).toBe(0)
})

/** Worker threads of this process, as its diagnostic report lists them. */
function workerThreads(): number {
  const report = process.report.getReport() as unknown as { workers: unknown[] }
  return report.workers.length
}

function fitAll(engine: Engine, problems: Iterable<FitProblem>): Promise<FitResult[]> {
  return collect(engine.fit(problems))
}

function outcome(result: FitResult): string {
  return result.kind === 'failure' ? result.code : `${bytesOf(result.weights)} ${bytesOf(result.losses)}`
}

const seeds = Array.from({ length: 12 }, (_, i) => i)
const small = (): FitProblem[] => seeds.map((seed) => problemFor(SMALL_RECIPE, `seed ${seed}`, seed))

test('the same problems give the same bytes, run after run and on 1 and 2 threads', async () => {
  const one = await fitAll(engineWith(1), small())
  const two = await fitAll(engineWith(2), small())
  const again = await fitAll(engineWith(2), small().reverse())
  expect(one.map(({ key }) => key)).toEqual(seeds.map((seed) => `seed ${seed}`))
  expect(two.map(outcome)).toEqual(one.map(outcome))
  expect(again.reverse().map(outcome)).toEqual(one.map(outcome))
  expect(new Set(one.map(outcome)).size).toBe(seeds.length)
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

test('a fit that diverges fails by itself and leaves its neighbours alone', async () => {
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
  ['batchSize', (p) => ({ ...p, training: { ...p.training, batchSize: 0 } }), 'batchSize is 0'],
  ['rows', (p) => ({ ...p, rows: p.rows.subarray(1) }), 'rows has 215 numbers; it must have 216'],
  ['initialWeights', (p) => ({ ...p, initialWeights: new Float32Array(3) }), 'initialWeights has 3'],
  ['batchOrders', (p) => ({ ...p, batchOrders: p.batchOrders.with(7, 50) }), 'names sample 50'],
])('a problem with bad %s is refused by name while its neighbour is fitted', async (_, spoil, message) => {
  const good = problemFor(SMALL_RECIPE, 'good')
  const [bad, fine] = await fitAll(engineWith(1), [{ ...spoil(good), key: 'bad' }, good])
  expect(bad).toMatchObject({ kind: 'failure', key: 'bad', code: 'INVALID_PROBLEM' })
  expect(bad?.kind === 'failure' && bad.message).toContain(message)
  expect(fine?.kind).toBe('fit')
})

test('a problem that cannot reach a thread fails by itself', async () => {
  const good = problemFor(SMALL_RECIPE, 'good')
  const unsendable = { ...good, key: 'unsendable', callback: () => undefined }
  const [bad, fine] = await fitAll(engineWith(1), [unsendable, good])
  expect(bad).toMatchObject({ kind: 'failure', key: 'unsendable', code: 'ENGINE_FAILED' })
  expect(fine?.kind).toBe('fit')
})

test('an abort stops running fits promptly and the engine can go on', async () => {
  const engine = engineWith(2)
  const abort = new AbortController()
  const problem = problemFor(ENDLESS_RECIPE, 'endless')
  setTimeout(() => abort.abort(), 300)
  const startedMs = performance.now()
  const reading = collect(engine.fit([problem, problem, problem], { signal: abort.signal }))
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  expect(performance.now() - startedMs).toBeLessThan(2000)
  await sleep(200)
  // All threads count into the process's processor time: nothing goes on computing.
  const before = process.cpuUsage()
  await sleep(500)
  const used = process.cpuUsage(before)
  expect((used.user + used.system) / 1000).toBeLessThan(250)
  const [next] = await fitAll(engine, [problemFor(SMALL_RECIPE, 'next')])
  expect(next?.kind).toBe('fit')
})

test('a signal that is already aborted starts nothing', async () => {
  const reading = collect(engineWith(1).fit(small(), { signal: AbortSignal.abort() }))
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
})

test('leaving the stream early stops the fits still running', async () => {
  const problems = [problemFor(SMALL_RECIPE, 'first'), problemFor(ENDLESS_RECIPE, 'endless')]
  const startedMs = performance.now()
  for await (const result of engineWith(2).fit(problems)) {
    expect(result.key).toBe('first')
    break
  }
  expect(performance.now() - startedMs).toBeLessThan(3000)
})

test('closing the engine ends a running stream with an error', async () => {
  const engine = engineWith(1)
  const reading = fitAll(engine, [problemFor(ENDLESS_RECIPE, 'endless')])
  setTimeout(() => void engine.close(), 200)
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  await expect(fitAll(engine, small())).rejects.toMatchObject({ code: 'ABORTED' })
})

test('problems may come from an asynchronous source, and only as fast as they are fitted', async () => {
  let taken = 0
  async function* source() {
    for (const problem of [...small(), ...small()]) {
      await sleep(0)
      taken += 1
      yield problem
    }
  }
  let read = 0
  for await (const result of engineWith(1).fit(source())) {
    expect(result.kind).toBe('fit')
    read += 1
    expect(taken - read).toBeLessThanOrEqual(5)
  }
  expect(read).toBe(24)
})

test('progress names the epoch and its loss while a long fit runs, and the last epoch of every fit', async () => {
  const seen: FitProgress[] = []
  const recipe = { ...SMALL_RECIPE, hidden: 48, epochs: 2000 }
  const problems = [problemFor(recipe, 'long'), problemFor(SMALL_RECIPE, 'short')]
  const results = await collect(
    engineWith(1).fit(problems, { onProgress: (progress) => void seen.push(progress) }),
  )
  const of = (key: string) => seen.filter((progress) => progress.key === key)
  expect(of('long').length).toBeGreaterThanOrEqual(2)
  expect(of('long').map(({ epoch }) => epoch)).toEqual(
    of('long')
      .map(({ epoch }) => epoch)
      .toSorted((a, b) => a - b),
  )
  for (const result of results) {
    if (result.kind === 'failure') throw new Error(result.message)
    const { epochs, loss } = of(result.key).at(-1) ?? { epochs: 0, loss: NaN }
    expect(result.losses).toHaveLength(epochs)
    expect(loss).toBe(result.losses.at(-1))
  }
})

test('a prediction of many samples is that of each of them alone', () => {
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
