/** Async iteration that ends at once when its reader leaves, also while it waits for something that may never come. */

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
