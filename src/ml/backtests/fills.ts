/**
 * Fills: whether an order at a price could have been filled.
 *
 * No order fills in a session without trading. At the upper price limit there are no sellers, so a buy does not
 * fill; at the lower one a sale does not. A price beyond the limit means that the base price was not the last
 * close, as after a split or a reorganisation. Its limits are unknown, so nothing fills. An index has no limits.
 */
import { flagBit } from '../../domain/bars/bar.js'
import { limitState } from '../../domain/bars/daily-limit.js'
import type { Session } from '../../domain/calendar/session.js'
import type { SymbolDefinition } from '../../domain/symbol.js'

/** The orders that cannot be filled. */
export type Blocked = 'NONE' | 'BUYS' | 'SELLS' | 'BOTH'

export interface PricedSession {
  readonly session: Session
  readonly price: number
  /** Close of the session before; null where there is none, and so no limit to check. */
  readonly previousClose: number | null
  /** The bar's flags. */
  readonly flags: number
}

const [HALT, NO_VOLUME] = [flagBit('HALT'), flagBit('NO_VOLUME')]

/** Returns which orders cannot be filled at this price. */
export function blockedOrders(
  { session, price, previousClose, flags }: PricedSession,
  { kind }: Pick<SymbolDefinition, 'kind'>,
): Blocked {
  // Some vendors give no volume for an index; it was traded nevertheless.
  if (kind === 'INDEX') return 'NONE'
  if ((flags & (HALT | NO_VOLUME)) !== 0) return 'BOTH'
  if (previousClose === null) return 'NONE'
  const state = limitState(session, price, previousClose)
  if (state === 'BEYOND') return 'BOTH'
  if (state === 'WITHIN') return 'NONE'
  return state === 'UPPER' ? 'BUYS' : 'SELLS'
}

/**
 * Returns whether an order can be filled.
 * @param change of the position: above 0 is a buy, below 0 a sale
 */
export function canFill(change: number, blocked: Blocked): boolean {
  return blocked !== 'BOTH' && blocked !== (change > 0 ? 'BUYS' : 'SELLS')
}
