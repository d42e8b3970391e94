/** The GraphQL types of the result of a delivery. */
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
  description: 'Effect of a rejected row on the other rows of a delivery.',
  valuesConfig: {
    FAIL: { description: 'Nothing of the delivery is stored.' },
    SKIP: { description: 'Only the rejected row is excluded, and it is kept with its reason.' },
  },
})

export const IngestStatus = enumOf(INGEST_STATUSES)
registerEnumType(IngestStatus, {
  name: 'IngestStatus',
  description: 'Outcome of a delivery.',
  valuesConfig: {
    STORED: { description: 'At least one bar is new or corrected.' },
    UNCHANGED: { description: 'Every valid bar was already stored with equal values.' },
    REJECTED: { description: 'Nothing was stored. `problems` lists the reasons.' },
  },
})

export const RowCode = enumOf(ROW_CODES)
registerEnumType(RowCode, {
  name: 'RowCode',
  description:
    'Reason why a delivered row was not stored. Rejected rows are invalid; dropped rows are known artefacts of vendors.',
  valuesConfig: {
    INVALID_SYMBOL: { description: 'Rejected: the code is not a symbol that accepts real bars.' },
    INVALID_DATE: { description: 'Rejected: the session is not a date.' },
    NOT_CLOSED: { description: 'Rejected: the session has not closed yet.' },
    CLOSED_DAY: {
      description: 'Rejected: the exchange was closed on this date, but the row has prices of its own.',
    },
    MISSING: { description: 'Rejected: a value is missing.' },
    NOT_A_NUMBER: {
      description: 'Rejected: a value is not a finite number, or a volume is not a whole number.',
    },
    NOT_POSITIVE: { description: 'Rejected: a price is zero or negative.' },
    NEGATIVE: { description: 'Rejected: a volume is negative.' },
    TOO_LARGE: { description: 'Rejected: a value is implausibly large.' },
    CONTRADICTORY: {
      description: 'Rejected: the prices contradict each other, such as a close above the high.',
    },
    DUPLICATE_SESSION: { description: 'Rejected: the delivery has different bars for one session.' },
    BACK_ADJUSTMENT: {
      description:
        'Rejected, with all rows of the symbol: its closes are the stored closes times one ratio, as after a split.',
    },
    VOLUME_SCALE: {
      description:
        'Rejected: the volume is about a thousandth or a thousandfold of the stored volume while the closes agree, or of ' +
        'the usual volume of the index. If most of a symbol disagree with the stored bars, all its rows are rejected.',
    },
    PRICE_BASIS: {
      description:
        'Rejected, with all rows of the symbol from 2026-09-14 on: its closes cover other hours than the stored ones (15:30 or 20:00), or unknown ones.',
    },
    NULL_ROW: { description: 'Dropped: the row has no prices.' },
    UNFINISHED: { description: 'Dropped: the newest row of an index lacks open, high and low.' },
    DUPLICATE: { description: 'Dropped: another row has the same bar.' },
    HOLIDAY_REPEAT: {
      description: 'Dropped: the exchange was closed on this date, and the row repeats the previous bar.',
    },
    OUTRANKED: { description: 'Dropped: a source of higher rank has stored another bar for the session.' },
    CONFLICT: {
      description:
        'Rejected by an earlier release, which did not accept corrections: the stored bar differs.',
    },
  },
})

export const BarField = enumOf(BAR_FIELDS)
registerEnumType(BarField, {
  name: 'BarField',
  description: 'A field of a delivered row.',
  valuesConfig: {
    symbol: { description: 'Code of the symbol.' },
    session: { description: 'Session of the bar.' },
    open: { description: 'Opening price.' },
    high: { description: 'Highest price.' },
    low: { description: 'Lowest price.' },
    close: { description: 'Closing price.' },
    volume: { description: 'Number of shares traded.' },
  },
})

@ObjectType({ description: 'Reason why a row, or one of its fields, was not stored.' })
export class ExcludedRow {
  @Field(() => Int, { description: 'Number of the row in the delivery, from 1.' })
  row!: number

  @Field({ description: 'Symbol of the row, as delivered.' })
  symbol!: string

  @Field({ description: 'Session of the row, as delivered.' })
  session!: string

  @Field(() => BarField, { description: 'Field with the problem.' })
  field!: FieldName

  @Field({ description: 'Value of the field, as delivered.' })
  value!: string

  @Field(() => RowCode, { description: 'Reason as a stable code.' })
  code!: CodeName

  @Field({ description: 'Reason as a sentence.' })
  message!: string
}

@ObjectType({ description: 'Changes to the bars of one symbol.' })
export class ChangedSymbol {
  @Field(() => ID, { description: 'Code of the symbol.' })
  code!: string

  @Field(() => Int, { description: 'Data version of the symbol after the delivery.' })
  dataVersion!: number

  @Field(() => Int, { description: 'Number of new bars.' })
  stored!: number

  @Field(() => Int, { description: 'Number of corrected bars.' })
  corrected!: number

  @Field(() => Int, { description: 'Number of withdrawn bars.' })
  withdrawn!: number
}

@ObjectType({
  description:
    'A detected back-adjustment: the delivered closes are the stored closes times one ratio, as after a split. Several splits give one adjustment for each range of sessions, oldest first.',
})
export class Adjustment {
  @Field(() => ID, { description: 'Code of the symbol.' })
  symbol!: string

  @Field(() => Float, {
    description: 'Delivered price divided by stored price; 0.02 after a split of one share into fifty.',
  })
  ratio!: number

  @Field({ description: 'First session whose close differs.' })
  firstSession!: string

  @Field({ description: 'Last session whose close differs.' })
  lastSession!: string

  @Field(() => Int, { description: 'Number of stored bars with this ratio.' })
  bars!: number

  @Field(() => Int, {
    description: 'Number of stored bars before the first session of the delivery. They keep their prices.',
  })
  barsBefore!: number

  @Field({ description: 'Whether the adjustment was applied. If not, nothing was stored for the symbol.' })
  accepted!: boolean
}

@ObjectType({ description: 'Number of new and corrected bars with one quality flag.' })
export class StoredFlagCount {
  @Field(() => BarFlag, { description: 'Quality flag.' })
  flag!: BarFlagName

  @Field(() => Int, { description: 'Number of bars with this flag.' })
  rows!: number
}

/** Counts of the rows of a delivery by outcome; base of the result types. */
@ObjectType()
export abstract class RowCounts {
  @Field(() => Int, { description: 'Number of new bars.' })
  stored!: number

  @Field(() => Int, { description: 'Number of corrected bars; their former values are revisions.' })
  corrected!: number

  @Field(() => Int, { description: 'Number of rows whose bar was already stored with equal values.' })
  unchanged!: number

  @Field(() => Int, {
    description: 'Number of dropped rows: known artefacts of vendors, or outranked.',
  })
  dropped!: number
}

@ObjectType({ description: 'Result of a delivery of bars.' })
export class IngestBarsResult extends RowCounts {
  @Field(() => IngestStatus, { description: 'Outcome of the delivery.' })
  status!: StatusName

  @Field(() => Int, { description: 'Number of received rows.' })
  received!: number

  @Field(() => Int, { description: 'Number of new and corrected bars with at least one quality flag.' })
  flagged!: number

  @Field(() => [StoredFlagCount], {
    description: 'Number of new and corrected bars for each quality flag that occurs.',
  })
  flags!: readonly StoredFlagCount[]

  @Field(() => [ExcludedRow], { description: 'Dropped rows; the first 1,000.' })
  droppedRows!: readonly ExcludedRow[]

  @Field(() => Int, { description: 'Number of rejected rows.' })
  rejected!: number

  @Field(() => [ExcludedRow], {
    description: 'Problems of the rejected rows, ordered by row and field; the first 1,000.',
  })
  problems!: readonly ExcludedRow[]

  @Field(() => [Adjustment], { description: 'Detected back-adjustments; usually none.' })
  adjustments!: readonly Adjustment[]

  @Field(() => [ChangedSymbol], { description: 'Changed symbols.' })
  symbols!: readonly ChangedSymbol[]

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the recorded delivery, for `ingestion`; null if nothing was stored.',
  })
  ingestionId!: string | null
}

@ObjectType({ description: 'Result of a withdrawal.' })
export class WithdrawBarsResult {
  @Field(() => Int, { description: 'Number of withdrawn bars. Sessions without a bar do not count.' })
  withdrawn!: number

  @Field(() => Int, {
    nullable: true,
    description: 'Data version of the symbol after the withdrawal; null if nothing changed.',
  })
  dataVersion!: number | null

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the recorded withdrawal, for `ingestion`; null if nothing changed.',
  })
  ingestionId!: string | null
}

export function toIngestBarsResult(result: IngestResult): IngestBarsResult {
  return { ...result, ingestionId: result.ingestionId === null ? null : String(result.ingestionId) }
}
