/** Sync attempts: requests to one provider for the bars of one symbol, with their outcome. */
import type { ProviderName } from './delivery.js'
import type { Session } from '../calendar/session.js'

export const SYNC_STATUSES = ['STORED', 'UNCHANGED', 'FAILED'] as const
export type SyncStatus = (typeof SYNC_STATUSES)[number]

/**
 * Stable codes for why a provider gave no usable answer. `REFUSED`: it blocks this client. `NOT_APPROVED`: the key is
 * valid, but not for this service. `OVER_BUDGET`: the answer would take more calls than are left or allowed.
 */
export const PROVIDER_FAILURES = [
  'UNREACHABLE',
  'TIMEOUT',
  'THROTTLED',
  'SERVER_ERROR',
  'REFUSED',
  'NOT_APPROVED',
  'OVER_BUDGET',
  'TOO_LARGE',
  'CHANGED_FORMAT',
  'UNKNOWN_SYMBOL',
  'NO_BARS',
  'BAD_FILE',
] as const
export type ProviderFailureCode = (typeof PROVIDER_FAILURES)[number]

/**
 * `NOT_ASKED`: the provider's circuit is open. `REJECTED`: no row of its answer can be stored.
 * `BACK_ADJUSTMENT`: its closes are the stored ones times one ratio. `PRICE_BASIS`: its closes cover other hours than the
 * stored ones, or unknown ones. `DEFECT`: an error in this program.
 */
export type SyncFailureCode =
  ProviderFailureCode | 'NOT_ASKED' | 'REJECTED' | 'BACK_ADJUSTMENT' | 'PRICE_BASIS' | 'DEFECT'

export interface NewSyncAttempt {
  readonly symbol: string
  readonly provider: ProviderName
  readonly at: Date
  readonly status: SyncStatus
  /** First and last requested session. */
  readonly fromSession: Session
  readonly toSession: Session
  /** Rows in the answer. */
  readonly receivedRows: number
  /** HTTP requests made, retries included; 0 for a folder. */
  readonly requests: number
  readonly errorCode: SyncFailureCode | null
  readonly errorMessage: string | null
  /** Null where nothing was recorded. */
  readonly ingestionId: number | null
  readonly durationMs: number
}

/** An attempt as stored. An earlier release may have written it, so its provider and code are plain text. */
export interface SyncAttempt extends Omit<NewSyncAttempt, 'provider' | 'errorCode'> {
  readonly id: number
  readonly provider: string
  readonly errorCode: string | null
}
