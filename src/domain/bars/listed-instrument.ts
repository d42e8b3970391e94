/**
 * Listed instruments: what a symbol master says about one. Masters are lists that people import, and the listings
 * that a provider returns.
 */
import type { Market, SymbolKind } from '../symbol.js'
import type { Session } from '../calendar/session.js'

/** One row of a master. Null where the master does not say. */
export interface ListedInstrument {
  /** Six-character short code. */
  readonly code: string
  /** `UNKNOWN` where the master does not say. */
  readonly kind: SymbolKind
  readonly market: Market | null
  readonly nameKo: string | null
  readonly nameEn: string | null
  readonly isin: string | null
  readonly sector: string | null
  readonly listedOn: Session | null
  /** The first date on which it is no longer listed. */
  readonly delistedOn: Session | null
}

/** A stretch of time in which an instrument was listed on one market. */
export interface MarketPeriod {
  readonly market: Market
  /** First date; null where it is not on record. */
  readonly from: Session | null
  /** First date on another market, or delisted; null while it lasts. */
  readonly to: Session | null
}
