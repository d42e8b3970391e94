import { fileURLToPath } from 'node:url'
import type { FitResult } from '../../../../../src/ml/engine/engine.js'
import { FitPool } from '../../../../../src/ml/engine/wasm/fit-pool.js'
import { DYING_WORKER_FILE } from './dying-worker.js'
import { bytesOf, ENDLESS_RECIPE, problemFor, SMALL_RECIPE } from '../../simulated-bars.js'
import { workerThreads } from './worker-threads.js'

const pools: FitPool[] = []

function poolOf(threads: number, workerFile = DYING_WORKER_FILE): FitPool {
  const pool = new FitPool(threads, workerFile)
  pools.push(pool)
  return pool
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
  expect(workerThreads()).toBe(0)
})

function outcome(result: FitResult): string {
  return result.kind === 'fit' ? bytesOf(result.weights) : `${result.code} ${result.message}`
}

const keys = ['a', 'b', 'exits', 'c', 'throws', 'd', 'exits', 'e']

test.each([1, 2])('a dying thread fails only the fit that killed it, on %d threads', async (threads) => {
  const run = poolOf(threads).open()
  const results = await Promise.all(keys.map((key, i) => run.fit(problemFor(SMALL_RECIPE, key, i))))
  const alone = poolOf(
    1,
    fileURLToPath(new URL('../../../../../src/ml/engine/wasm/fit-worker.js', import.meta.url)),
  ).open()
  const expected = await Promise.all(keys.map((key, i) => alone.fit(problemFor(SMALL_RECIPE, key, i))))
  expect(results.map(({ key }) => key)).toEqual(keys)
  for (const [i, result] of results.entries()) {
    if (result.key === 'exits') {
      expect(outcome(result)).toMatch(/^ENGINE_FAILED exits: the worker thread failed: .*exit.* 3/)
    } else if (result.key === 'throws') {
      expect(outcome(result)).toMatch(/^ENGINE_FAILED throws: the worker thread failed: .*stray error/)
    } else {
      expect(outcome(result)).toBe(outcome(expected[i] as FitResult))
    }
  }
})

test('where no thread can start, every fit fails with the reason', async () => {
  const run = poolOf(2, `${DYING_WORKER_FILE}/no-such-worker.js`).open()
  const results = await Promise.all(
    ['a', 'b', 'c', 'd', 'e'].map((key) => run.fit(problemFor(SMALL_RECIPE, key))),
  )
  for (const result of results) expect(outcome(result)).toMatch(/^ENGINE_FAILED .*no-such-worker/)
})

test('a stream that stops does not stop the fits of another on the only thread', async () => {
  const pool = poolOf(1)
  const stopping = pool.open()
  const staying = pool.open()
  const endless = [1, 2, 3].map((i) => stopping.fit(problemFor(ENDLESS_RECIPE, `endless ${i}`)))
  const small = [1, 2, 3].map((i) => staying.fit(problemFor(SMALL_RECIPE, `small ${i}`)))
  setTimeout(() => {
    stopping.stop()
  }, 100)
  expect((await Promise.allSettled(endless)).map(({ status }) => status)).toEqual(Array(3).fill('rejected'))
  expect((await Promise.all(small)).map(({ kind }) => kind)).toEqual(['fit', 'fit', 'fit'])
})

test('streams take turns: a single fit does not wait for a whole long stream', async () => {
  const pool = poolOf(1)
  const order: string[] = []
  const fit = async (run: ReturnType<FitPool['open']>, key: string): Promise<void> => {
    order.push((await run.fit(problemFor({ ...SMALL_RECIPE, epochs: 500 }, key))).key)
  }
  const long = pool.open()
  const many = Array.from({ length: 30 }, (_, i) => fit(long, `long ${i}`))
  await Promise.all([fit(pool.open(), 'single'), ...many])
  expect(order).toHaveLength(31)
  expect(order.indexOf('single')).toBeLessThan(20)
})

test('a closed pool rejects waiting, running and later fits', async () => {
  const pool = poolOf(1)
  const run = pool.open()
  const fits = [1, 2].map((i) => run.fit(problemFor(ENDLESS_RECIPE, String(i))))
  const settled = Promise.allSettled(fits)
  await new Promise((resolve) => setTimeout(resolve, 150))
  await pool.close()
  expect(workerThreads()).toBe(0)
  for (const result of await settled) expect(result).toMatchObject({ reason: { code: 'ABORTED' } })
  await expect(run.fit(problemFor(SMALL_RECIPE, 'late'))).rejects.toMatchObject({ code: 'ABORTED' })
})

test('closing waits for a thread whose stream was stopped just before', async () => {
  const pool = poolOf(1)
  const run = pool.open()
  const fit = run.fit(problemFor(ENDLESS_RECIPE, 'endless'))
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect(workerThreads()).toBe(1)
  run.stop()
  await expect(fit).rejects.toMatchObject({ code: 'ABORTED' })
  await pool.close()
  expect(workerThreads()).toBe(0)
})
