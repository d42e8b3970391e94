/** Rows that a comparison takes out of a delivery: how many, and the first of them with their reasons. */
import type { LeftOutRow, RowCode } from '../../domain/bars/row-outcome.js'

export interface TakenOut<Code extends RowCode> {
  readonly count: number
  /** The first ones by row, at most the limit given. */
  readonly rows: readonly LeftOutRow<Code>[]
}

export const NONE: TakenOut<never> = { count: 0, rows: [] }

export function together<Code extends RowCode>(
  parts: readonly TakenOut<Code>[],
  limit: number,
): TakenOut<Code> {
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    rows: parts
      .flatMap(({ rows }) => rows)
      .sort((a, b) => a.row - b.row)
      .slice(0, limit),
  }
}
