import { weightCount } from '../../../../../src/ml/weights.js'
import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FitProgress } from '../../../../../src/ml/engine/engine.js'
import type { FitProblem } from '../../../../../src/ml/fit-problem.js'
import { createWasmEngine } from '../../../../../src/ml/engine/wasm/wasm-engine.js'
import { collect, ENDLESS_RECIPE, problemFor, SMALL_RECIPE } from '../../simulated-bars.js'
import { closeEngines, engineWith, fitAll, seeds, small } from './wasm-engines.js'
import { activeHandles, watchTimers, workerThreads } from './worker-threads.js'

/** For one thread. */
const IN_FLIGHT = 16

afterEach(closeEngines)

test('an abort stops running fits, and the engine stays usable', async () => {
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

test('an abort stops the fits while the reader is busy with a result', async () => {
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

test('a failing source is reported after the results of its earlier items', async () => {
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

test('a progress listener that throws ends its own stream, and the engine stays usable', async () => {
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

test('a paused reader stops the source', async () => {
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
  const [samples, features, epochs] = [65_535, 32, 64]
  // Some minutes a fit: one that ended while this test looks would rightly make room for a ninth.
  const architecture = { ...problem.architecture, features, hidden: 128 }
  const large = {
    ...problem,
    architecture,
    training: { ...problem.training, epochs },
    labels: new Float32Array(samples).fill(0.5),
    rows: new Float32Array((samples + 4) * features).fill(0.5),
    initialWeights: new Float32Array(weightCount(architecture)),
    batchOrders: new Uint16Array(epochs * samples),
  }
  let onEighth = (): void => undefined
  const eighth = new Promise<void>((resolve) => (onEighth = resolve))
  function* source(): Iterable<FitProblem> {
    for (;;) {
      taken += 1
      if (taken === 8) onEighth()
      yield { ...large, key: `large ${taken}` }
    }
  }
  const abort = new AbortController()
  const reading = collect(engineWith(2).fit(source(), { signal: abort.signal }))
  await eighth
  // 16.5 MiB each: seven have less than 128. A ninth would be taken in the next turn.
  await sleep(50)
  expect(taken).toBe(8)
  abort.abort()
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  expect(taken).toBe(8)
})

test('streams that end in any way leave no thread, port, timer or listener behind', async () => {
  // Those of engines that other tests have just closed may still be going.
  await sleep(200)
  const before = activeHandles()
  const timers = watchTimers()
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
  // Handles that are closed disappear soon, on a busy machine a little later.
  const differ = (): boolean => JSON.stringify(activeHandles()) !== JSON.stringify(before)
  for (let looks = 0; looks < 100 && differ(); looks += 1) await sleep(20)
  expect(activeHandles()).toEqual(before)
  expect(await timers.pending()).toEqual([])
  timers.stop()
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
