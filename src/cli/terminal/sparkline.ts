/** A curve in one line of text. */

const BLOCKS = '▁▂▃▄▅▆▇█'

export interface Range {
  readonly lowest: number
  readonly highest: number
}

/** @throws RangeError without a value */
export function rangeOf(values: readonly number[]): Range {
  if (values.length === 0) throw new RangeError('There is no range of no values.')
  const [lowest, highest] = values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  )
  return { lowest, highest }
}

/**
 * The values as at most `width` blocks, each the last value of an equal share of them.
 * @param range what the lowest and the highest block stand for; curves to be compared share it
 */
export function sparkline(values: readonly number[], width: number, range = rangeOf(values)): string {
  const columns = Math.min(width, values.length)
  const span = range.highest - range.lowest
  return Array.from({ length: columns }, (_, column) => {
    const value = values[Math.floor(((column + 1) * values.length) / columns) - 1] ?? range.lowest
    const height = span === 0 ? 0 : (value - range.lowest) / span
    return BLOCKS[Math.max(0, Math.min(BLOCKS.length - 1, Math.floor(height * BLOCKS.length)))]
  }).join('')
}
