/** What became of a delivery of bars. */
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { BAR_FIELDS, ROW_PROBLEM_CODES } from '../../domain/bar-check.js'
import type { BarField as FieldName, RowProblemCode as CodeName } from '../../domain/bar-check.js'
import { INGEST_STATUSES, ON_INVALID } from '../../services/ingest-bars.js'
import type { IngestResult, IngestStatus as StatusName } from '../../services/ingest-bars.js'
import { enumOf } from '../enum.js'

export const OnInvalid = enumOf(ON_INVALID)
registerEnumType(OnInvalid, {
  name: 'OnInvalid',
  description: 'What a row that cannot be stored means for the others.',
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
    STORED: { description: 'At least one bar is new.' },
    UNCHANGED: { description: 'Every valid bar was there already.' },
    REJECTED: { description: 'Nothing was stored; the problems say why.' },
  },
})

export const RowProblemCode = enumOf(ROW_PROBLEM_CODES)
registerEnumType(RowProblemCode, {
  name: 'RowProblemCode',
  description: 'Why a row cannot be stored.',
  valuesConfig: {
    INVALID_SYMBOL: { description: 'The code is no symbol that takes real bars.' },
    INVALID_DATE: { description: 'The session is not a date.' },
    NOT_CLOSED: { description: 'The session has not closed yet.' },
    MISSING: { description: 'A value is missing.' },
    NOT_A_NUMBER: { description: 'A value is not a finite number, or a volume not a whole one.' },
    NOT_POSITIVE: { description: 'A price is zero or negative.' },
    NEGATIVE: { description: 'A volume is negative.' },
    TOO_LARGE: { description: 'A value is beyond anything real.' },
    CONTRADICTORY: { description: 'The prices of the bar contradict each other.' },
    DUPLICATE_SESSION: { description: 'The delivery has different bars for one session.' },
    CONFLICT: { description: 'A different bar is stored for the session; it stays.' },
  },
})

export const BarField = enumOf(BAR_FIELDS)
registerEnumType(BarField, { name: 'BarField', description: 'A field of a delivered row.' })

@ObjectType({ description: 'Why one field of one row cannot be stored.' })
export class RowProblem {
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

  @Field(() => RowProblemCode, { description: 'What is wrong, as a stable code.' })
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
}

@ObjectType({ description: 'What became of a delivery of bars.' })
export class IngestBarsResult {
  @Field(() => IngestStatus, { description: 'What became of it as a whole.' })
  status!: StatusName

  @Field(() => Int, { description: 'Rows that came.' })
  received!: number

  @Field(() => Int, { description: 'Bars that are new.' })
  stored!: number

  @Field(() => Int, { description: 'Rows whose bar was there already.' })
  unchanged!: number

  @Field(() => Int, { description: 'Of the stored bars, those with a quality flag.' })
  flagged!: number

  @Field(() => Int, { description: 'Rows that cannot be stored.' })
  rejected!: number

  @Field(() => [RowProblem], { description: 'The first 1,000 problems, by row and field.' })
  problems!: readonly RowProblem[]

  @Field(() => [ChangedSymbol], { description: 'The symbols that were changed.' })
  symbols!: readonly ChangedSymbol[]

  @Field(() => ID, {
    nullable: true,
    description: 'The record of the delivery; null where nothing was stored.',
  })
  ingestionId!: string | null
}

export function toIngestBarsResult(result: IngestResult): IngestBarsResult {
  return { ...result, ingestionId: result.ingestionId === null ? null : String(result.ingestionId) }
}
