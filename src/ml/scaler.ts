/**
 * The scaler: maps each column's range over the training window to 0..1, and predictions back to prices.
 *
 * As scikit-learn's MinMaxScaler: (x - min) / (max - min) in double precision. A constant column says nothing
 * about the future and maps to 0, inside the window and after it. (scikit-learn gives x - min after it, which
 * hands a network that has never seen anything but 0 a raw share volume.)
 */
import type { BarColumns } from '../domain/bar.js'
import type { Feature } from '../domain/recipe.js'

/** Plain data, kept with the model version. `min` and `max` follow `columns`. */
export interface Scaler {
  readonly kind: 'minMax'
  readonly columns: readonly string[]
  readonly min: readonly number[]
  readonly max: readonly number[]
}

interface ColumnRange {
  readonly min: number
  readonly max: number
}

function rangeOf(scaler: Scaler, column: string): ColumnRange {
  const at = scaler.columns.indexOf(column)
  const min = scaler.min[at]
  const max = scaler.max[at]
  if (min === undefined || max === undefined) {
    throw new RangeError(`The scaler has no column "${column}"; it has ${scaler.columns.join(', ')}.`)
  }
  return { min, max }
}

/** Takes each column's range over all rows of `bars`; the caller passes only rows that training may see. */
export function fitScaler(bars: BarColumns, columns: readonly Feature[]): Scaler {
  const ranges = columns.map((column) => {
    let min = Infinity
    let max = -Infinity
    for (const value of bars[column]) {
      if (value < min) min = value
      if (value > max) max = value
    }
    return { min, max }
  })
  return {
    kind: 'minMax',
    columns: [...columns],
    min: ranges.map((range) => range.min),
    max: ranges.map((range) => range.max),
  }
}

/** One value of a column, scaled. */
export function transform(scaler: Scaler, column: Feature, value: number): number {
  const { min, max } = rangeOf(scaler, column)
  return max === min ? 0 : (value - min) / (max - min)
}

/** A scaled value of a column, in the column's own unit. */
export function inverse(scaler: Scaler, column: Feature, scaled: number): number {
  const { min, max } = rangeOf(scaler, column)
  return scaled * (max - min) + min
}

/** The columns of `bars` scaled, [rows, columns] row-major: what an engine takes. */
export function transformRows(scaler: Scaler, bars: BarColumns, columns: readonly Feature[]): Float32Array {
  const rowCount = bars.sessions.length
  const rows = new Float32Array(rowCount * columns.length)
  columns.forEach((column, at) => {
    const { min, max } = rangeOf(scaler, column)
    const span = max - min
    if (span === 0) return
    bars[column].forEach((value, row) => {
      rows[row * columns.length + at] = (value - min) / span
    })
  })
  return rows
}
