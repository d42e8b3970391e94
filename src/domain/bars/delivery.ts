/** Deliveries: sources of bars, their ranks, and the records kept of each delivery. */
import type { Bar } from './bar.js'
import type { PriceBasis, TradingHoursBasis } from './price-basis.js'

export const DELIVERY_SOURCES = ['FILE', 'API', 'SIMULATOR', 'PROVIDER'] as const
export type DeliverySource = (typeof DELIVERY_SOURCES)[number]

/**
 * Source and rank of a delivery. A delivery never overwrites bars of a higher-ranked one: such rows are dropped and
 * listed as OUTRANKED. A delivery of the same rank corrects.
 */
export interface DeliveryOrigin {
  readonly source: DeliverySource
  /** The file's name, the client's own name, or the provider. */
  readonly label: string
  readonly rank: number
}

/** Rank of deliveries by people; above that of every provider. */
export const RANK_OF_PEOPLE = 50

export const PROVIDER_NAMES = ['csv', 'krx', 'kis', 'naver', 'yahoo'] as const
/** A source that sync fetches bars from. */
export type ProviderName = (typeof PROVIDER_NAMES)[number]

/** Providers that have lists of the listed instruments. */
export const LISTING_PROVIDERS = ['krx'] as const satisfies readonly ProviderName[]
export type ListingProvider = (typeof LISTING_PROVIDERS)[number]

/**
 * Ranks of providers. A folder (`csv`) ranks first, because a person fills it; then the exchange itself (`krx`), and a
 * member of it (`kis`). Naver gives an index's volume to the thousand and the newest session soon after its close; Yahoo
 * rounds more and lags.
 */
export const RANK_OF_PROVIDER: Readonly<Record<ProviderName, number>> = {
  csv: 40,
  krx: 30,
  kis: 25,
  naver: 20,
  yahoo: 10,
}

/**
 * When a source's bar of a session is final: `SAME_DAY` after the close of the regular session, `AFTER_20` once the
 * after-market has ended at 20:00, `NEXT_MORNING` when the exchange has published it on the next morning.
 */
export type Publication = 'SAME_DAY' | 'AFTER_20' | 'NEXT_MORNING'

/** A folder holds what a person put there. Naver's daily bars move until 20:00, and Korea Investment's may. */
export const PUBLICATION_OF_PROVIDER: Readonly<Record<ProviderName, Publication>> = {
  csv: 'SAME_DAY',
  krx: 'NEXT_MORNING',
  kis: 'AFTER_20',
  naver: 'AFTER_20',
  yahoo: 'SAME_DAY',
}

/** Bases of closes that providers are known to deliver; a folder's depends on its files. */
export const CLOSE_BASIS_OF_PROVIDER: Readonly<Record<ProviderName, TradingHoursBasis>> = {
  csv: 'UNKNOWN',
  krx: 'REGULAR',
  kis: 'UNKNOWN',
  naver: 'EXTENDED',
  yahoo: 'REGULAR',
}

/**
 * A back-adjustment found in a delivery: over a run of sessions its closes are the stored ones times one ratio, as after
 * a split. After several splits there is one for each ratio, oldest first.
 */
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

/** The record of a delivery that changed bars or excluded rows. */
export interface Ingestion extends DeliveryOrigin {
  readonly id: number
  /** The recognised format of a file, or the reason of a withdrawal. */
  readonly note: string | null
  /** SHA-256 of the delivered bytes or rows, in hexadecimal. */
  readonly checksum: string
  readonly receivedRows: number
  readonly storedRows: number
  readonly correctedRows: number
  readonly withdrawnRows: number
  readonly unchangedRows: number
  readonly droppedRows: number
  readonly rejectedRows: number
  readonly at: Date
}

/** The symbols that a delivery changed: their number, and the first codes in order. */
export interface ChangedCodes {
  readonly count: number
  readonly codes: readonly string[]
}

export const REVISION_REASONS = ['CORRECTED', 'WITHDRAWN', 'ADJUSTED', 'REBASED'] as const
export type RevisionReason = (typeof REVISION_REASONS)[number]

/** Former values of a bar that was replaced or withdrawn. */
export interface BarRevision extends Bar {
  readonly source: string
  readonly basis: PriceBasis
  readonly knownAt: Date
  /** The data version that added these values. */
  readonly dataVersion: number
  readonly reason: RevisionReason
  readonly replacedBy: string
  readonly replacedAt: Date
  /** The first data version without these values. */
  readonly replacedVersion: number
}
