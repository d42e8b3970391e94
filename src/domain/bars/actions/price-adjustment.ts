/**
 * Accepted back-adjustments of stored prices. They alone move what was said earlier to today's prices: a corrected close
 * changes what came true, not what was said.
 */
import type { Session } from '../../calendar/session.js'
import type { JoinedBars } from './joined-bars.js'

export interface PriceAdjustment {
  /** The data version that it made. */
  readonly dataVersion: number
  readonly firstSession: Session
  readonly lastSession: Session
  /** New price over the price before. */
  readonly ratio: number
  /** Stored bars that the ratio was found on. */
  readonly bars: number
}

/** @returns the stored price of a session now over its price in an earlier data version, as far as it was adjusted */
export function adjustedSince(
  adjustments: readonly PriceAdjustment[],
  session: Session,
  dataVersion: number,
): number {
  let product = 1
  for (const { dataVersion: version, firstSession, lastSession, ratio } of adjustments) {
    if (version > dataVersion && firstSession <= session && session <= lastSession) product *= ratio
  }
  return product
}

/** Bars as read, and the back-adjustments up to their data version. */
export interface ReadScale extends Pick<JoinedBars, 'bars' | 'factors'> {
  readonly adjustments: readonly PriceAdjustment[]
}

/**
 * What moves a price that was said from the bar at `basePlace`, as stored in an earlier data version, to the scale of the
 * bars as read now: back-adjustments since then, and actions between. Corrections are no part of it.
 */
export function scaleSince(
  { bars, factors, adjustments }: ReadScale,
  basePlace: number,
  dataVersion: number,
): number {
  const session = bars.sessions[basePlace]
  if (session === undefined) throw new RangeError(`there is no bar number ${basePlace}`)
  return adjustedSince(adjustments, session, dataVersion) * (factors?.[basePlace] ?? 1)
}
