/**
 * Runs tasks side by side and yields their results in the order of their items.
 *
 * At most `limit` items are in flight, taken and not yet yielded, and no more are taken while those weigh
 * `weightLimit` or more. So a slow reader stops the source, and memory stays bounded however long the stream is. A
 * result is yielded as soon as all before it are, even while the source is slow to produce its next item.
 *
 * Producing an item takes time on this thread, which has other work too. So each item is taken in its own turn of
 * the event loop, even from a synchronous source.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { KospigraphError } from '../../errors.js'

interface Running<Result> {
  readonly promise: Promise<Result>
  readonly weight: number
  settled: boolean
}

function iteratorOf<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncIterator<Item> | Iterator<Item> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
}

async function close(source: AsyncIterator<unknown> | Iterator<unknown>): Promise<void> {
  await source.return?.()
}

/**
 * Runs `run` on every item. `stop` is called when the reader leaves early, on any error and, even while the reader
 * is busy with a result, on abort. The generator then waits for the running tasks, so none outlives it.
 * @throws KospigraphError ABORTED where the signal aborts; any error of the source or of a task
 */
export async function* runInOrder<Item, Result>(options: {
  readonly items: Iterable<Item> | AsyncIterable<Item>
  readonly limit: number
  readonly weigh: (item: Item) => number
  readonly weightLimit: number
  readonly run: (item: Item) => Promise<Result>
  readonly stop: () => void
  readonly signal: AbortSignal | undefined
}): AsyncGenerator<Result, void, void> {
  const { limit, weigh, weightLimit, run, stop, signal } = options
  const source = iteratorOf(options.items)
  const running: Running<Result>[] = []
  let weight = 0
  /** How the source ended; undefined while it goes on. */
  let end: { readonly error?: unknown } | undefined
  /** `between`: waiting for its turn. `inSource`: waiting for the source. `over`: the reader has left. */
  const taking: { phase: 'no' | 'between' | 'inSource' | 'over' } = { phase: 'no' }
  // One wake-up for every event. Promise.race would leave a reaction on the longest-lived promise in every turn.
  let wake = (): void => undefined

  const start = (item: Item): void => {
    const task: Running<Result> = { promise: run(item), weight: weigh(item), settled: false }
    weight += task.weight
    running.push(task)
    const settle = (): void => {
      task.settled = true
      wake()
    }
    task.promise.then(settle, settle)
  }
  const hasRoom = (): boolean => running.length === 0 || (running.length < limit && weight < weightLimit)
  const isOver = (): boolean => taking.phase === 'over' || signal?.aborted === true
  /** Takes items while there is room, also while the reader is busy. */
  const fill = async (): Promise<void> => {
    if (taking.phase !== 'no') return
    while (end === undefined && hasRoom()) {
      taking.phase = 'between'
      await nextTurn()
      if (isOver()) return
      taking.phase = 'inSource'
      try {
        const next = await source.next()
        if (isOver()) return
        if (next.done === true) end = {}
        else start(next.value)
      } catch (error) {
        end = { error }
      }
      wake()
    }
    if (!isOver()) taking.phase = 'no'
  }
  const onAbort = (): void => {
    stop()
    wake()
  }
  signal?.addEventListener('abort', onAbort)

  try {
    for (;;) {
      if (signal?.aborted === true) {
        throw new KospigraphError('ABORTED', 'The fits were stopped on request.', { cause: signal.reason })
      }
      void fill()
      const [head] = running
      if (head?.settled === true) {
        running.shift()
        weight -= head.weight
        void fill()
        yield await head.promise
      } else if (head === undefined && end !== undefined) {
        // A failed source is reported after the results of all items before the failure.
        if ('error' in end) throw end.error
        return
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    stop()
    const isSourceBusy = taking.phase === 'inSource'
    taking.phase = 'over'
    const closing = end === undefined ? close(source) : undefined
    closing?.catch(() => undefined)
    await Promise.allSettled(running.map((task) => task.promise))
    // A source that is busy with its next item may never finish it, and an abort must not wait. So its end is
    // awaited only where neither is the case.
    if (!isSourceBusy && signal?.aborted !== true) await closing
  }
}
