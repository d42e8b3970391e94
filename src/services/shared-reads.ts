/** Shares one read among all subscribers of this process that receive the same event. */

/**
 * Wraps `read` so that each key is read once. The value of a key must not change; a failed read is not remembered.
 * @param limit how many of the newest keys are remembered
 */
export function shareReads<Key, Value>(
  read: (key: Key) => Promise<Value>,
  limit: number,
): (key: Key) => Promise<Value> {
  const known = new Map<Key, Promise<Value>>()
  return (key) => {
    const before = known.get(key)
    if (before) return before
    const value = read(key).catch((error: unknown) => {
      // The next call reads again.
      known.delete(key)
      throw error
    })
    known.set(key, value)
    const [oldest] = known.keys()
    if (known.size > limit && oldest !== undefined) known.delete(oldest)
    return value
  }
}
