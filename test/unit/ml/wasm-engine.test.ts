import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Recipe } from '../../../src/domain/recipe.js'
import type { Engine, FitProblem, FitProgress, FitResult } from '../../../src/ml/engine/engine.js'
import { Kernel } from '../../../src/ml/engine/wasm/kernel.js'
import { createWasmEngine } from '../../../src/ml/engine/wasm/wasm-engine.js'
import { weightCount } from '../../../src/ml/weights.js'
import { bytesOf, collect, ENDLESS_RECIPE, problemFor, SMALL_RECIPE } from './simulated-bars.js'
import { activeHandles, workerThreads } from './worker-threads.js'

/** For one thread. */
const IN_FLIGHT = 16

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

function fitAll(engine: Engine, problems: Iterable<FitProblem>): Promise<FitResult[]> {
  return collect(engine.fit(problems))
}

function outcome(result: FitResult): string {
  return result.kind === 'failure' ? result.code : `${bytesOf(result.weights)} ${bytesOf(result.losses)}`
}

const seeds = Array.from({ length: 12 }, (_, i) => i)
const small = (): FitProblem[] => seeds.map((seed) => problemFor(SMALL_RECIPE, `seed ${seed}`, seed))

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

test('the problems stay as they were', async () => {
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
])('a problem with bad %s is refused by name while its neighbour is fitted', async (_, spoil, message) => {
  const good = problemFor(SMALL_RECIPE, 'good')
  const [bad, fine] = await fitAll(engineWith(1), [{ ...spoil(good), key: 'bad' }, good])
  expect(bad).toMatchObject({ kind: 'failure', key: 'bad', code: 'INVALID_PROBLEM' })
  expect(bad?.kind === 'failure' && bad.message).toContain(message)
  expect(fine?.kind).toBe('fit')
})

test('a problem that cannot reach a thread fails by itself', async () => {
  const good = problemFor(SMALL_RECIPE, 'good')
  const training = { ...good.training, callback: () => undefined }
  const unsendable = { ...good, key: 'unsendable', training }
  const [bad, fine] = await fitAll(engineWith(1), [unsendable, good])
  expect(bad).toMatchObject({ kind: 'failure', key: 'unsendable', code: 'ENGINE_FAILED' })
  expect(fine?.kind).toBe('fit')
})

test('an abort stops running fits and the engine can go on', async () => {
  const engine = engineWith(2)
  const abort = new AbortController()
  const problem = problemFor(ENDLESS_RECIPE, 'endless')
  setTimeout(() => abort.abort(), 300)
  const reading = collect(engine.fit([problem, problem, problem], { signal: abort.signal }))
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  await sleep(200)
  // All threads count into the process's processor time: nothing goes on computing.
  const before = process.cpuUsage()
  await sleep(500)
  const used = process.cpuUsage(before)
  expect((used.user + used.system) / 1000).toBeLessThan(250)
  const [next] = await fitAll(engine, [problemFor(SMALL_RECIPE, 'next')])
  expect(next?.kind).toBe('fit')
})

test('an abort does not wait for the epoch of the largest fit, which is longer than this test may take', async () => {
  const engine = engineWith(1)
  const abort = new AbortController()
  const sizes = { layers: 4, hidden: 256, lookbackBars: 250, windowSamples: 2000, batchSize: 1024, epochs: 1 }
  const largest = problemFor({ ...SMALL_RECIPE, ...sizes }, 'largest')
  setTimeout(() => abort.abort(), 500)
  const reading = collect(engine.fit([largest, largest], { signal: abort.signal }))
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  const [next] = await fitAll(engine, [problemFor(SMALL_RECIPE, 'next')])
  expect(next?.kind).toBe('fit')
})

test('an abort stops the fits while the reader still has a result in hand', async () => {
  const abort = new AbortController()
  const problems = [problemFor(SMALL_RECIPE, 'first'), problemFor(ENDLESS_RECIPE, 'endless')]
  const read = async (): Promise<void> => {
    for await (const result of engineWith(1).fit(problems, { signal: abort.signal })) {
      expect(result.key).toBe('first')
      await sleep(100)
      expect(workerThreads()).toBe(1)
      abort.abort()
      while (workerThreads() > 0) await sleep(20)
    }
  }
  await expect(read()).rejects.toMatchObject({ code: 'ABORTED' })
})

test('a signal that is already aborted starts nothing', async () => {
  const reading = collect(engineWith(1).fit(small(), { signal: AbortSignal.abort() }))
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
})

test.each(['break', 'throw'])(
  'leaving the stream early with %s stops its fits and closes its source',
  async (how) => {
    const engine = engineWith(2)
    let isSourceOpen = true
    function* source(): Iterable<FitProblem> {
      try {
        yield problemFor(SMALL_RECIPE, 'first')
        for (let i = 0; ; i++) yield problemFor(ENDLESS_RECIPE, `endless ${i}`)
      } finally {
        isSourceOpen = false
      }
    }
    const read = async (): Promise<string> => {
      for await (const result of engine.fit(source())) {
        expect(result.key).toBe('first')
        if (how === 'break') return how
        throw new Error(how)
      }
      return 'read to the end'
    }
    expect(await read().catch((error: unknown) => (error as Error).message)).toBe(how)
    expect(isSourceOpen).toBe(false)
    while (workerThreads() > 0) await sleep(20)
    const [next] = await fitAll(engine, [problemFor(SMALL_RECIPE, 'next')])
    expect(next?.kind).toBe('fit')
  },
)

test('a source that breaks is reported after the results of what it gave', async () => {
  const engine = engineWith(2)
  function* source(): Iterable<FitProblem> {
    yield* small()
    throw new Error('no more bars')
  }
  const seen: string[] = []
  const read = async (): Promise<void> => {
    for await (const { key } of engine.fit(source())) seen.push(key)
  }
  await expect(read()).rejects.toThrow('no more bars')
  expect(seen).toEqual(seeds.map((seed) => `seed ${seed}`))
})

test('a listener to progress that throws ends its own stream, and the engine can go on', async () => {
  const engine = engineWith(1)
  const onProgress = ({ epoch, epochs }: FitProgress): void => {
    if (epoch < epochs) throw new Error('cannot draw')
  }
  const reading = collect(engine.fit([problemFor(ENDLESS_RECIPE, 'endless')], { onProgress }))
  await expect(reading).rejects.toThrow('cannot draw')
  const [next] = await fitAll(engine, [problemFor(SMALL_RECIPE, 'next')])
  expect(next?.kind).toBe('fit')
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
    for (const problem of [...small(), ...small(), ...small(), ...small()]) {
      await sleep(0)
      taken += 1
      yield problem
    }
  }
  let read = 0
  for await (const result of engineWith(1).fit(source())) {
    expect(result.kind).toBe('fit')
    read += 1
    expect(taken - read).toBeLessThanOrEqual(IN_FLIGHT)
  }
  expect(read).toBe(48)
})

test('a reader that stays away stops the source', async () => {
  let taken = 0
  function* source(): Iterable<FitProblem> {
    for (const problem of [...small(), ...small(), ...small()]) {
      taken += 1
      yield problem
    }
  }
  const reader = engineWith(1).fit(source())[Symbol.asyncIterator]()
  await reader.next()
  await sleep(300)
  // One more than the limit: the first has been read.
  expect(taken).toBe(IN_FLIGHT + 1)
  await reader.return?.()
})

test('problems of many bytes are taken only while those in flight have less than 64 MiB a thread', async () => {
  let taken = 0
  const problem = problemFor(SMALL_RECIPE, 'k')
  const visits = 2 ** 24
  const large = {
    ...problem,
    labels: new Float32Array(4096).fill(0.5),
    rows: new Float32Array(4100 * 4).fill(0.5),
    training: { ...problem.training, epochs: visits / 4096 },
    batchOrders: new Uint16Array(visits),
  }
  function* source(): Iterable<FitProblem> {
    for (;;) yield { ...large, key: `large ${(taken += 1)}` }
  }
  const abort = new AbortController()
  const reading = collect(engineWith(2).fit(source(), { signal: abort.signal }))
  await sleep(700)
  // 32 MiB of orders each.
  expect(taken).toBe(4)
  abort.abort()
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  expect(taken).toBe(4)
})

test('streams that end in any way leave no thread, port, timer or listener behind', async () => {
  const before = activeHandles()
  const engine = createWasmEngine({ threads: 2 })
  const signal = new AbortController().signal
  const onProgress = (): void => undefined
  for (let i = 0; i < 5; i++) {
    await collect(engine.fit(small(), { signal, onProgress }))
    for await (const result of engine.fit(small(), { signal, onProgress })) if (result.kind === 'fit') break
    const abort = new AbortController()
    const endless = [problemFor(ENDLESS_RECIPE, 'endless')]
    setTimeout(() => abort.abort(), 20)
    await collect(engine.fit(endless, { signal: abort.signal, onProgress })).catch(() => undefined)
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
  }
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  await engine.close()
  expect(workerThreads()).toBe(0)
  // Handles that are closed disappear in the next turn.
  await sleep(10)
  expect(activeHandles()).toEqual(before)
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
