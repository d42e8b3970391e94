/**
 * Strategy execution: orders, fills, positions and costs of a strategy, one session at a time.
 *
 * The forecast for session T + 1 is made after the close of T, from bars up to T, and sets the position to hold.
 * An order for the difference is executed at the open of T + 1. So in each session the strategy trades at the open
 * by the forecast for that session, holds, and is valued at the close. Nothing of a session's bar enters the
 * decision executed in it. `optimistic` executes at the close of T instead, the price that the forecast was made
 * from, which is impossible in practice.
 *
 * An order that could not have filled (`fills.ts`) or was not allowed (`short-sale-bans.ts`) is dropped and counted, and
 * the position stays; the next forecast decides anew. A session without a forecast gives no order. While the target equals
 * the position, nothing is traded: see `account.ts`.
 *
 * A strategy whose net equity is 0 or below, at an open or a close, is ruined: its position ends there, and it trades and
 * counts nothing more.
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
import { shortSaleRefusal } from '../../domain/backtests/short-sale-bans.js'
import type { ShortSalePermits } from '../../domain/backtests/short-sale-bans.js'
import type { OrderOutcome, Position, StrategyKind, UnfilledReason } from '../../domain/backtests/strategy.js'
import { instrumentOn } from '../../domain/backtests/traded-instrument.js'
import type { TradedInstrument } from '../../domain/backtests/traded-instrument.js'
import { transactionTaxRate } from '../../domain/backtests/transaction-tax.js'
import { addClose, tickTableOf } from '../../domain/bars/tick-runs.js'
import type { TickRuns } from '../../domain/bars/tick-runs.js'
import { tickSize } from '../../domain/bars/tick-size.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Session } from '../../domain/calendar/session.js'
import { KospigraphError } from '../../errors.js'
import { equityAt } from './account.js'
import { EMPTY_BOOK, endedAt, execute, isRuinedAt, tradeOf, untraded } from './book.js'
import type { Book, Executed, Execution, Trade } from './book.js'
import { blockedOrders } from './fills.js'
import type { Blocks } from './fills.js'
import { targetPosition } from './positions.js'

/** Most ticks of slippage; more than a quarter of a daily limit on dear shares. */
export const MAX_SLIPPAGE_TICKS = 20

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
  /** Slippage of every fill in ticks of its price, beside that in basis points. */
  readonly slippageTicks: number
  readonly symbol: TradedInstrument
  /** What decides short sales in partial bans. */
  readonly shortSales: ShortSalePermits
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
  /** Of the closes up to this one. */
  readonly ticks: TickRuns
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

/** Equity, costs and tax are in units of the equity before the first session. */
export interface StrategyRow {
  readonly session: Session
  /** The position that the forecast asks for. */
  readonly target: Position
  readonly order: OrderOutcome
  /** Why the order did not reach the target; not null beside a fill where only the short sale of a reversal was refused. */
  readonly unfilledReason: UnfilledReason | null
  /** Price of the fill: the bar's open. Slippage is in `tradingCosts`. */
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
  /** Whether slippage in ticks was asked for, and the fill has no known tick. */
  readonly withoutTick: boolean
  /** The trade that the order closed. */
  readonly closed: Trade | null
  /** The trade that ruined the strategy in this session. */
  readonly ruinedBy: Trade | null
  /** Whether the strategy is ruined at the close. */
  readonly isRuined: boolean
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

export interface StrategyState {
  /** The last session that was stepped through. */
  readonly session: Session
  readonly close: number
  /** The orders that could not have filled at that close. */
  readonly blocksAtClose: Blocks
  readonly ticks: TickRuns
  /** The session in which the strategy lost everything; null while it has not. */
  readonly ruinedOn: Session | null
  readonly strategy: Book
  readonly hold: Book
  readonly holdPurchases: number
}

/**
 * Returns the state before the first session.
 * @throws KospigraphError BAD_USER_INPUT where an option is out of its range
 */
export function startStrategy(options: StrategyOptions, before: SessionBefore): StrategyState {
  requireRange('threshold', options.threshold, 1)
  requireRange('commissionBps', options.commissionBps, BASIS_POINTS_PER_UNIT)
  requireRange('slippageBps', options.slippageBps, BASIS_POINTS_PER_UNIT)
  requireRange('slippageTicks', options.slippageTicks, MAX_SLIPPAGE_TICKS)
  const { session, close, ticks } = before
  return {
    session,
    close,
    blocksAtClose: blockedOrders({ ...before, price: close }, options.symbol),
    ticks,
    ruinedOn: null,
    strategy: EMPTY_BOOK,
    hold: EMPTY_BOOK,
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
  const { session, close, predictedReturn } = next
  const execution = executionOf(options, state, next)
  const target =
    predictedReturn === null
      ? state.strategy.position
      : targetPosition(options.kind, options.threshold, predictedReturn)
  const executed = stepBook(state, target, execution, close)
  const { book: strategy, order, refused, turnover, tradingCosts, tax, closed, ruinedBy, isRuined } = executed
  const { book: hold, order: held } = execute(state.hold, 1, execution)
  const holdPurchases = state.holdPurchases + (held === 'FILLED' ? 1 : 0)
  const [grossEquity, netEquity] = [equityAt(strategy.gross, close), equityAt(strategy.net, close)]
  return {
    state: {
      ...closedState(options, state, next),
      ruinedOn: isRuined ? (state.ruinedOn ?? session) : null,
      strategy,
      hold,
      holdPurchases,
    },
    row: {
      session,
      target,
      order,
      unfilledReason: refused,
      fillPrice: order === 'FILLED' ? execution.price : null,
      position: strategy.position,
      grossEquity,
      netEquity,
      turnover,
      tradingCosts,
      tax,
      withoutTick: order === 'FILLED' && options.slippageTicks > 0 && execution.tick === null,
      closed,
      ruinedBy,
      isRuined,
      open: tradeOf(strategy, grossEquity, netEquity),
      hold: {
        bought: hold.position === 1,
        purchases: holdPurchases,
        grossEquity: equityAt(hold.gross, close),
        netEquity: equityAt(hold.net, close),
      },
    },
  }
}

/** What the strategy did in a session, and whether it is ruined after it. */
interface Stepped extends Executed {
  readonly ruinedBy: Trade | null
  readonly isRuined: boolean
}

/** Trades at the open and values at the close, and stops where nothing is left at either. */
function stepBook(
  { strategy, ruinedOn }: StrategyState,
  target: Position,
  execution: Execution,
  close: number,
): Stepped {
  const { price } = execution
  if (ruinedOn !== null) return { ...untraded(strategy), ruinedBy: null, isRuined: true }
  if (isRuinedAt(strategy, price)) return ruinedAt(untraded(strategy), price)
  const executed = execute(strategy, target, execution)
  if (isRuinedAt(executed.book, price)) {
    // The costs of closing a position took the rest; that trade is in `closed`, and no other began.
    return { ...executed, book: endedAt(executed.book, price), ruinedBy: null, isRuined: true }
  }
  return isRuinedAt(executed.book, close)
    ? ruinedAt(executed, close)
    : { ...executed, ruinedBy: null, isRuined: false }
}

function ruinedAt(executed: Executed, price: number): Stepped {
  const book = endedAt(executed.book, price)
  return {
    ...executed,
    book,
    ruinedBy: tradeOf(executed.book, book.gross.cash, book.net.cash),
    isRuined: true,
  }
}

/** Returns the part of the state that follows from the session's bar alone. */
function closedState(
  options: StrategyOptions,
  { close: previousClose, ticks }: StrategyState,
  { session, close, flags }: StrategySession,
): Pick<StrategyState, 'session' | 'close' | 'blocksAtClose' | 'ticks'> {
  return {
    session,
    close,
    blocksAtClose: blockedOrders({ session, price: close, previousClose, flags, ticks }, options.symbol),
    ticks: addClose(ticks, session, close),
  }
}

/** Ends positions at the last close before the break, where equity stays; nothing is traded. */
function stepOverBreak(
  options: StrategyOptions,
  state: StrategyState,
  next: StrategySession,
): { readonly state: StrategyState; readonly row: StrategyRow } {
  const strategy = endedAt(state.strategy, state.close)
  const hold = endedAt(state.hold, state.close)
  const [grossEquity, netEquity] = [strategy.gross.cash, strategy.net.cash]
  const ended = tradeOf(state.strategy, grossEquity, netEquity)
  return {
    state: {
      ...closedState(options, state, next),
      ruinedOn: state.ruinedOn,
      strategy,
      hold,
      holdPurchases: state.holdPurchases,
    },
    row: {
      session: next.session,
      target: 0,
      order: 'NONE',
      unfilledReason: null,
      fillPrice: null,
      position: 0,
      grossEquity,
      netEquity,
      turnover: 0,
      tradingCosts: 0,
      tax: 0,
      withoutTick: false,
      closed: ended && { ...ended, endedByBreak: true },
      ruinedBy: null,
      isRuined: state.ruinedOn !== null,
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
  const { optimistic, symbol, shortSales, slippageTicks } = options
  const session = optimistic ? state.session : next.session
  const price = optimistic ? state.close : next.open
  const table = tickTableOf(state.ticks, instrumentOn(symbol, session))
  const tick = (table === null ? undefined : tickSize(table, session, price)) ?? null
  return {
    price,
    tick,
    blocks: optimistic
      ? state.blocksAtClose
      : blockedOrders(
          { session, price, previousClose: state.close, flags: next.flags, ticks: state.ticks },
          symbol,
        ),
    shortSales: shortSaleRefusal(symbol, shortSales, session),
    costs: () => ({
      trading:
        (options.commissionBps + options.slippageBps) / BASIS_POINTS_PER_UNIT +
        (slippageTicks * (tick ?? 0)) / price,
      sellTax: transactionTaxRate(options.calendar, symbol, session).total,
    }),
  }
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
