/** What became of a delivery of bars. */
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import type { BarFlag as BarFlagName } from '../../domain/bars/bar.js'
import { BAR_FIELDS, ROW_CODES } from '../../domain/bars/row-outcome.js'
import type { BarField as FieldName, RowCode as CodeName } from '../../domain/bars/row-outcome.js'
import { INGEST_STATUSES, ON_INVALID } from '../../services/bars/ingest-bars.js'
import type { IngestResult, IngestStatus as StatusName } from '../../services/bars/ingest-bars.js'
import { BarFlag } from './bar.type.js'
import { enumOf } from '../enum.js'

export const OnInvalid = enumOf(ON_INVALID)
registerEnumType(OnInvalid, {
  name: 'OnInvalid',
  description: 'What a rejected row means for the others.',
  valuesConfig: {
    FAIL: { description: 'Nothing is stored.' },
    SKIP: { description: 'It alone is left out, and kept with the reason.' },
  },
})

export const IngestStatus = enumOf(INGEST_STATUSES)
registerEnumType(IngestStatus, {
  name: 'IngestStatus',
  description: 'What became of a delivery.',
  valuesConfig: {
    STORED: { description: 'At least one bar is new or corrected.' },
    UNCHANGED: { description: 'Every valid bar was there already.' },
    REJECTED: { description: 'Nothing was stored; the problems say why.' },
  },
})

export const RowCode = enumOf(ROW_CODES)
registerEnumType(RowCode, {
  name: 'RowCode',
  description:
    'Why a row was not stored: rejected as it stands, or dropped as something that vendors are known for.',
  valuesConfig: {
    INVALID_SYMBOL: { description: 'Rejected: the code is no symbol that takes real bars.' },
    INVALID_DATE: { description: 'Rejected: the session is not a date.' },
    NOT_CLOSED: { description: 'Rejected: the session has not closed yet.' },
    CLOSED_DAY: { description: 'Rejected: there was no session, and yet the row has prices of its own.' },
    MISSING: { description: 'Rejected: a value is missing.' },
    NOT_A_NUMBER: { description: 'Rejected: a value is not a finite number, or a volume not a whole one.' },
    NOT_POSITIVE: { description: 'Rejected: a price is zero or negative.' },
    NEGATIVE: { description: 'Rejected: a volume is negative.' },
    TOO_LARGE: { description: 'Rejected: a value is beyond anything real.' },
    CONTRADICTORY: { description: 'Rejected: the prices of the bar contradict each other.' },
    DUPLICATE_SESSION: { description: 'Rejected: the delivery has different bars for one session.' },
    BACK_ADJUSTMENT: {
      description: 'Rejected, with all rows of the symbol: its closes are the stored ones times one ratio.',
    },
    NULL_ROW: { description: 'Dropped: the row has no prices.' },
    UNFINISHED: { description: 'Dropped: the newest row of an index without open, high and low.' },
    DUPLICATE: { description: 'Dropped: the same bar as another row.' },
    HOLIDAY_REPEAT: { description: 'Dropped: there was no session, and the row repeats the bar before.' },
    OUTRANKED: { description: 'Left out: a delivery whose word counts for more has said otherwise.' },
    CONFLICT: {
      description: 'Rejected before corrections were taken: another bar was stored for the session.',
    },
  },
})

export const BarField = enumOf(BAR_FIELDS)
registerEnumType(BarField, { name: 'BarField', description: 'A field of a delivered row.' })

@ObjectType({ description: 'Why one row, or one of its fields, was not stored.' })
export class ExcludedRow {
  @Field(() => Int, { description: 'Row in the delivery, from 1.' })
  row!: number

  @Field({ description: 'Its symbol, as delivered.' })
  symbol!: string

  @Field({ description: 'Its session, as delivered.' })
  session!: string

  @Field(() => BarField, { description: 'The field.' })
  field!: FieldName

  @Field({ description: 'The value, as delivered.' })
  value!: string

  @Field(() => RowCode, { description: 'What is wrong, as a stable code.' })
  code!: CodeName

  @Field({ description: 'What is wrong, in words.' })
  message!: string
}

@ObjectType({ description: 'A symbol that a delivery changed.' })
export class ChangedSymbol {
  @Field(() => ID, { description: 'Its code.' })
  code!: string

  @Field(() => Int, { description: 'Its data version now.' })
  dataVersion!: number

  @Field(() => Int, { description: 'New bars.' })
  stored!: number

  @Field(() => Int, { description: 'Bars whose values were replaced.' })
  corrected!: number

  @Field(() => Int, { description: 'Bars that were withdrawn.' })
  withdrawn!: number
}

@ObjectType({
  description:
    'Closes that are the stored ones times one ratio, as after a split. Where several splits lie in between, there is ' +
    'one for each stretch of sessions with a ratio of its own, oldest first.',
})
export class Adjustment {
  @Field(() => ID, { description: 'Code of the symbol.' })
  symbol!: string

  @Field(() => Float, { description: 'New price over stored price.' })
  ratio!: number

  @Field({ description: 'The first session whose close differs.' })
  firstSession!: string

  @Field({ description: 'The last session whose close differs.' })
  lastSession!: string

  @Field(() => Int, { description: 'Stored bars that the ratio holds for.' })
  bars!: number

  @Field(() => Int, {
    description: "Stored bars before the delivery's first session; they keep their old prices.",
  })
  barsBefore!: number

  @Field({ description: 'Whether it was applied; otherwise nothing of the symbol was stored.' })
  accepted!: boolean
}

@ObjectType({ description: 'How many of the stored and corrected bars carry one flag.' })
export class StoredFlagCount {
  @Field(() => BarFlag, { description: 'The flag.' })
  flag!: BarFlagName

  @Field(() => Int, { description: 'Bars that carry it.' })
  rows!: number
}

/** What became of the rows of a delivery, counted; whoever takes rows in extends it. */
@ObjectType()
export abstract class RowCounts {
  @Field(() => Int, { description: 'Bars that are new.' })
  stored!: number

  @Field(() => Int, { description: 'Bars whose values were replaced; the old ones are revisions now.' })
  corrected!: number

  @Field(() => Int, { description: 'Rows whose bar was there already.' })
  unchanged!: number

  @Field(() => Int, {
    description: 'Rows left out as known dirt, or because a better source says otherwise.',
  })
  dropped!: number
}

@ObjectType({ description: 'What became of a delivery of bars.' })
export class IngestBarsResult extends RowCounts {
  @Field(() => IngestStatus, { description: 'What became of it as a whole.' })
  status!: StatusName

  @Field(() => Int, { description: 'Rows that came.' })
  received!: number

  @Field(() => Int, { description: 'Of the stored and corrected bars, those with a quality flag.' })
  flagged!: number

  @Field(() => [StoredFlagCount], { description: 'The flags that occur, one by one.' })
  flags!: readonly StoredFlagCount[]

  @Field(() => [ExcludedRow], { description: 'The first 1,000 dropped rows.' })
  droppedRows!: readonly ExcludedRow[]

  @Field(() => Int, { description: 'Rows that cannot be stored.' })
  rejected!: number

  @Field(() => [ExcludedRow], { description: 'The first 1,000 problems, by row and field.' })
  problems!: readonly ExcludedRow[]

  @Field(() => [Adjustment], { description: 'Back-adjustments that were recognised.' })
  adjustments!: readonly Adjustment[]

  @Field(() => [ChangedSymbol], { description: 'The symbols that were changed.' })
  symbols!: readonly ChangedSymbol[]

  @Field(() => ID, {
    nullable: true,
    description: 'The record of the delivery; null where nothing was stored.',
  })
  ingestionId!: string | null
}

@ObjectType({ description: 'What became of a withdrawal.' })
export class WithdrawBarsResult {
  @Field(() => Int, { description: 'Bars that were taken back; sessions without a bar do not count.' })
  withdrawn!: number

  @Field(() => Int, {
    nullable: true,
    description: "The symbol's data version now; null where nothing was changed.",
  })
  dataVersion!: number | null

  @Field(() => ID, { nullable: true, description: 'The record of it; null where nothing was changed.' })
  ingestionId!: string | null
}

export function toIngestBarsResult(result: IngestResult): IngestBarsResult {
  return { ...result, ingestionId: result.ingestionId === null ? null : String(result.ingestionId) }
}
