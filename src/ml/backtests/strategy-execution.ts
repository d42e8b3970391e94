/**
 * Strategy execution: orders, fills, positions and costs of a strategy, one session at a time.
 *
 * The forecast for session T + 1 is made after the close of T, from bars up to T, and sets the position to hold.
 * An order for the difference is executed at the open of T + 1. So in each session the strategy trades at the open
 * by the forecast for that session, holds, and is valued at the close. Nothing of a session's bar enters the
 * decision executed in it. `optimistic` executes at the close of T instead, the price that the forecast was made
 * from, which is impossible in practice.
 *
 * An order that could not have filled is dropped and counted, and the position stays; the next forecast decides
 * anew. A session without a forecast gives no order. While the target equals the position, nothing is traded: see
 * `account.ts`.
 *
 * Every strategy has two accounts with the same orders, gross and net of costs. Beside them runs buy-and-hold:
 * bought by the same rules and costs in the first session that fills it, and never sold. Nothing is sold at the
 * end: equity is valued at the last close.
 *
 * Where the series breaks, the closes before and after it are prices of different things, so no return crosses it.
 * Equity stays at the last close before the break. A position ends there without a fill and without costs, because
 * nobody knows its value on the other side. Nothing is traded in the session of the break; afterwards the account
 * goes on without a position, and buy-and-hold buys anew at the first fill.
 *
 * All state is finite plain data that JSON keeps exactly, so a run that resumes from a stored state gives the same
 * numbers as an uninterrupted one.
 */
import { BASIS_POINTS_PER_UNIT } from '../../domain/backtests/basis-point.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Session } from '../../domain/calendar/session.js'
import type { OrderOutcome, Position, StrategyKind } from '../../domain/backtests/strategy.js'
import type { SymbolDefinition } from '../../domain/symbol.js'
import { transactionTaxRate } from '../../domain/backtests/transaction-tax.js'
import { KospigraphError } from '../../errors.js'
import { equityAt, NO_COSTS, settleAt, START, trade } from './account.js'
import type { Account, CostRates } from './account.js'
import { blockedOrders, canFill } from './fills.js'
import type { Blocked } from './fills.js'
import { targetPosition } from './positions.js'

export interface StrategyOptions {
  readonly kind: StrategyKind
  /** Log return that a forecast has to exceed, 0 to 1. */
  readonly threshold: number
  /** Executes at the close that the forecast was made from, instead of the next open. */
  readonly optimistic: boolean
  /** Commission of every fill, in basis points of its value. */
  readonly commissionBps: number
  /** Slippage of every fill, in basis points of its value. */
  readonly slippageBps: number
  readonly symbol: Pick<SymbolDefinition, 'kind' | 'market'>
  /** For the settlement dates, which decide the tax rate. */
  readonly calendar: Calendar
}

/** The session before the first one; the first forecast was made from its close. */
export interface SessionBefore {
  readonly session: Session
  readonly close: number
  /** Null where it is the symbol's first bar. */
  readonly previousClose: number | null
  readonly flags: number
}

export interface StrategySession {
  readonly session: Session
  readonly open: number
  readonly close: number
  /** The bar's flags. */
  readonly flags: number
  /** The log return forecast for this session, from bars before it; null where there is no forecast. */
  readonly predictedReturn: number | null
  /** Whether the series breaks between the session before and this one; see `domain/bars/series-break.ts`. */
  readonly isBreak?: boolean
}

/** A trade from its opening to its closing, or to the last close while it is open. */
export interface Trade {
  readonly position: -1 | 1
  /** Equity at the end over equity before the opening, minus 1; `netReturn` is after the costs of both fills. */
  readonly grossReturn: number
  readonly netReturn: number
  /** Whether a break of the series ended it, without a fill. */
  readonly endedByBreak: boolean
}

/** Equity, costs and tax are in units of the equity before the first session. */
export interface StrategyRow {
  readonly session: Session
  /** The position that the forecast asks for. */
  readonly target: Position
  readonly order: OrderOutcome
  /** Price of the fill. */
  readonly fillPrice: number | null
  /** The position at the close. */
  readonly position: Position
  readonly grossEquity: number
  readonly netEquity: number
  /** Value traded over the gross equity before it: 1 for an entry, about 2 for a reversal. */
  readonly turnover: number
  /** Commission and slippage. */
  readonly tradingCosts: number
  readonly tax: number
  /** The trade that the order closed. */
  readonly closed: Trade | null
  /** The open trade, valued at the close. */
  readonly open: Trade | null
  /** Buy-and-hold. */
  readonly hold: {
    readonly bought: boolean
    /** Purchases so far: one, and one more after each break. */
    readonly purchases: number
    readonly grossEquity: number
    readonly netEquity: number
  }
}

interface Book {
  readonly position: Position
  readonly gross: Account
  readonly net: Account
  /** Equity before the open trade's opening. */
  readonly grossBefore: number
  readonly netBefore: number
}

export interface StrategyState {
  /** The last session that was stepped through. */
  readonly session: Session
  readonly close: number
  /** The orders that could not have filled at that close. */
  readonly blockedAtClose: Blocked
  readonly strategy: Book
  readonly hold: Book
  readonly holdPurchases: number
}

/** Price, fills and costs of a session's orders. */
interface Execution {
  readonly price: number
  readonly blocked: Blocked
  readonly costs: () => CostRates
}

interface Executed {
  readonly book: Book
  readonly order: OrderOutcome
  readonly turnover: number
  readonly tradingCosts: number
  readonly tax: number
  readonly closed: Trade | null
}

const EMPTY: Book = { position: 0, gross: START, net: START, grossBefore: 1, netBefore: 1 }

/**
 * Returns the state before the first session.
 * @throws KospigraphError BAD_USER_INPUT where an option is out of its range
 */
export function startStrategy(options: StrategyOptions, before: SessionBefore): StrategyState {
  requireRange('threshold', options.threshold, 1)
  requireRange('commissionBps', options.commissionBps, BASIS_POINTS_PER_UNIT)
  requireRange('slippageBps', options.slippageBps, BASIS_POINTS_PER_UNIT)
  const { session, close, previousClose, flags } = before
  return {
    session,
    close,
    blockedAtClose: blockedOrders({ session, price: close, previousClose, flags }, options.symbol),
    strategy: EMPTY,
    hold: EMPTY,
    holdPurchases: 0,
  }
}

/**
 * Returns the state after the session, and its row.
 * @throws RangeError where the session is not after the last one, or a price or prediction is invalid
 */
export function stepStrategy(
  options: StrategyOptions,
  state: StrategyState,
  next: StrategySession,
): { readonly state: StrategyState; readonly row: StrategyRow } {
  requireSession(state, next)
  if (next.isBreak) return stepOverBreak(options, state, next)
  const { session, close, flags, predictedReturn } = next
  const execution = executionOf(options, state, next)
  const target =
    predictedReturn === null
      ? state.strategy.position
      : targetPosition(options.kind, options.threshold, predictedReturn)
  const executed = execute(state.strategy, target, execution)
  const strategy = valued(executed.book, close)
  const held = execute(state.hold, 1, execution)
  const hold = valued(held.book, close)
  const holdPurchases = state.holdPurchases + (held.order === 'FILLED' ? 1 : 0)
  return {
    state: {
      session,
      close,
      blockedAtClose: blockedOrders(
        { session, price: close, previousClose: state.close, flags },
        options.symbol,
      ),
      strategy,
      hold,
      holdPurchases,
    },
    row: {
      session,
      target,
      order: executed.order,
      fillPrice: executed.order === 'FILLED' ? execution.price : null,
      position: strategy.position,
      grossEquity: equityAt(strategy.gross, close),
      netEquity: equityAt(strategy.net, close),
      turnover: executed.turnover,
      tradingCosts: executed.tradingCosts,
      tax: executed.tax,
      closed: executed.closed,
      open: tradeOf(strategy, equityAt(strategy.gross, close), equityAt(strategy.net, close)),
      hold: {
        bought: hold.position === 1,
        purchases: holdPurchases,
        grossEquity: equityAt(hold.gross, close),
        netEquity: equityAt(hold.net, close),
      },
    },
  }
}

/** Ends positions at the last close before the break, where equity stays; nothing is traded. */
function stepOverBreak(
  options: StrategyOptions,
  state: StrategyState,
  { session, close, flags }: StrategySession,
): { readonly state: StrategyState; readonly row: StrategyRow } {
  const strategy = endedAt(state.strategy, state.close)
  const hold = endedAt(state.hold, state.close)
  const [grossEquity, netEquity] = [strategy.gross.cash, strategy.net.cash]
  const ended = tradeOf(state.strategy, grossEquity, netEquity)
  return {
    state: {
      session,
      close,
      blockedAtClose: blockedOrders(
        { session, price: close, previousClose: state.close, flags },
        options.symbol,
      ),
      strategy,
      hold,
      holdPurchases: state.holdPurchases,
    },
    row: {
      session,
      target: 0,
      order: 'NONE',
      fillPrice: null,
      position: 0,
      grossEquity,
      netEquity,
      turnover: 0,
      tradingCosts: 0,
      tax: 0,
      closed: ended && { ...ended, endedByBreak: true },
      open: null,
      hold: {
        bought: state.holdPurchases > 0,
        purchases: state.holdPurchases,
        grossEquity: hold.gross.cash,
        netEquity: hold.net.cash,
      },
    },
  }
}

/** Returns the book with its equity at a price as cash. */
function endedAt(book: Book, price: number): Book {
  const cashOf = (account: Account): Account => ({
    cash: equityAt(settleAt(account, price), price),
    shares: 0,
  })
  return { ...book, position: 0, gross: cashOf(book.gross), net: cashOf(book.net) }
}

/** Runs a strategy over sessions in order and returns their rows. */
export function runStrategy(
  options: StrategyOptions,
  before: SessionBefore,
  sessions: Iterable<StrategySession>,
): StrategyRow[] {
  const rows: StrategyRow[] = []
  let state = startStrategy(options, before)
  for (const session of sessions) {
    const step = stepStrategy(options, state, session)
    state = step.state
    rows.push(step.row)
  }
  return rows
}

function executionOf(options: StrategyOptions, state: StrategyState, next: StrategySession): Execution {
  const session = options.optimistic ? state.session : next.session
  const costs = (): CostRates => ({
    trading: (options.commissionBps + options.slippageBps) / BASIS_POINTS_PER_UNIT,
    sellTax: transactionTaxRate(options.calendar, options.symbol, session).total,
  })
  if (options.optimistic) return { price: state.close, blocked: state.blockedAtClose, costs }
  const { open: price, flags } = next
  const blocked = blockedOrders({ session, price, previousClose: state.close, flags }, options.symbol)
  return { price, blocked, costs }
}

function execute(book: Book, target: Position, { price, blocked, costs }: Execution): Executed {
  const change = target - book.position
  const untraded = { book, turnover: 0, tradingCosts: 0, tax: 0, closed: null }
  if (change === 0) return { ...untraded, order: 'NONE' }
  if (!canFill(change, blocked)) return { ...untraded, order: 'UNFILLED' }
  const gross = trade(book.gross, target, price, NO_COSTS)
  const net = trade(book.net, target, price, costs())
  return {
    book: {
      position: target,
      gross: gross.account,
      net: net.account,
      grossBefore: gross.between,
      netBefore: net.between,
    },
    order: 'FILLED',
    turnover: gross.turnover,
    tradingCosts: net.tradingCosts,
    tax: net.tax,
    closed: tradeOf(book, gross.between, net.between),
  }
}

/** Returns the trade of a position; null where there is none, or no equity was left to open one. */
function tradeOf(book: Book, grossEquity: number, netEquity: number): Trade | null {
  if (book.position === 0 || !(book.netBefore > 0)) return null
  return {
    position: book.position,
    grossReturn: grossEquity / book.grossBefore - 1,
    netReturn: netEquity / book.netBefore - 1,
    endedByBreak: false,
  }
}

function valued(book: Book, close: number): Book {
  return { ...book, gross: settleAt(book.gross, close), net: settleAt(book.net, close) }
}

function requireRange(name: string, value: number, largest: number): void {
  if (value >= 0 && value <= largest) return
  throw new KospigraphError('BAD_USER_INPUT', `${name} is ${value}; it must lie between 0 and ${largest}`)
}

function requireSession(
  state: StrategyState,
  { session, open, close, predictedReturn }: StrategySession,
): void {
  if (session <= state.session) {
    throw new RangeError(`Session ${session} does not come after ${state.session}.`)
  }
  const isPrice = (value: number): boolean => value > 0 && value < Infinity
  if (isPrice(open) && isPrice(close) && Number.isFinite(predictedReturn ?? 0)) return
  throw new RangeError(
    `Session ${session} cannot be traded: open ${open}, close ${close}, predicted ${String(predictedReturn)}.`,
  )
}
