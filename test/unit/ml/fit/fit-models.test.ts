import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../../../../src/ml/engine/engine.js'
import { createWasmEngine } from '../../../../src/ml/engine/wasm/wasm-engine.js'
import { fitModels } from '../../../../src/ml/fit/fit-models.js'
import type { ProblemRequest } from '../../../../src/ml/fit/problem.js'
import { bytesOf, collect, RETURN_RECIPE, simulateBars, SMALL_RECIPE } from '../simulated-bars.js'

let engine: Engine
beforeAll(() => {
  engine = createWasmEngine({ threads: 2 })
})
afterAll(() => engine.close())

function request(key: string, options: Partial<ProblemRequest> = {}): ProblemRequest {
  return { key, bars: simulateBars(80), recipe: SMALL_RECIPE, seed: 1, ...options }
}

test('results keep the order of the requests, with whole ensembles and failures', async () => {
  const requests = [
    request('too few', { bars: simulateBars(10) }),
    request('one'),
    request('ensemble', { recipe: RETURN_RECIPE, seed: 5 }),
    request('diverging', { recipe: { ...RETURN_RECIPE, learningRate: 10, epochs: 50, weightDecay: 10 } }),
    request('also too few', { bars: simulateBars(11) }),
    request('another', { seed: 2 }),
    request('the last too few', { bars: simulateBars(12) }),
  ]
  const results = await collect(fitModels(engine, requests))
  expect(results.map(({ request: { key } }) => key)).toEqual(requests.map(({ key }) => key))
  expect(results.map((result) => (result.kind === 'model' ? result.members.length : result.code))).toEqual([
    'TOO_FEW_BARS',
    1,
    3,
    'DIVERGED',
    'TOO_FEW_BARS',
    1,
    'TOO_FEW_BARS',
  ])
  const ensemble = results[2]
  if (ensemble?.kind !== 'model') throw new Error('no ensemble')
  expect(ensemble.members.map(({ seed }) => seed)).toEqual([5, 6, 7])
  expect(ensemble.model.members).toEqual(ensemble.members.map(({ weights }) => weights))
  const alone = await collect(
    fitModels(engine, [request('alone', { recipe: { ...RETURN_RECIPE, members: 1 }, seed: 6 })]),
  )
  if (alone[0]?.kind !== 'model') throw new Error('no model')
  expect(bytesOf(alone[0].members[0]?.weights ?? new Float32Array())).toBe(
    bytesOf(ensemble.members[1]?.weights ?? new Float32Array()),
  )
})

test('requests are taken only as the engine has room', async () => {
  let taken = 0
  function* endless(): Iterable<ProblemRequest> {
    for (;;) yield request(`request ${++taken}`)
  }
  let seen = 0
  for await (const result of fitModels(engine, endless())) {
    expect(result.kind).toBe('model')
    if (++seen === 5) break
  }
  expect(taken).toBeLessThan(40)
})

test('no request gives no result', async () => {
  expect(await collect(fitModels(engine, []))).toEqual([])
})

test('failed requests are returned at once, delay no other and can be aborted', async () => {
  let taken = 0
  function* hopeless(): Iterable<ProblemRequest> {
    const bars = simulateBars(10)
    for (;;) yield request(`request ${++taken}`, { bars })
  }
  const abort = new AbortController()
  let seen = 0
  const reading = (async () => {
    for await (const result of fitModels(engine, hopeless(), { signal: abort.signal })) {
      expect(result).toMatchObject({ kind: 'failure', code: 'TOO_FEW_BARS' })
      seen += 1
      if (seen === 100) setTimeout(() => abort.abort(), 20)
    }
  })()
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  expect(seen).toBeGreaterThanOrEqual(100)
  const stopped = taken
  await sleep(50)
  expect(taken).toBe(stopped)
})

test('a paused reader bounds even failed requests', async () => {
  let taken = 0
  function* hopeless(): Iterable<ProblemRequest> {
    const bars = simulateBars(10)
    for (; taken < 100_000;) yield request(`request ${++taken}`, { bars })
  }
  const reader = fitModels(engine, hopeless())[Symbol.asyncIterator]()
  await reader.next()
  await sleep(2000)
  expect(taken).toBeLessThan(8300)
  await reader.return(undefined)
})

test('a failing source is reported after the results of its earlier items', async () => {
  function* breaking(): Iterable<ProblemRequest> {
    yield request('too few', { bars: simulateBars(10) })
    yield request('one')
    throw new Error('the source broke')
  }
  const seen: string[] = []
  const reading = (async () => {
    for await (const { request: asked } of fitModels(engine, breaking())) seen.push(asked.key)
  })()
  await expect(reading).rejects.toThrow('the source broke')
  expect(seen).toEqual(['too few', 'one'])
})
