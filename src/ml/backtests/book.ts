/**
 * A book: the two accounts of a strategy, gross and net of costs, with the same orders.
 *
 * A book whose net equity is 0 or below is ruined: its position ends, the net account owes nothing, and it trades nothing
 * more. The gross account ends at the same price, because it has the same orders.
 */
import type { OrderOutcome, Position, UnfilledReason } from '../../domain/backtests/strategy.js'
import { equityAt, NO_COSTS, settleAt, START, trade } from './account.js'
import type { Account, CostRates } from './account.js'
import { reachedPosition } from './fills.js'
import type { Blocks } from './fills.js'

/** A trade from its opening to its closing, or to the last close while it is open. */
export interface Trade {
  readonly position: -1 | 1
  /** Equity at the end over equity before the opening, minus 1; `netReturn` is after the costs of both fills. */
  readonly grossReturn: number
  readonly netReturn: number
  /** Whether a break of the series ended it, without a fill. */
  readonly endedByBreak: boolean
}

export interface Book {
  readonly position: Position
  readonly gross: Account
  readonly net: Account
  /** Equity before the open trade's opening. */
  readonly grossBefore: number
  readonly netBefore: number
}

/** Price, fills and costs of a session's orders. */
export interface Execution {
  readonly price: number
  /** The tick at the price; null where it is not known. */
  readonly tick: number | null
  readonly blocks: Blocks
  /** Why short sales are not allowed; null where they are. */
  readonly shortSales: UnfilledReason | null
  readonly costs: () => CostRates
}

export interface Executed {
  readonly book: Book
  /** Filled also where a reversal stopped at a flat position. */
  readonly order: OrderOutcome
  readonly refused: UnfilledReason | null
  readonly turnover: number
  readonly tradingCosts: number
  readonly tax: number
  readonly closed: Trade | null
}

export const EMPTY_BOOK: Book = { position: 0, gross: START, net: START, grossBefore: 1, netBefore: 1 }

/** Returns what no order does. */
export function untraded(book: Book): Executed {
  return { book, order: 'NONE', refused: null, turnover: 0, tradingCosts: 0, tax: 0, closed: null }
}

/** Executes the order for a target position. */
export function execute(book: Book, target: Position, execution: Execution): Executed {
  const { price, blocks, shortSales, costs } = execution
  const { position, refused } = reachedPosition(book.position, target, blocks, shortSales)
  if (position === book.position) {
    return { ...untraded(book), order: refused === null ? 'NONE' : 'UNFILLED', refused }
  }
  const gross = trade(book.gross, position, price, NO_COSTS)
  const net = trade(book.net, position, price, costs())
  return {
    book: {
      position,
      gross: gross.account,
      net: net.account,
      grossBefore: gross.between,
      netBefore: net.between,
    },
    order: 'FILLED',
    refused,
    turnover: gross.turnover,
    tradingCosts: net.tradingCosts,
    tax: net.tax,
    closed: tradeOf(book, gross.between, net.between),
  }
}

/** Returns the trade of a position; null where there is none. */
export function tradeOf(book: Book, grossEquity: number, netEquity: number): Trade | null {
  if (book.position === 0) return null
  return {
    position: book.position,
    grossReturn: grossEquity / book.grossBefore - 1,
    netReturn: netEquity / book.netBefore - 1,
    endedByBreak: false,
  }
}

/** Whether nothing is left at a price. */
export function isRuinedAt(book: Book, price: number): boolean {
  return !(equityAt(book.net, price) > 0)
}

/** Returns the book with its equity at a price as cash, and no position. */
export function endedAt(book: Book, price: number): Book {
  const cashOf = (account: Account): Account => ({
    cash: equityAt(settleAt(account, price), price),
    shares: 0,
  })
  return { ...book, position: 0, gross: cashOf(book.gross), net: cashOf(book.net) }
}
