/** Async iterations that end at once when their reader leaves, also while they wait for what may never come. */

/**
 * A generator's own `return` waits for the `await` that it stands at; here it aborts the signal first.
 * @param outer ends the iteration too, as if the reader had left
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

/** What each item stands for, leaving out those that stand for nothing; ending it ends the source. */
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
