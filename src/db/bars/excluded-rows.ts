/** Counts the rows that a comparison excludes from a delivery, and holds the first of them with their reasons. */
import type { ExcludedRow, RowCode } from '../../domain/bars/row-outcome.js'

export interface ExcludedRows<Code extends RowCode> {
  readonly count: number
  /** The first ones by row number, up to the limit given. */
  readonly rows: readonly ExcludedRow<Code>[]
}

export const NO_EXCLUDED_ROWS: ExcludedRows<never> = { count: 0, rows: [] }

export function mergeExcludedRows<Code extends RowCode>(
  parts: readonly ExcludedRows<Code>[],
  limit: number,
): ExcludedRows<Code> {
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    rows: parts
      .flatMap(({ rows }) => rows)
      .sort((a, b) => a.row - b.row)
      .slice(0, limit),
  }
}
