/** What providers were asked, and what a sync came to. */
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { SYNC_STATUSES } from '../../domain/bars/sync-attempt.js'
import type { SyncAttempt, SyncStatus as StatusName } from '../../domain/bars/sync-attempt.js'
import type { Session } from '../../domain/calendar/session.js'
import type { SyncResult, SyncedSymbol } from '../../services/sync/sync-bars.js'
import { connectionType, edgeType, numberCursor } from '../connection.js'
import { enumOf } from '../enum.js'
import { ExcludedRow, RowCounts } from './ingestion.type.js'
import { DateTime, LocalDate } from '../scalars.js'

export const SyncStatus = enumOf(SYNC_STATUSES)
registerEnumType(SyncStatus, {
  name: 'SyncStatus',
  description: 'What asking for bars came to.',
  valuesConfig: {
    STORED: { description: 'At least one bar is new or corrected.' },
    UNCHANGED: { description: 'No bar is.' },
    FAILED: { description: 'There was no answer, or it could not be used; what was stored before stays.' },
  },
})

@ObjectType('SyncAttempt', {
  description:
    'One question to one provider for the bars of one symbol. The newest 1,000 of each symbol are kept.',
})
export class SyncAttemptType {
  @Field(() => ID, { description: 'Its id; a later attempt has a larger one.' })
  id!: string

  @Field(() => ID, { description: 'Code of the symbol asked for; it need not be stored.' })
  symbol!: string

  @Field({ description: 'Who was asked: csv, yahoo or naver.' })
  provider!: string

  @Field(() => DateTime, { description: 'When.' })
  at!: Date

  @Field(() => SyncStatus, { description: 'What came of it.' })
  status!: StatusName

  @Field(() => LocalDate, { description: 'The first session asked for.' })
  fromSession!: Session

  @Field(() => LocalDate, { description: 'The last session asked for.' })
  toSession!: Session

  @Field(() => Int, { description: 'Rows that the answer had.' })
  receivedRows!: number

  @Field(() => Int, { description: 'Requests made, retries included; none for a folder.' })
  requests!: number

  @Field(() => String, {
    nullable: true,
    description:
      'Why it failed, as a stable code: UNREACHABLE, TIMEOUT, THROTTLED, SERVER_ERROR, REFUSED, TOO_LARGE, CHANGED_FORMAT, UNKNOWN_SYMBOL, NO_BARS, BAD_FILE, NOT_ASKED, REJECTED, BACK_ADJUSTMENT or DEFECT.',
  })
  errorCode!: string | null

  @Field(() => String, { nullable: true, description: 'Why it failed, in words.' })
  errorMessage!: string | null

  @Field(() => ID, {
    nullable: true,
    description: 'The record of the delivery; null where nothing was recorded.',
  })
  ingestionId!: string | null

  @Field(() => Float, { description: 'How long it took, in milliseconds.' })
  durationMs!: number
}

@ObjectType({ description: 'A sync attempt in a list.' })
export class SyncAttemptEdge extends edgeType(SyncAttemptType) {}

@ObjectType({ description: 'A page of sync attempts, newest first.' })
export class SyncAttemptConnection extends connectionType(SyncAttemptEdge) {}

export const syncAttemptCursor = numberCursor('syncAttempt')

export function toSyncAttemptType({ id, ingestionId, ...attempt }: SyncAttempt): SyncAttemptType {
  return { ...attempt, id: String(id), ingestionId: ingestionId === null ? null : String(ingestionId) }
}

@ObjectType('SyncedSymbol', { description: 'What syncing one symbol came to.' })
export class SyncedSymbolType extends RowCounts {
  @Field(() => ID, { description: 'Its code.' })
  code!: string

  @Field(() => SyncStatus, {
    description: 'What came of it; also FAILED where somebody must look at a back-adjustment.',
  })
  status!: StatusName

  @Field(() => Int, { description: 'Rows that cannot be stored; the others were.' })
  rejected!: number

  @Field(() => [ExcludedRow], { description: 'The first 20 problems; all are kept with the delivery.' })
  problems!: readonly ExcludedRow[]

  @Field(() => LocalDate, { nullable: true, description: 'Its last stored session now; null without any.' })
  lastSession!: Session | null

  @Field({ description: 'Whether that is the newest session that has closed.' })
  upToDate!: boolean

  @Field(() => [SyncAttemptType], { description: 'Who was asked, in that order.' })
  attempts!: readonly SyncAttemptType[]
}

@ObjectType({ description: 'What a sync came to.' })
export class SyncBarsResult {
  @Field(() => LocalDate, { description: 'The newest session that had closed.' })
  toSession!: Session

  @Field(() => [SyncedSymbolType], { description: 'The symbols, in the order asked for.' })
  symbols!: readonly SyncedSymbolType[]
}

export function toSyncBarsResult({ toSession, symbols }: SyncResult): SyncBarsResult {
  return { toSession, symbols: symbols.map(toSyncedSymbolType) }
}

function toSyncedSymbolType({ attempts, ...symbol }: SyncedSymbol): SyncedSymbolType {
  return { ...symbol, attempts: attempts.map(toSyncAttemptType) }
}
