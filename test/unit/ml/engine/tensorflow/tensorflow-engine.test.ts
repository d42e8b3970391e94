import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Recipe } from '../../../../../src/domain/models/recipe.js'
import type { Engine, FitProgress, FitResult } from '../../../../../src/ml/engine/engine.js'
import type { FitProblem } from '../../../../../src/ml/fit-problem.js'
import { loadTensorflow } from '../../../../../src/ml/engine/tensorflow/tensorflow-engine.js'
import type { TensorflowOptions } from '../../../../../src/ml/engine/tensorflow/tensorflow-engine.js'
import { createWasmEngine } from '../../../../../src/ml/engine/wasm/wasm-engine.js'
import { compare } from '../../../../golden/compare.js'
import { barsOf } from '../../../../golden/golden-bars.js'
import { readGolden } from '../../../../golden/golden-file.js'
import { bytesOf, collect, problemFor, SMALL_RECIPE } from '../../simulated-bars.js'
import { workerThreads } from '../wasm/worker-threads.js'

const CPU_BACKEND = new URL('./tensorflow-cpu-backend.js', import.meta.url).href
const DYING_BACKEND = new URL('./tensorflow-dying-backend.js', import.meta.url).href
const BROKEN_BACKEND = new URL('./tensorflow-broken-backend.js', import.meta.url).href
/** Predicts, for which it starts no thread. */
const wasm = createWasmEngine({ threads: 1 })
const engines: Engine[] = []

async function engineWith(options: Partial<TensorflowOptions> = {}): Promise<Engine> {
  const loaded = await loadTensorflow({ wasm, backendModule: CPU_BACKEND, ...options })
  if (loaded.kind === 'unavailable') throw new Error(loaded.reason)
  expect(loaded.hasGpu).toBe(false)
  engines.push(loaded.engine)
  return loaded.engine
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()))
  expect(workerThreads()).toBe(0)
})

const QUICK: Recipe = {
  ...SMALL_RECIPE,
  windowSamples: 12,
  lookbackBars: 2,
  hidden: 2,
  batchSize: 6,
  epochs: 2,
}
const OTHER: Recipe = { ...QUICK, layers: 1 }

function quick(count: number, recipe = QUICK): FitProblem[] {
  return Array.from({ length: count }, (_, i) => problemFor(recipe, `fit ${i}`, i + 1))
}

function outcome(result: FitResult): string {
  return result.kind === 'failure' ? result.code : `${bytesOf(result.weights)} ${bytesOf(result.losses)}`
}

/** Minutes on any machine, in steps that take none: what stops it can only be a stop. */
const LONG: Recipe = { ...QUICK, windowSamples: 60, batchSize: 1, epochs: 10_000 }

/** What the other engine makes of them. */
async function kernelFits(problems: readonly FitProblem[]): Promise<FitResult[]> {
  const engine = createWasmEngine({ threads: 1 })
  engines.push(engine)
  return collect(engine.fit(problems))
}

function expectSameFits(results: readonly FitResult[], expected: readonly FitResult[]): void {
  expect(results).toHaveLength(expected.length)
  for (const [i, result] of results.entries()) {
    const other = expected[i]
    if (result.kind === 'failure' || other?.kind !== 'fit') throw new Error(`no fit of ${result.key}`)
    result.weights.forEach((weight, j) => expect(weight).toBeCloseTo(other.weights[j] ?? NaN, 4))
  }
}

/** Passes problems on and counts them. */
class Source {
  taken = 0
  readonly #problems: readonly FitProblem[]

  constructor(problems: readonly FitProblem[]) {
    this.#problems = problems
  }

  *[Symbol.iterator](): Generator<FitProblem> {
    for (const problem of this.#problems) {
      this.taken += 1
      yield problem
    }
  }
}

const fixtures = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../../../../test/fixtures')
const goldenFiles = readdirSync(fixtures).filter((file) => /^golden.*\.json$/.test(file))

test('the recorded fits of PyTorch are reproduced within a thousandth', async () => {
  const engine = await engineWith()
  expect(goldenFiles.length).toBeGreaterThanOrEqual(2)
  for (const file of goldenFiles) {
    const golden = readGolden(path.join(fixtures, file))
    const bars = barsOf(golden, { dataFolder: fixtures, csvFile: undefined })
    const { lossDifference, predictionDifference } = await compare(engine, golden, bars)
    expect(lossDifference).toBeLessThan(1e-3)
    expect(predictionDifference).toBeLessThan(1e-3)
  }
})

test('problems of several kinds keep their order, each fitted as if alone', async () => {
  const engine = await engineWith({ chunkFits: 4 })
  const kinds = [QUICK, OTHER, QUICK, { ...QUICK, windowSamples: 13 }, { ...QUICK, learningRate: 0.1 }]
  const problems = Array.from({ length: 15 }, (_, i) =>
    problemFor(kinds[i % kinds.length] as Recipe, `fit ${i}`, i + 1),
  )
  const results = await collect(engine.fit(problems))
  const expected = await kernelFits(problems)
  expect(results.map(({ key }) => key)).toEqual(problems.map(({ key }) => key))
  expectSameFits(results, expected)
})

test.each<[string, Partial<TensorflowOptions>]>([
  ['number', { chunkFits: 3 }],
  ['memory', { chunkMemoryBytes: 20_000 }],
])('a bound on the %s of a chunk changes no result', async (_, bound) => {
  const whole = await collect((await engineWith()).fit(quick(7)))
  const parts = await collect((await engineWith(bound)).fit(quick(7)))
  expect(parts.map(outcome)).toEqual(whole.map(outcome))
  expect(new Set(whole.map(outcome)).size).toBe(7)
})

test('no more problems are taken than two chunks hold, however slowly results are read', async () => {
  const engine = await engineWith({ chunkFits: 3 })
  const source = new Source(quick(30))
  let read = 0
  for await (const result of engine.fit(source)) {
    expect(result.kind).toBe('fit')
    read += 1
    if (read % 10 === 0) await sleep(100)
    expect(source.taken - read).toBeLessThanOrEqual(6)
  }
  expect(read).toBe(30)
})

test('a source that waits for results gets them', async () => {
  const engine = await engineWith()
  let wake = (): void => undefined
  let read = 0
  async function* waiting() {
    for (const [i, problem] of quick(3).entries()) {
      while (read < i) await new Promise<void>((resolve) => (wake = resolve))
      yield problem
    }
  }
  for await (const result of engine.fit(waiting())) {
    expect(result.key).toBe(`fit ${read}`)
    read += 1
    wake()
  }
  expect(read).toBe(3)
})

test('two streams are served in turns', async () => {
  const engine = await engineWith({ chunkFits: 2 })
  const order: string[] = []
  const read = async (name: string): Promise<void> => {
    for await (const result of engine.fit(quick(8))) {
      expect(result.kind).toBe('fit')
      order.push(name)
    }
  }
  await Promise.all([read('a'), read('b')])
  expect(order).toHaveLength(16)
  expect(order.slice(0, 8)).toContain('a')
  expect(order.slice(0, 8)).toContain('b')
})

test('a wrong problem is refused by key while the others are fitted', async () => {
  const engine = await engineWith()
  const [first, second, third, fourth] = quick(4) as [FitProblem, FitProblem, FitProblem, FitProblem]
  const results = await collect(
    engine.fit([
      first,
      { ...second, batchOrders: second.batchOrders.with(7, 50) },
      { ...third, architecture: { ...third.architecture, hidden: 1e6 } },
      { ...fourth, rows: fourth.rows.with(3, NaN) },
      { ...first, key: 'last' },
    ]),
  )
  expect(results.map((result) => (result.kind === 'fit' ? 'fit' : result.code))).toEqual([
    ...['fit', 'INVALID_PROBLEM', 'INVALID_PROBLEM', 'DIVERGED', 'fit'],
  ])
  expect(results[1]).toMatchObject({ message: expect.stringContaining('names sample 50') as string })
  expect(results[2]).toMatchObject({ message: expect.stringContaining('hidden is 1000000') as string })
  expect(results[4] && outcome(results[4])).toBe(results[0] && outcome(results[0]))
})

test('a problem that cannot be sent to the thread fails with its chunk, and the engine stays usable', async () => {
  const engine = await engineWith()
  const [good] = quick(1) as [FitProblem]
  const training = { ...good.training, callback: () => undefined }
  const [bad] = await collect(engine.fit([{ ...good, training }]))
  expect(bad).toMatchObject({ kind: 'failure', code: 'ENGINE_FAILED' })
  const [fine] = await collect(engine.fit([good]))
  expect(fine?.kind).toBe('fit')
})

test('fits that fail together are retried in halves, so that only the failing ones fail', async () => {
  const backendModule = new URL('./tensorflow-small-backend.js', import.meta.url).href
  const engine = await engineWith({ backendModule })
  const results = await collect(engine.fit(quick(5)))
  const expected = await collect((await engineWith()).fit(quick(5)))
  expect(results.map(outcome)).toEqual(expected.map(outcome))
  const [large] = await collect(engine.fit(quick(1, { ...QUICK, hidden: 64 })))
  expect(large).toMatchObject({ kind: 'failure', code: 'ENGINE_FAILED' })
  expect(large?.kind === 'failure' && large.message).toContain('fit 0: TensorFlow failed: too large')
})

test('an abort stops the running chunk within a step, and the engine stays usable', async () => {
  const engine = await engineWith()
  const abort = new AbortController()
  const reading = collect(engine.fit(quick(3, LONG), { signal: abort.signal }))
  setTimeout(() => abort.abort(), 300)
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  const [next] = await collect(engine.fit(quick(1)))
  expect(next?.kind).toBe('fit')
})

test('a signal that is already aborted starts nothing', async () => {
  const engine = await engineWith()
  const source = new Source(quick(3))
  const reading = collect(engine.fit(source, { signal: AbortSignal.abort() }))
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  expect(source.taken).toBe(0)
})

test('leaving the stream early stops the fits still running, and those of another stream go on', async () => {
  const engine = await engineWith({ chunkFits: 1 })
  const problems = [...quick(1), problemFor(LONG, 'long')]
  for await (const result of engine.fit(problems)) {
    expect(result.key).toBe('fit 0')
    break
  }
  const [next] = await collect(engine.fit(quick(1)))
  expect(next?.kind).toBe('fit')
})

test('closing the engine ends a running stream with an error, and refuses another', async () => {
  const engine = await engineWith()
  const reading = collect(engine.fit(quick(2, LONG)))
  setTimeout(() => void engine.close(), 200)
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  await expect(collect(engine.fit(quick(1)))).rejects.toMatchObject({ code: 'ABORTED' })
})

/** An engine whose thread has died, and takes 2 s to come back. */
async function deadEngine(): Promise<Engine> {
  const engine = await engineWith({ backendModule: `${DYING_BACKEND}?loadMs=2000` })
  const [failed] = await collect(engine.fit(quick(1)))
  expect(failed).toMatchObject({ kind: 'failure', code: 'ENGINE_FAILED' })
  return engine
}

test('closing the engine while its thread starts again ends that thread too', async () => {
  const engine = await deadEngine()
  const ended = expect(collect(engine.fit(quick(1)))).rejects.toMatchObject({ code: 'ABORTED' })
  await sleep(200)
  await engine.close()
  expect(workerThreads()).toBe(0)
  await ended
})

test('an abort does not wait for a thread that starts again', async () => {
  const engine = await deadEngine()
  const abort = new AbortController()
  const startedMs = performance.now()
  const reading = collect(engine.fit(quick(1), { signal: abort.signal }))
  setTimeout(() => abort.abort(), 200)
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  expect(performance.now() - startedMs).toBeLessThan(1_500)
})

test('stopped loading gives a reason and leaves no thread', async () => {
  const backendModule = `${DYING_BACKEND}?loadMs=60000`
  for (const signal of [AbortSignal.abort(), AbortSignal.timeout(200)]) {
    const loaded = await loadTensorflow({ wasm, backendModule, signal })
    expect(loaded).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('was stopped') as string,
    })
  }
})

test('a failing source is reported after the results of its earlier items', async () => {
  const engine = await engineWith()
  const keys: string[] = []
  const read = async (): Promise<void> => {
    function* breaking() {
      yield* quick(2)
      throw new Error('no more bars')
    }
    for await (const { key } of engine.fit(breaking())) keys.push(key)
  }
  await expect(read()).rejects.toThrow('no more bars')
  expect(keys).toEqual(['fit 0', 'fit 1'])
})

test('progress names the epoch and its loss while a chunk trains, and the last epoch of every fit', async () => {
  const engine = await engineWith()
  const seen: FitProgress[] = []
  const problems = quick(2, { ...QUICK, epochs: 600 })
  const onProgress = (progress: FitProgress): void => void seen.push(progress)
  const results = await collect(engine.fit(problems, { onProgress }))
  for (const result of results) {
    if (result.kind === 'failure') throw new Error(result.message)
    const own = seen.filter(({ key }) => key === result.key)
    expect(own.length).toBeGreaterThanOrEqual(2)
    expect(own.at(-1)?.epoch).toBe(600)
    for (const { epoch, epochs, loss } of own) {
      expect(epochs).toBe(600)
      expect(loss).toBe(result.losses[epoch - 1])
    }
  }
})

test('an error thrown by the listener for progress reaches the reader', async () => {
  const engine = await engineWith()
  const onProgress = (): void => {
    throw new Error('the listener broke')
  }
  const reading = collect(engine.fit(quick(2, { ...QUICK, epochs: 600 }), { onProgress }))
  await expect(reading).rejects.toThrow('the listener broke')
})

test("predictions are the other engine's", async () => {
  const engine = await engineWith()
  const { architecture, initialWeights, rows } = problemFor(SMALL_RECIPE, 'k')
  expect(bytesOf(engine.predict(architecture, initialWeights, rows))).toBe(
    bytesOf(wasm.predict(architecture, initialWeights, rows)),
  )
  expect(() => engine.predict(architecture, new Float32Array(10), rows)).toThrow('10 weights')
})

test('the engine reports its name, its version and the device of the backend', async () => {
  const { name, version, device } = await engineWith()
  expect({ name, version }).toEqual({ name: 'tensorflow', version: 'tensorflow-1' })
  expect(device).toMatch(/^tfjs 4\.\d+\.\d+ on cpu$/)
})

test.each([
  ['is not there', `${CPU_BACKEND}.gone`, /backend\.js\.gone/],
  ['throws', BROKEN_BACKEND, /a stray error/],
])(
  'a backend module that %s gives a reason and a remedy, and leaves no thread',
  async (_, backendModule, reason) => {
    const loaded = await loadTensorflow({ wasm, backendModule })
    expect(loaded).toMatchObject({ kind: 'unavailable', reason: expect.stringMatching(reason) as string })
    expect(loaded.kind === 'unavailable' && loaded.remedy).toMatch(/\.$/)
  },
)

// The machine decides which: what must hold is that nothing is thrown, and that there is either an engine or a reason.
// A binding that was built elsewhere is found through NODE_PATH.
test('the native package trains where it loads, and otherwise gives a reason', async () => {
  const loaded = await loadTensorflow({ wasm })
  if (loaded.kind === 'loaded') {
    engines.push(loaded.engine)
    expect(loaded.engine.device).toMatch(/^C(UDA|PU)/)
    expectSameFits(await collect(loaded.engine.fit(quick(3))), await kernelFits(quick(3)))
  } else {
    const isInstalled = existsSync(path.join(fixtures, '../../node_modules/@tensorflow/tfjs-node-gpu'))
    expect(loaded.reason.endsWith('is not installed')).toBe(!isInstalled)
  }
})

test('an engine without work does not keep the process alive, and one with work does', async () => {
  const url = (file: string): string => JSON.stringify(new URL(file, import.meta.url))
  const script = `(async () => {
    const { loadTensorflow } = await import(${url('../../../../../src/ml/engine/tensorflow/tensorflow-engine.js')})
    const { problemFor, SMALL_RECIPE } = await import(${url('../../simulated-bars.js')})
    const { engine } = await loadTensorflow({ backendModule: ${url('./tensorflow-cpu-backend.js')} })
    for await (const { kind } of engine.fit([problemFor(SMALL_RECIPE, 'k')])) console.log(kind)
  })()`
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { timeout: 30_000 })
  expect(stdout).toMatch(/fit\n$/)
})
