/** Deliveries: where bars come from, whose word counts for more, and what is kept of them. */
import type { Bar } from './bar.js'

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

export const PROVIDER_NAMES = ['csv', 'yahoo', 'naver'] as const
/** Where bars are fetched from by themselves. */
export type ProviderName = (typeof PROVIDER_NAMES)[number]

/**
 * A folder is filled by somebody who looked at it. Of the two vendors, Naver has an index's volume to the thousand
 * and the newest session soon after it closed; Yahoo rounds and lags.
 */
export const RANK_OF_PROVIDER: Readonly<Record<ProviderName, number>> = { csv: 40, naver: 20, yahoo: 10 }

/**
 * A back-adjustment: the closes of a delivery are the stored ones times one ratio, as after a split. Where several
 * splits lie in between, there is one for each stretch of sessions with a ratio of its own, oldest first.
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

/** What is recorded of a delivery that changed bars or left rows out. */
export interface Ingestion extends DeliveryOrigin {
  readonly id: number
  /** What the delivery was recognised as, where it was a file; the reason, where it withdrew bars. */
  readonly note: string | null
  /** SHA-256 of what was delivered, in hexadecimal. */
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

/** The symbols that a delivery changed: how many, and the first few codes in order. */
export interface ChangedCodes {
  readonly count: number
  readonly codes: readonly string[]
}

export const REVISION_REASONS = ['CORRECTED', 'WITHDRAWN', 'ADJUSTED'] as const
export type RevisionReason = (typeof REVISION_REASONS)[number]

/** Values of a bar that were replaced or withdrawn. */
export interface BarRevision extends Bar {
  readonly source: string
  readonly knownAt: Date
  /** The data version that the values came with. */
  readonly dataVersion: number
  readonly reason: RevisionReason
  readonly replacedBy: string
  readonly replacedAt: Date
  /** The first data version under which they are no longer what is known. */
  readonly replacedVersion: number
}
