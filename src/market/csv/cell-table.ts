/** A table of cells that is read whole, from a file that is not delimited text. */

export interface CellTable {
  /** Names of the columns, then the rows. */
  readonly records: readonly string[][]
  /** The symbol that the file names outside its rows. */
  readonly ticker?: string | undefined
}

/** More rows belong into CSV, which is read as a stream. */
export const MAX_TABLE_ROWS = 500_000
/** More columns are no bars. */
export const MAX_TABLE_COLUMNS = 1_000

/** Returns a value as the text of a cell: empty for nothing, an instant as ISO writes it. */
export function cellText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.trim()
    case 'number':
      return Number.isFinite(value) ? String(value) : ''
    case 'bigint':
      return String(value)
    case 'object':
      return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : ''
    default:
      return ''
  }
}
