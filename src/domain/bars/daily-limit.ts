/**
 * The daily limit: how far a share may trade from its base price, the last close, in one session.
 *
 * 15 % from 1998-12-07, 30 % from 2015-06-15 (KRX, "Daily Price Limits"). Earlier limits are left out: they were of
 * other kinds, and vendors lack the Saturdays. So is the KOSDAQ's narrower limit of its early years.
 */
import type { Session } from '../calendar/session.js'

/** Newest first. */
const DAILY_LIMITS = [
  { from: '2015-06-15', limit: 0.3 },
  { from: '1998-12-07', limit: 0.15 },
] as const
/** Tolerance above the limit, as a fraction: prices are rounded to ticks, which may lie past the limit. */
export const LIMIT_ROUNDING = 0.005
/**
 * Tolerance below the limit, as a fraction of the last close. The exchange rounds the width of the limit down to the tick
 * of the base price, and the upper limit down to its own, coarser tick (KRX, "Calculation of Upper/Lower Price Limit"):
 * a last close of 9,940 gives 12,900, which is 0.2 % of the close below 30 %. With ticks of at most 0.5 % of a price, as
 * from 200 won on, the difference is at most 0.8 %. Bars adjusted for splits do not show their original ticks, so any
 * price this near counts as at the limit.
 */
const LIMIT_INSIDE = 0.01

/** @returns the limit as a fraction of the last close; Infinity before 1998-12-07 */
export function dailyLimit(session: Session): number {
  return DAILY_LIMITS.find(({ from }) => session >= from)?.limit ?? Infinity
}

/** `BEYOND`: further than the limit allows, so the last close was not the base price. */
export type LimitState = 'WITHIN' | 'UPPER' | 'LOWER' | 'BEYOND'

/** Classifies a price of the session against the limits around the previous close. */
export function limitState(session: Session, price: number, previousClose: number): LimitState {
  const limit = dailyLimit(session)
  const move = (price - previousClose) / previousClose
  if (Math.abs(move) > limit + LIMIT_ROUNDING) return 'BEYOND'
  if (Math.abs(move) < limit - LIMIT_INSIDE) return 'WITHIN'
  return move > 0 ? 'UPPER' : 'LOWER'
}
