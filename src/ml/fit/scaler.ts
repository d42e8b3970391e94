/**
 * The scaler: maps each column to the range that the network learns in, and predictions back.
 *
 * It is fitted on the training window alone, in double precision and in row order. `minMax` is scikit-learn's
 * MinMaxScaler, (x - min) / (max - min); `standard` is its StandardScaler, (x - mean) / std with the population's
 * standard deviation. A constant column carries no information and maps to 0, inside the window and after it.
 * (scikit-learn returns x - min after it, which gives a raw share volume to a network that has only seen 0.)
 */
import type { StoredScaler } from '../../domain/models/model-version.js'
import type { Feature, ScalerKind } from '../../domain/models/recipe.js'
import { columnOf } from './columns.js'
import type { ColumnTable } from './columns.js'

/** Plain data, stored with the model version. Every list follows `columns`. */
export type Scaler = StoredScaler

/** The scaled value is (value - shift) / span. A span of 0 means a constant column. */
interface Mapping {
  readonly shift: number
  readonly span: number
}

function mappingOf(scaler: Scaler, column: Feature): Mapping {
  const at = scaler.columns.indexOf(column)
  if (at < 0) {
    throw new RangeError(`The scaler has no column "${column}"; it has ${scaler.columns.join(', ')}.`)
  }
  if (scaler.kind === 'standard') return { shift: scaler.mean[at] ?? NaN, span: scaler.std[at] ?? NaN }
  const min = scaler.min[at] ?? NaN
  return { shift: min, span: (scaler.max[at] ?? NaN) - min }
}

function rangeOf(values: Float64Array): { readonly min: number; readonly max: number } {
  let min = Infinity
  let max = -Infinity
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}

/** Two passes. A constant column has a deviation of exactly 0, however its mean rounds. */
function momentsOf(values: Float64Array): { readonly mean: number; readonly std: number } {
  const { min, max } = rangeOf(values)
  if (min === max) return { mean: min, std: 0 }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0)
  return { mean, std: Math.sqrt(squares / values.length) }
}

/** Fits every column of `table` over all its rows. The caller passes only rows of the training window. */
export function fitScaler(table: ColumnTable, kind: ScalerKind = 'minMax'): Scaler {
  const columns = [...table.columns.keys()]
  const values = [...table.columns.values()]
  if (kind === 'standard') {
    const moments = values.map(momentsOf)
    return { kind, columns, mean: moments.map(({ mean }) => mean), std: moments.map(({ std }) => std) }
  }
  const ranges = values.map(rangeOf)
  return { kind, columns, min: ranges.map(({ min }) => min), max: ranges.map(({ max }) => max) }
}

/**
 * Scales one value of a column.
 * @throws RangeError where the scaler does not have the column
 */
export function transform(scaler: Scaler, column: Feature, value: number): number {
  const { shift, span } = mappingOf(scaler, column)
  return span === 0 ? 0 : (value - shift) / span
}

/**
 * Returns a scaled value of a column in the column's own unit.
 * @throws RangeError where the scaler does not have the column
 */
export function inverse(scaler: Scaler, column: Feature, scaled: number): number {
  const { shift, span } = mappingOf(scaler, column)
  return scaled * span + shift
}

/**
 * Returns the named columns scaled, [rowCount, columns], row-major, as engines take them.
 * @param rowCount rows from the first; all by default
 */
export function transformRows(
  scaler: Scaler,
  table: ColumnTable,
  columns: readonly Feature[],
  rowCount = table.sessions.length,
): Float32Array {
  const rows = new Float32Array(rowCount * columns.length)
  columns.forEach((column, at) => {
    const { shift, span } = mappingOf(scaler, column)
    if (span === 0) return
    const values = columnOf(table, column)
    for (let row = 0; row < rowCount; row++) {
      rows[row * columns.length + at] = ((values[row] ?? NaN) - shift) / span
    }
  })
  return rows
}
