/**
 * Fills: whether an order at a price could have been filled.
 *
 * None is in a session without trading. At the upper limit buyers wait for sellers, so a buy does not fill; at the lower
 * one a sale does not. A price beyond the limit has another base price than the last close, by a split or a
 * reorganisation: where its limits lie is not known, so neither fills. An index has no limits of its own.
 */
import { flagBit } from '../../domain/bars/bar.js'
import { limitState } from '../../domain/bars/daily-limit.js'
import type { Session } from '../../domain/calendar/session.js'
import type { SymbolDefinition } from '../../domain/symbol.js'

/** The orders that find no other side. */
export type Blocked = 'NONE' | 'BUYS' | 'SELLS' | 'BOTH'

export interface PricedSession {
  readonly session: Session
  readonly price: number
  /** Of the session before; null where there is none, and no limit to hold the price to. */
  readonly previousClose: number | null
  /** The bar's flags. */
  readonly flags: number
}

const [HALT, NO_VOLUME] = [flagBit('HALT'), flagBit('NO_VOLUME')]

export function blockedOrders(
  { session, price, previousClose, flags }: PricedSession,
  { kind }: Pick<SymbolDefinition, 'kind'>,
): Blocked {
  // Some vendors have no volumes of an index, which was traded all the same.
  if (kind === 'INDEX') return 'NONE'
  if ((flags & (HALT | NO_VOLUME)) !== 0) return 'BOTH'
  if (previousClose === null) return 'NONE'
  const state = limitState(session, price, previousClose)
  if (state === 'BEYOND') return 'BOTH'
  if (state === 'WITHIN') return 'NONE'
  return state === 'UPPER' ? 'BUYS' : 'SELLS'
}

/** @param change of the position: above 0 is a buy, below a sale */
export function canFill(change: number, blocked: Blocked): boolean {
  return blocked !== 'BOTH' && blocked !== (change > 0 ? 'BUYS' : 'SELLS')
}
