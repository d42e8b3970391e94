import { setTimeout as sleep } from 'node:timers/promises'
import { runInOrder } from '../../../../src/ml/engine/in-order.js'
import { collect } from '../simulated-bars.js'

async function* slowSource(items: number[], pauseMs: number) {
  for (const item of items) {
    await sleep(pauseMs)
    yield item
  }
}

function options<Item>(items: Iterable<Item> | AsyncIterable<Item>, limit = 3) {
  return { items, limit, weigh: () => 1, weightLimit: Infinity, stop: () => undefined, signal: undefined }
}

test('results come in the order of the items, whichever is done first', async () => {
  const run = async (delayMs: number) => sleep(delayMs, delayMs)
  const results = await collect(runInOrder({ ...options([30, 1, 20, 2, 10]), run }))
  expect(results).toEqual([30, 1, 20, 2, 10])
})

test('no more than the limit is taken before the reader has read', async () => {
  let taken = 0
  let most = 0
  let read = 0
  function* items() {
    for (let i = 0; i < 50; i++) {
      taken += 1
      most = Math.max(most, taken - read)
      yield i
    }
  }
  for await (const result of runInOrder({ ...options(items(), 4), run: async (i: number) => sleep(1, i) })) {
    expect(result).toBe(read)
    await sleep(3)
    read += 1
  }
  expect(read).toBe(50)
  // The one in the reader's hands has been yielded.
  expect(most).toBeLessThanOrEqual(5)
})

test('no item is taken at the weight limit, except when none is in flight', async () => {
  let inFlight = 0
  const before: number[] = []
  function* items() {
    for (const weight of [4, 5, 3, 3, 3, 50, 1, 9, 1]) {
      before.push(inFlight)
      inFlight += weight
      yield weight
    }
  }
  const weighed = { ...options(items(), 100), weigh: (weight: number) => weight, weightLimit: 10 }
  for await (const weight of runInOrder({ ...weighed, run: async (weight: number) => sleep(20, weight) })) {
    inFlight -= weight
  }
  expect(before.slice(0, 3)).toEqual([0, 4, 9])
  expect(Math.max(...before)).toBeLessThan(10)
  expect(before).toHaveLength(9)
})

test('the source is read up to the limit while the reader is busy', async () => {
  let taken = 0
  function* items() {
    for (;;) yield (taken += 1)
  }
  const stream = runInOrder({ ...options(items(), 4), run: (i: number) => Promise.resolve(i) })
  await stream.next()
  await sleep(30)
  expect(taken).toBe(5)
  // Room is made when a result is read, not when the next one is asked for.
  await stream.next()
  await sleep(30)
  expect(taken).toBe(6)
  await stream.return()
})

test('other work gets its turn between the items of a source that never waits', async () => {
  const events: string[] = []
  function* items() {
    for (let i = 0; i < 5; i++) {
      events.push(`item ${i}`)
      setImmediate(() => events.push('other'))
      yield i
    }
  }
  await collect(runInOrder({ ...options(items(), 10), run: (i: number) => Promise.resolve(i) }))
  expect(events.slice(0, 8)).toEqual([0, 1, 2, 3].flatMap((i) => [`item ${i}`, 'other']))
})

test('an abort stops running tasks at once, even while the reader is busy', async () => {
  const abort = new AbortController()
  let stopped = false
  const stream = runInOrder({
    ...options([1, 2, 3]),
    signal: abort.signal,
    stop: () => (stopped = true),
    run: (i: number) => (i === 1 ? Promise.resolve(i) : new Promise<number>(() => undefined)),
  })
  await stream.next()
  expect(stopped).toBe(false)
  abort.abort()
  expect(stopped).toBe(true)
})

test('the source is not read after the reader has left', async () => {
  const calls: string[] = []
  const source: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        calls.push('next')
        return Promise.resolve({ value: calls.length, done: false })
      },
      return: () => {
        calls.push('return')
        return Promise.resolve({ value: undefined, done: true })
      },
    }),
  }
  for await (const result of runInOrder({ ...options(source), run: (i: number) => Promise.resolve(i) })) {
    if (result === 1) break
  }
  await sleep(10)
  expect(calls.at(-1)).toBe('return')
  expect(calls.filter((call) => call === 'return')).toHaveLength(1)
})

test('a slow source does not delay a finished result', async () => {
  const seen: number[] = []
  let given = 0
  const source = (async function* () {
    for await (const item of slowSource([1, 2, 3], 40)) {
      given += 1
      yield item
    }
  })()
  for await (const result of runInOrder({ ...options(source), run: (i: number) => Promise.resolve(i) })) {
    expect(given).toBe(result)
    seen.push(result)
  }
  expect(seen).toEqual([1, 2, 3])
})

test('a failing source is reported after the results of its earlier items', async () => {
  function* items() {
    yield 1
    yield 2
    throw new Error('the source broke')
  }
  const seen: number[] = []
  const read = async () => {
    for await (const result of runInOrder({ ...options(items()), run: async (i: number) => sleep(5, i) })) {
      seen.push(result)
    }
  }
  await expect(read()).rejects.toThrow('the source broke')
  expect(seen).toEqual([1, 2])
})

test('leaving early closes the source, and stops and awaits running tasks', async () => {
  const events: string[] = []
  async function* items() {
    try {
      for (let i = 0; ; i++) {
        await sleep(1)
        yield i
      }
    } finally {
      events.push('source closed')
    }
  }
  const run = async (i: number) => {
    await sleep(10)
    events.push(`ran ${i}`)
    return i
  }
  for await (const result of runInOrder({
    ...options(items()),
    run,
    stop: () => events.push('stopped'),
  })) {
    if (result === 0) break
  }
  const atEnd = [...events]
  expect(atEnd).toContain('stopped')
  expect(atEnd.filter((event) => event.startsWith('ran')).length).toBeGreaterThanOrEqual(2)
  await sleep(30)
  expect(events.filter((event) => event.startsWith('ran'))).toEqual(
    atEnd.filter((event) => event.startsWith('ran')),
  )
  expect(events).toContain('source closed')
})

test('an abort ends the stream even while the source hangs', async () => {
  async function* hanging() {
    yield 1
    await new Promise(() => undefined)
  }
  const abort = new AbortController()
  const read = async () => {
    for await (const result of runInOrder({
      ...options(hanging()),
      signal: abort.signal,
      run: (i: number) => Promise.resolve(i),
    })) {
      expect(result).toBe(1)
      setTimeout(() => abort.abort(new Error('enough')), 10)
    }
  }
  await expect(read()).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } })
})
