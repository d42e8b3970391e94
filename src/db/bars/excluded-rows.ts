/** Rows that a comparison takes out of a delivery: how many, and the first of them with their reasons. */
import type { ExcludedRow, RowCode } from '../../domain/bars/row-outcome.js'

export interface ExcludedRows<Code extends RowCode> {
  readonly count: number
  /** The first ones by row, at most the limit given. */
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
