/**
 * The break-even cost: the cost per fill at which a strategy's total return would be 0.
 *
 * It is one cost k per unit traded, equal on buys and sales, instead of commission, slippage and tax. With the
 * account of `account.ts`, whose entries are of equity / (1 + k), the growth over a run is the product over its
 * trades, each falling as k rises:
 *
 * - (1 + g)(1 - k) / (1 + k) for a closed long trade of gross return g; (1 + g) / (1 + k) while it is open;
 * - (2 - (1 + k)(1 - g)) / (1 + k), at least 0, for a closed short one; (1 + g) / (1 + k) while it is open.
 *
 * A trade that a break of the series ended had one fill, as an open one. Buy-and-hold pays k for every purchase.
 *
 * Bisection between 0 and 1 finds the k at which the growth equals 1, or buy-and-hold's (1 + h) / (1 + k).
 */
import { BASIS_POINTS_PER_UNIT } from '../../domain/backtests/basis-point.js'
import type { Trade } from './book.js'
import type { StrategyRow } from './strategy-execution.js'

export interface BreakEvenCosts {
  /**
   * In basis points of the traded value: the cost at which the net total return is 0. Null where the strategy
   * never traded or lost without costs, and where even 100 % per fill would leave a profit.
   */
  readonly costBps: number | null
  /** As `costBps`: the cost at which the net total return equals that of buy-and-hold at the same cost. */
  readonly costBpsAgainstHold: number | null
}

/** Halvings of the range from 0 to 1; more would not change a double. */
const HALVINGS = 60

/** Returns the break-even costs of a whole run's rows, in session order. */
export function breakEvenCosts(rows: readonly StrategyRow[]): BreakEvenCosts {
  const ended = rows.flatMap(({ closed, ruinedBy }) => [closed ?? [], ruinedBy ?? []].flat())
  const last = rows.at(-1)
  const open = last?.open ?? null
  const growth = (cost: number): number =>
    ended.reduce(
      (product, trade) =>
        product * (trade.endedByBreak ? openGrowth(trade, cost) : closedGrowth(trade, cost)),
      openGrowth(open, cost),
    )
  const holdGrowth = (cost: number): number =>
    last ? last.hold.grossEquity / (1 + cost) ** last.hold.purchases : 1
  return {
    costBps: costAtOne(growth),
    costBpsAgainstHold: costAtOne((cost) => growth(cost) / holdGrowth(cost)),
  }
}

function closedGrowth({ position, grossReturn }: Trade, cost: number): number {
  if (position === 1) return ((1 + grossReturn) * (1 - cost)) / (1 + cost)
  return Math.max(0, 2 - (1 + cost) * (1 - grossReturn)) / (1 + cost)
}

function openGrowth(trade: Trade | null, cost: number): number {
  return trade === null ? 1 : (1 + trade.grossReturn) / (1 + cost)
}

function costAtOne(growth: (cost: number) => number): number | null {
  let [low, high] = [0, 1]
  if (!(growth(low) > 1) || !(growth(high) < 1)) return null
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2
    if (growth(middle) > 1) low = middle
    else high = middle
  }
  return ((low + high) / 2) * BASIS_POINTS_PER_UNIT
}
