/**
 * An account that is fully long, fully short or flat in one symbol.
 *
 * Shares are fractional. After a trade the position's value is the equity that remains after the trade's costs:
 * with equity E and a cost of k per unit traded, a buy or a short sale is of E / (1 + k). The number of shares
 * then stays until the next trade. A long position has no cash beside it and moves with the price. A short one is
 * not rebalanced, so its weight grows while it loses. Dividends, interest and borrowing fees are not modelled.
 *
 * Equity is in units of the equity at the start. An account whose equity falls to 0 or below is closed for good:
 * it owes nothing and trades nothing.
 */
import type { Position } from '../../domain/backtests/strategy.js'

export interface Account {
  readonly cash: number
  /** Below 0 when short. */
  readonly shares: number
}

/** Costs as fractions of the traded value. */
export interface CostRates {
  /** On every fill: commission and slippage. */
  readonly trading: number
  /** On every sale, short or not: the transaction tax. */
  readonly sellTax: number
}

export const NO_COSTS: CostRates = { trading: 0, sellTax: 0 }

export interface Fill {
  readonly account: Account
  /**
   * The equity after the old position is closed and before the new one is opened. One trade ends here, the next
   * begins.
   */
  readonly between: number
  /** Value traded over the equity before. */
  readonly turnover: number
  readonly tradingCosts: number
  readonly tax: number
}

export const START: Account = { cash: 1, shares: 0 }
const NOTHING_LEFT: Account = { cash: 0, shares: 0 }

/** Returns the account's equity at a price. */
export function equityAt({ cash, shares }: Account, price: number): number {
  return cash + shares * price
}

/** Returns the account valued at a price; an account without equity is closed. */
export function settleAt(account: Account, price: number): Account {
  return equityAt(account, price) > 0 ? account : NOTHING_LEFT
}

/**
 * Closes the position and opens the target, at one price.
 * @param price above 0
 */
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
    // A buy leaves no cash. A short sale leaves twice the value: the equity and the proceeds.
    account: { cash: target === 0 ? between : opened - target * opened, shares: (target * opened) / price },
    between,
    turnover: (closed + opened) / before,
    tradingCosts: (closed + opened) * costs.trading,
    tax: closingTax + (target < 0 ? opened * costs.sellTax : 0),
  }
}
