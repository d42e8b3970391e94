/** Reading a thing once for everybody in this process who is told of it at the same moment. */

/**
 * What a key stands for must not change.
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
      // Whoever asks next tries again.
      known.delete(key)
      throw error
    })
    known.set(key, value)
    const [oldest] = known.keys()
    if (known.size > limit && oldest !== undefined) known.delete(oldest)
    return value
  }
}
