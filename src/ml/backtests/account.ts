/**
 * An account that holds the symbol with its whole equity, long or short, or nothing.
 *
 * Shares are fractional. A trade leaves the position worth exactly the equity that remains after the trade's costs, so
 * of equity E a buy at cost k per unit traded is of E / (1 + k), and so is a short sale. Afterwards the number of shares
 * stays until the next trade: a long position has no cash beside it and moves with the price; a short one is not
 * rebalanced, so its weight grows while it loses. Dividends, interest, and the fee for borrowed shares are not in it.
 *
 * Equity is in units of the equity at the start. An account that has nothing left at a price is closed for good: it
 * owes nothing and trades nothing.
 */
import type { Position } from '../../domain/backtests/strategy.js'

export interface Account {
  readonly cash: number
  /** Below 0 when short. */
  readonly shares: number
}

/** Costs per unit traded, as fractions of the value. */
export interface CostRates {
  /** Of every fill: commission and slippage. */
  readonly trading: number
  /** Of what is sold, short or not: the transaction tax. */
  readonly sellTax: number
}

export const NO_COSTS: CostRates = { trading: 0, sellTax: 0 }

export interface Fill {
  readonly account: Account
  /** The equity after the old position is closed and before the new one is opened: where one trade ends. */
  readonly between: number
  /** What was traded, over the equity before. */
  readonly turnover: number
  readonly tradingCosts: number
  readonly tax: number
}

export const START: Account = { cash: 1, shares: 0 }
const NOTHING_LEFT: Account = { cash: 0, shares: 0 }

export function equityAt({ cash, shares }: Account, price: number): number {
  return cash + shares * price
}

/** The account at a price that it has to answer for. */
export function settleAt(account: Account, price: number): Account {
  return equityAt(account, price) > 0 ? account : NOTHING_LEFT
}

/** Closes what is held and opens the target, at one price. */
export function trade(account: Account, target: Position, price: number, costs: CostRates): Fill {
  const before = equityAt(account, price)
  if (!(before > 0)) {
    return { account: NOTHING_LEFT, between: 0, turnover: 0, tradingCosts: 0, tax: 0 }
  }
  const closed = Math.abs(account.shares * price)
  const closingTax = account.shares > 0 ? closed * costs.sellTax : 0
  const between = Math.max(0, before - closed * costs.trading - closingTax)
  const openingRate = costs.trading + (target < 0 ? costs.sellTax : 0)
  const opened = target === 0 ? 0 : between / (1 + openingRate)
  return {
    // Bought, the cash is gone; sold short, it is there twice: the equity and what the sale brought.
    account: { cash: target === 0 ? between : opened - target * opened, shares: (target * opened) / price },
    between,
    turnover: (closed + opened) / before,
    tradingCosts: (closed + opened) * costs.trading,
    tax: closingTax + (target < 0 ? opened * costs.sellTax : 0),
  }
}
