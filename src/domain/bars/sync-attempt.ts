/** Sync attempts: one question each to one provider for the bars of one symbol, and what came of it. */
import type { ProviderName } from './delivery.js'
import type { Session } from '../calendar/session.js'

export const SYNC_STATUSES = ['STORED', 'UNCHANGED', 'FAILED'] as const
export type SyncStatus = (typeof SYNC_STATUSES)[number]

/** Why an answer of a provider could not be had or used, as stable codes. */
export const PROVIDER_FAILURES = [
  'UNREACHABLE',
  'TIMEOUT',
  'THROTTLED',
  'SERVER_ERROR',
  'REFUSED',
  'TOO_LARGE',
  'CHANGED_FORMAT',
  'UNKNOWN_SYMBOL',
  'NO_BARS',
  'BAD_FILE',
] as const
export type ProviderFailureCode = (typeof PROVIDER_FAILURES)[number]

/**
 * `NOT_ASKED`: the provider had failed too often in this sync. `REJECTED`: it answered, and no row can be stored.
 * `BACK_ADJUSTMENT`: its closes are the stored ones times one ratio. `DEFECT`: an error of ours.
 */
export type SyncFailureCode = ProviderFailureCode | 'NOT_ASKED' | 'REJECTED' | 'BACK_ADJUSTMENT' | 'DEFECT'

export interface NewSyncAttempt {
  readonly symbol: string
  readonly provider: ProviderName
  readonly at: Date
  readonly status: SyncStatus
  /** The sessions asked for. */
  readonly fromSession: Session
  readonly toSession: Session
  /** Rows that the answer had. */
  readonly receivedRows: number
  /** Requests made, retries included; 0 for a folder. */
  readonly requests: number
  readonly errorCode: SyncFailureCode | null
  readonly errorMessage: string | null
  /** Null where nothing was recorded. */
  readonly ingestionId: number | null
  readonly durationMs: number
}

/** As stored; by then its provider and codes are text of an earlier release. */
export interface SyncAttempt extends Omit<NewSyncAttempt, 'provider' | 'errorCode'> {
  readonly id: number
  readonly provider: string
  readonly errorCode: string | null
}
