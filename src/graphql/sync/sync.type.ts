/** The GraphQL types of sync attempts and of the result of a sync. */
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { SYNC_STATUSES } from '../../domain/bars/sync-attempt.js'
import type { SyncAttempt, SyncStatus as StatusName } from '../../domain/bars/sync-attempt.js'
import type { Session } from '../../domain/calendar/session.js'
import type { SyncResult, SyncedSymbol } from '../../services/sync/sync-bars.js'
import { connectionType, edgeType, numberCursor } from '../connection.js'
import { enumOf } from '../enum.js'
import { BarChange } from '../bars/bar-change.type.js'
import { Adjustment, ExcludedRow, RowCounts } from '../bars/ingest-bars.type.js'
import { DateTime, LocalDate } from '../scalars.js'

export const SyncStatus = enumOf(SYNC_STATUSES)
registerEnumType(SyncStatus, {
  name: 'SyncStatus',
  description: 'Outcome of fetching bars.',
  valuesConfig: {
    STORED: { description: 'At least one bar is new or corrected.' },
    UNCHANGED: { description: 'No bar is new or corrected.' },
    FAILED: {
      description: 'The provider did not answer, or its answer is unusable. The stored bars did not change.',
    },
  },
})

@ObjectType('SyncAttempt', {
  description:
    'One request to one provider for the bars of one symbol. The newest 1,000 attempts of each symbol are kept.',
})
export class SyncAttemptType {
  @Field(() => ID, {
    description:
      'Id of the attempt. Later attempts have larger ids. A dry run records no attempt, and its id is 0.',
  })
  id!: string

  @Field(() => ID, { description: 'Code of the requested symbol, which may have no stored bars.' })
  symbol!: string

  @Field({ description: 'Name of the provider: `csv`, `krx`, `kis`, `naver` or `yahoo`.' })
  provider!: string

  @Field(() => DateTime, { description: 'Time of the attempt.' })
  at!: Date

  @Field(() => SyncStatus, { description: 'Outcome of the attempt.' })
  status!: StatusName

  @Field(() => LocalDate, { description: 'First requested session.' })
  fromSession!: Session

  @Field(() => LocalDate, { description: 'Last requested session.' })
  toSession!: Session

  @Field(() => Int, { description: 'Number of rows in the answer.' })
  receivedRows!: number

  @Field(() => Int, { description: 'Number of HTTP requests, including retries; 0 for a folder.' })
  requests!: number

  @Field(() => String, {
    nullable: true,
    description:
      'Stable code of the failure: UNREACHABLE, TIMEOUT, THROTTLED, SERVER_ERROR, REFUSED, NOT_APPROVED, OVER_BUDGET, TOO_LARGE, CHANGED_FORMAT, UNKNOWN_SYMBOL, NO_BARS, BAD_FILE, NOT_ASKED, REJECTED, BACK_ADJUSTMENT, PRICE_BASIS or DEFECT. Null unless the attempt failed.',
  })
  errorCode!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Message of the failure; null unless the attempt failed.',
  })
  errorMessage!: string | null

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the recorded delivery, for `ingestion`; null if nothing was recorded.',
  })
  ingestionId!: string | null

  @Field(() => Float, { description: 'Duration in milliseconds.' })
  durationMs!: number
}

@ObjectType({ description: 'A sync attempt with its cursor.' })
export class SyncAttemptEdge extends edgeType(SyncAttemptType) {}

@ObjectType({ description: 'A page of sync attempts, newest first.' })
export class SyncAttemptConnection extends connectionType(SyncAttemptEdge) {}

export const syncAttemptCursor = numberCursor('syncAttempt')

export function toSyncAttemptType({ id, ingestionId, ...attempt }: SyncAttempt): SyncAttemptType {
  return { ...attempt, id: String(id), ingestionId: ingestionId === null ? null : String(ingestionId) }
}

@ObjectType('SyncedSymbol', { description: 'Result of syncing one symbol.' })
export class SyncedSymbolType extends RowCounts {
  @Field(() => ID, { description: 'Code of the symbol.' })
  code!: string

  @Field(() => SyncStatus, {
    description: 'Outcome for the symbol. FAILED also if a back-adjustment needs a decision.',
  })
  status!: StatusName

  @Field(() => Int, { description: 'Number of rejected rows. The other rows are stored.' })
  rejected!: number

  @Field(() => [ExcludedRow], {
    description: 'The first 20 rejected rows. `excludedRows` lists more of them.',
  })
  problems!: readonly ExcludedRow[]

  @Field(() => [BarChange], {
    description:
      'First 20 bars that each answer of a dry run adds or corrects, newest sessions first. Empty unless `dryRun` is true.',
  })
  changes!: readonly BarChange[]

  @Field(() => [Adjustment], { description: 'Back-adjustments found in the answers; usually none.' })
  adjustments!: readonly Adjustment[]

  @Field(() => LocalDate, {
    nullable: true,
    description:
      'Newest stored session after the sync; null without stored bars. Of a dry run, the session that would be the newest.',
  })
  lastSession!: Session | null

  @Field({ description: 'Whether `lastSession` is the newest closed session.' })
  upToDate!: boolean

  @Field(() => [SyncAttemptType], {
    description: 'Attempts for the symbol, in order. A dry run stores none.',
  })
  attempts!: readonly SyncAttemptType[]
}

@ObjectType({ description: 'Result of a sync.' })
export class SyncBarsResult {
  @Field(() => LocalDate, { description: 'Newest closed session, up to which bars were requested.' })
  toSession!: Session

  @Field(() => [SyncedSymbolType], { description: 'Results by symbol, in the requested order.' })
  symbols!: readonly SyncedSymbolType[]
}

export function toSyncBarsResult({ toSession, symbols }: SyncResult): SyncBarsResult {
  return { toSession, symbols: symbols.map(toSyncedSymbolType) }
}

function toSyncedSymbolType({ attempts, ...symbol }: SyncedSymbol): SyncedSymbolType {
  return { ...symbol, attempts: attempts.map(toSyncAttemptType) }
}
