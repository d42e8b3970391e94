import { setTimeout as sleep } from 'node:timers/promises'
import { runInOrder } from '../../../src/ml/engine/in-order.js'
import { collect } from './simulated-bars.js'

async function* slowSource(items: number[], pauseMs: number) {
  for (const item of items) {
    await sleep(pauseMs)
    yield item
  }
}

function options<Item>(items: Iterable<Item> | AsyncIterable<Item>, limit = 3) {
  return { items, limit, stop: () => undefined, signal: undefined }
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

test('a result is not held back by a slow source', async () => {
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

test('a source that breaks is reported after what it gave before', async () => {
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

test('leaving early closes the source, stops and waits for what runs', async () => {
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
