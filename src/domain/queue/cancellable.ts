/** Async iterators that end at once when their reader stops, even while they wait for an item that may never come. */

/**
 * Wraps a generator so that `return` aborts its signal first; a plain generator would wait for its pending `await`.
 * @param outer a signal that ends the iteration too
 */
export function cancellable<Item>(
  generate: (signal: AbortSignal) => AsyncGenerator<Item, void, void>,
  outer?: AbortSignal,
): AsyncIterableIterator<Item, void, void> {
  const leaving = new AbortController()
  const generator = generate(outer ? AbortSignal.any([leaving.signal, outer]) : leaving.signal)
  return {
    next: () => generator.next(),
    return: async () => {
      leaving.abort()
      return generator.return()
    },
    throw: async (error) => {
      leaving.abort()
      return generator.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Maps each item and skips those mapped to undefined; ending it ends the source. */
export function mapEach<Item, Mapped>(
  source: AsyncIterator<Item>,
  map: (item: Item) => Promise<Mapped | undefined>,
): AsyncIterableIterator<Mapped, void, void> {
  return {
    async next() {
      for (;;) {
        const next = await source.next()
        if (next.done === true) return { done: true, value: undefined }
        const value = await map(next.value)
        if (value !== undefined) return { done: false, value }
      }
    },
    async return() {
      await source.return?.()
      return { done: true, value: undefined }
    },
    async throw(error) {
      await source.return?.()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
