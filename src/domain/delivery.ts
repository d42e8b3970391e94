/** Deliveries: where bars come from, and whose word counts for more. */

export const DELIVERY_SOURCES = ['FILE', 'API', 'SIMULATOR', 'PROVIDER'] as const
export type DeliverySource = (typeof DELIVERY_SOURCES)[number]

/**
 * Where bars came from. A delivery never overwrites what one of a higher rank has brought: rows that would are left
 * out and listed as OUTRANKED. One of the same rank corrects.
 */
export interface DeliveryOrigin {
  readonly source: DeliverySource
  /** The file's name, what the client calls itself, or the provider. */
  readonly label: string
  readonly rank: number
}

/** What people deliver on purpose stands above what is fetched by itself. */
export const RANK_OF_PEOPLE = 50
/** A back-adjustment: the closes of a delivery are the stored ones times one ratio, as after a split. */
export interface Adjustment {
  readonly symbol: string
  /** New price over stored price; 0.02 after a split of one share into fifty. */
  readonly ratio: number
  readonly firstSession: string
  readonly lastSession: string
  /** Stored bars that the ratio holds for. */
  readonly bars: number
  /** Stored bars before the delivery's first session, which keep their old prices. */
  readonly barsBefore: number
  /** Whether it was applied; otherwise nothing of the symbol was stored. */
  readonly accepted: boolean
}
