/**
 * Fills: whether an order at a price could have been filled, and why not.
 *
 * The fill at the open is at the single price of the opening auction. No order fills in a halted session, nor in one
 * without trading, whose auctions had no price. At the upper daily limit there are no sellers, so a buy does not fill; at
 * the lower one a sale does not. A price beyond the limit means that the base price was not the last close, as after a
 * split or a reorganisation. Its limits are unknown, so nothing fills. An index has no limits.
 *
 * Daily bars do not show more: where the opening auction matched nothing, the open is that of the first trade after it, and
 * a volatility interruption of some minutes leaves no trace.
 */
import { flagBit } from '../../domain/bars/bar.js'
import { limitState } from '../../domain/bars/daily-limit.js'
import { tickTableOf } from '../../domain/bars/tick-runs.js'
import type { TickRuns } from '../../domain/bars/tick-runs.js'
import type { Position, UnfilledReason } from '../../domain/backtests/strategy.js'
import { instrumentOn } from '../../domain/backtests/traded-instrument.js'
import type { TradedInstrument } from '../../domain/backtests/traded-instrument.js'
import type { Session } from '../../domain/calendar/session.js'

/** Why the orders of each side do not fill; null where they do. */
export interface Blocks {
  readonly buys: UnfilledReason | null
  readonly sales: UnfilledReason | null
}

export interface PricedSession {
  readonly session: Session
  readonly price: number
  /** Close of the session before; null where there is none, and so no limit to check. */
  readonly previousClose: number | null
  /** The bar's flags. */
  readonly flags: number
  /** Of the closes before. */
  readonly ticks: TickRuns
}

const [HALT, NO_VOLUME] = [flagBit('HALT'), flagBit('NO_VOLUME')]
const bothFor = (reason: UnfilledReason | null): Blocks => ({ buys: reason, sales: reason })

/** Returns which orders cannot be filled at this price. */
export function blockedOrders(
  { session, price, previousClose, flags, ticks }: PricedSession,
  traded: TradedInstrument,
): Blocks {
  // Some vendors give no volume for an index; it was traded nevertheless.
  if (traded.kind === 'INDEX') return bothFor(null)
  if ((flags & HALT) !== 0) return bothFor('HALT')
  if ((flags & NO_VOLUME) !== 0) return bothFor('AUCTION')
  if (previousClose === null) return bothFor(null)
  const instrument = instrumentOn(traded, session)
  const state = limitState(session, price, previousClose, {
    instrument,
    tickTable: tickTableOf(ticks, instrument),
  })
  return {
    buys: state === 'UPPER' || state === 'BEYOND' ? 'LIMIT' : null,
    sales: state === 'LOWER' || state === 'BEYOND' ? 'LIMIT' : null,
  }
}

/** How far towards its target an order fills. */
export interface Reached {
  readonly position: Position
  /** Why it does not reach the target; null where it does. */
  readonly refused: UnfilledReason | null
}

/**
 * Returns the position that an order reaches. Where short sales are not allowed, a reversal from long to short is two
 * orders: the sale of the shares fills, the short sale does not.
 * @param shortSales why short sales are not allowed in the session; null where they are
 */
export function reachedPosition(
  position: Position,
  target: Position,
  blocks: Blocks,
  shortSales: UnfilledReason | null,
): Reached {
  if (target === position) return { position, refused: null }
  const blocked = target > position ? blocks.buys : blocks.sales
  if (blocked !== null) return { position, refused: blocked }
  if (target < 0 && shortSales !== null) return { position: 0, refused: shortSales }
  return { position: target, refused: null }
}
