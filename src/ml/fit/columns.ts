/**
 * Columns: the features and the label of each row, in their own units before scaling.
 *
 * A return needs the bar before its own, so the first `lag` bars of a window give no row: row r is bar r + lag. A
 * recipe without returns has lag 0, and its rows are its bars.
 */
import { BAR_COLUMNS } from '../../domain/bars/bar.js'
import type { BarColumn, BarColumns } from '../../domain/bars/bar.js'
import type { Feature, Label, Recipe } from '../../domain/models/recipe.js'
import type { Session } from '../../domain/calendar/session.js'
import { KospigraphError } from '../../errors.js'
import { exp, log } from '../exact-math.js'

function isBarColumn(column: Feature): column is BarColumn {
  return BAR_COLUMNS.some((name) => name === column)
}

const BASE = {
  openReturn: 'open',
  highReturn: 'high',
  lowReturn: 'low',
  closeReturn: 'close',
  volumeReturn: 'volume',
} as const

/** Returns every column that a recipe reads, each once, features first. */
export function columnsOf(recipe: Pick<Recipe, 'features' | 'label'>): Feature[] {
  return [...new Set<Feature>([...recipe.features, recipe.label])]
}

/** Columns of equal length, one value a row. */
export interface ColumnTable {
  /** The session of each row. */
  readonly sessions: readonly Session[]
  readonly columns: ReadonlyMap<Feature, Float64Array>
}

/**
 * Returns the named columns of `bars`, in the order of the names, [bars - lag] rows each.
 * @throws RangeError for a return column where the lag is 0
 */
export function columnTable(bars: BarColumns, names: readonly Feature[], lag = 0): ColumnTable {
  return {
    sessions: bars.sessions.slice(lag),
    columns: new Map(names.map((name) => [name, columnValues(bars, name, lag)])),
  }
}

/**
 * Returns one column of the table.
 * @throws RangeError where the table does not have it
 */
export function columnOf({ columns }: ColumnTable, name: Feature): Float64Array {
  const values = columns.get(name)
  if (values === undefined) {
    throw new RangeError(`The table has no column "${name}"; it has ${[...columns.keys()].join(', ')}.`)
  }
  return values
}

/** Returns one column. Returns are log returns against the bar before, so they need a lag of at least 1. */
function columnValues(bars: BarColumns, column: Feature, lag: number): Float64Array {
  if (isBarColumn(column)) return bars[column].subarray(lag)
  if (lag < 1) throw new RangeError(`${column} needs the bar before its own; the lag is ${lag}.`)
  const values = bars[BASE[column]]
  const isVolume = column === 'volumeReturn'
  const before = isVolume ? bars.volume : bars.close
  const breaks = new Set(bars.volumeBreaks)
  const returns = new Float64Array(Math.max(0, values.length - lag))
  for (let row = 0; row < returns.length; row++) {
    const now = values[row + lag] ?? NaN
    const previous = before[row + lag - 1] ?? NaN
    // A halt has no volume, and volumes of different hours are no measure of each other: there is no change to measure.
    const isUnmeasured = isVolume && (now === 0 || previous === 0 || breaks.has(row + lag))
    returns[row] = isUnmeasured ? 0 : log(now / previous)
  }
  return returns
}

/** Returns the close that a label value stands for; `previousClose` is that of the session before. */
export function closeOfLabel(label: Label, value: number, previousClose: number): number {
  return label === 'close' ? value : previousClose * exp(value)
}

/**
 * Refuses a table with a value that is not finite.
 * @param key the request or model, for the message
 * @throws KospigraphError NOT_FINITE naming the column, the session and the value
 */
export function requireFinite(key: string, { sessions, columns }: ColumnTable): void {
  for (const [column, values] of columns) {
    const at = values.findIndex((value) => !Number.isFinite(value))
    if (at < 0) continue
    const isReturn = !isBarColumn(column)
    throw new KospigraphError(
      'NOT_FINITE',
      `${key}: ${column} of ${String(sessions[at])} is ${String(values[at])}; correct that bar` +
        `${isReturn ? ' or the one before it' : ''} and try again`,
    )
  }
}
