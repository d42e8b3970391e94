/**
 * Runs tasks side by side and yields their results in the order of their items.
 *
 * At most `limit` items are taken and not yet yielded, so a slow reader stops the source and memory stays
 * bounded, however long the stream. A result is yielded as soon as all before it are, even while the source is
 * slow to give its next item.
 */
import { KospigraphError } from '../../errors.js'

interface Running<Result> {
  readonly promise: Promise<Result>
  settled: boolean
}

type Arrival<Item> =
  | { readonly kind: 'item'; readonly item: Item }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: unknown }

function iteratorOf<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncIterator<Item> | Iterator<Item> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
}

/**
 * `stop` is called when the reader leaves early, on abort and when anything throws; the generator then waits for
 * what still runs, so nothing outlives it.
 */
export async function* runInOrder<Item, Result>(options: {
  readonly items: Iterable<Item> | AsyncIterable<Item>
  readonly limit: number
  readonly run: (item: Item) => Promise<Result>
  readonly stop: () => void
  readonly signal: AbortSignal | undefined
}): AsyncGenerator<Result, void, void> {
  const { limit, run, stop, signal } = options
  const source = iteratorOf(options.items)
  const running: Running<Result>[] = []
  const taking: { now: boolean; arrival?: Arrival<Item> } = { now: false }
  let end: Exclude<Arrival<Item>, { kind: 'item' }> | undefined
  // One wake-up for everything that can happen. Promise.race would leave a reaction on the longest-lived promise
  // for every turn.
  let wake = (): void => undefined

  const take = async (): Promise<void> => {
    taking.now = true
    try {
      const next = await source.next()
      taking.arrival = next.done === true ? { kind: 'end' } : { kind: 'item', item: next.value }
    } catch (error) {
      taking.arrival = { kind: 'error', error }
    }
    taking.now = false
    wake()
  }
  const start = (item: Item): Running<Result> => {
    const task: Running<Result> = { promise: run(item), settled: false }
    const settle = (): void => {
      task.settled = true
      wake()
    }
    task.promise.then(settle, settle)
    return task
  }
  const onAbort = (): void => wake()
  signal?.addEventListener('abort', onAbort)

  try {
    for (;;) {
      if (signal?.aborted === true) {
        throw new KospigraphError('ABORTED', 'The fits were stopped on request.', { cause: signal.reason })
      }
      const { arrival } = taking
      delete taking.arrival
      if (arrival?.kind === 'item') running.push(start(arrival.item))
      else if (arrival !== undefined) end = arrival
      if (end === undefined && !taking.now && running.length < limit) void take()

      const [head] = running
      if (head?.settled === true) {
        running.shift()
        yield await head.promise
      } else if (head === undefined && end !== undefined) {
        // A source that broke is reported after the results of all that it gave before.
        if (end.kind === 'error') throw end.error
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
    // A source that is busy with its next item may never finish it; it is told, not awaited.
    const closing = end === undefined ? Promise.resolve(source.return?.()) : undefined
    closing?.catch(() => undefined)
    if (!taking.now) await closing
    await Promise.allSettled(running.map((task) => task.promise))
  }
}
