/**
 * The daily limit: how far from its base price, the last close, the exchange lets a share trade in a session.
 *
 * 15 % from 1998-12-07, 30 % from 2015-06-15 (KRX, "Daily Price Limits"). Earlier regimes were of other kinds, and
 * vendors lack the Saturdays. The KOSDAQ's own, narrower limit of its early years is not known here.
 */
import type { Session } from '../calendar/session.js'

/** Newest first. */
const DAILY_LIMITS = [
  { from: '2015-06-15', limit: 0.3 },
  { from: '1998-12-07', limit: 0.15 },
] as const
/** Prices are rounded to ticks, which may lie past the limit. */
export const LIMIT_ROUNDING = 0.005
/**
 * The exchange rounds the width of the limit down to the tick of the base price, and the upper limit down to its own,
 * coarser tick (KRX, "Calculation of Upper/Lower Price Limit"): 12,900 for a last close of 9,940, which is 0.2 % of the
 * close below 30 %. With ticks of at most 0.5 % of a price, as they are from 200 won on, it is never more than 0.8 %.
 * Which ticks a price once had cannot be told from bars adjusted for splits, so what comes this near counts as there.
 */
const LIMIT_INSIDE = 0.01

/** As a fraction of the last close; infinite before the limits that are known. */
export function dailyLimit(session: Session): number {
  return DAILY_LIMITS.find(({ from }) => session >= from)?.limit ?? Infinity
}

/** `BEYOND`: further away than the limit allows, so the last close was not its base price. */
export type LimitState = 'WITHIN' | 'UPPER' | 'LOWER' | 'BEYOND'

/** Where a price of the session lies, given the close of the session before. */
export function limitState(session: Session, price: number, previousClose: number): LimitState {
  const limit = dailyLimit(session)
  const move = (price - previousClose) / previousClose
  if (Math.abs(move) > limit + LIMIT_ROUNDING) return 'BEYOND'
  if (Math.abs(move) < limit - LIMIT_INSIDE) return 'WITHIN'
  return move > 0 ? 'UPPER' : 'LOWER'
}
