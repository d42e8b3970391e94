/**
 * Served prices: those of a forecast on the grid that its symbol trades on, since a predicted close of 20451.75 won
 * claims more than any order can state. Bounds are moved outwards. Errors, hits, coverage and promotion use the exact
 * prices.
 */
import { toPriceGrid } from '../bars/price-grid.js'
import type { Forecast } from './forecast.js'

/** What decides the grid of a forecast's prices. */
export type ServedGrid = Pick<Forecast, 'targetSession' | 'tickTable' | 'decimals'>

/** A close that a contender predicts, on the nearest step. */
export function servedClose(grid: ServedGrid, exact: number): number {
  return toPriceGrid(grid, grid.targetSession, exact, 'NEAREST')
}

export interface ServedInterval {
  readonly lower: number
  readonly upper: number
  readonly lowerExact: number
  readonly upperExact: number
}

/** The lower bound moved down and the upper bound moved up; null without bounds. */
export function servedInterval(
  grid: ServedGrid,
  lowerExact: number | null,
  upperExact: number | null,
): ServedInterval | null {
  if (lowerExact === null || upperExact === null) return null
  const lower = toPriceGrid(grid, grid.targetSession, lowerExact, 'DOWN')
  const upper = toPriceGrid(grid, grid.targetSession, upperExact, 'UP')
  return { lower, upper, lowerExact, upperExact }
}
