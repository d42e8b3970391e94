/** The data summary of a symbol: counts and statistics of its stored bars. */
import { Field, Float, Int, ObjectType } from 'type-graphql'
import type { BarFlag as BarFlagName } from '../../domain/bars/bar.js'
import type { RevisionReason as ReasonName } from '../../domain/bars/delivery.js'
import type { RowCode as CodeName, RowOutcome as OutcomeName } from '../../domain/bars/row-outcome.js'
import type { Session } from '../../domain/calendar/session.js'
import type { DataSummary as Summary } from '../../services/bars/market-data.js'
import { BarFlag } from './bar.type.js'
import { RevisionReason } from './bar-revision.type.js'
import { PriceBasisFields } from './price-basis.type.js'
import { RowOutcome } from './ingestion.type.js'
import { RowCode } from './ingest-bars.type.js'
import { LocalDate } from '../scalars.js'
import { SymbolType, toSymbolType } from './symbol.type.js'

@ObjectType({ description: 'Statistics of one column of the stored bars.' })
export class ColumnSummary {
  @Field({ description: 'Name of the column: `open`, `high`, `low`, `close` or `volume`.' })
  column!: string

  @Field(() => Int, { description: 'Number of values.' })
  count!: number

  @Field(() => Int, { description: 'Number of missing values.' })
  nulls!: number

  @Field(() => Float, { nullable: true, description: 'Smallest value; null without values.' })
  min!: number | null

  @Field(() => Float, { nullable: true, description: 'Largest value; null without values.' })
  max!: number | null

  @Field(() => Float, { nullable: true, description: 'Arithmetic mean; null without values.' })
  mean!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Sample standard deviation; null for fewer than two values.',
  })
  std!: number | null
}

@ObjectType({ description: 'Number of bars with one quality flag.' })
export class FlagCount {
  @Field(() => BarFlag, { description: 'Quality flag.' })
  flag!: BarFlagName

  @Field(() => Int, { description: 'Number of bars with this flag.' })
  rows!: number
}

@ObjectType({ description: 'Number of delivered rows that were not stored for one reason.' })
export class ExcludedCount {
  @Field(() => RowOutcome, { description: 'Whether the rows were rejected or dropped.' })
  outcome!: OutcomeName

  @Field(() => RowCode, { description: 'Reason as a stable code.' })
  code!: CodeName

  @Field(() => Int, { description: 'Number of rows.' })
  rows!: number
}

@ObjectType({ description: 'Number of revisions with one reason.' })
export class RevisionCount {
  @Field(() => RevisionReason, { description: 'Reason for the replacement.' })
  reason!: ReasonName

  @Field(() => Int, { description: 'Number of revisions.' })
  rows!: number
}

@ObjectType({ description: 'Bars of a symbol that came from one source.' })
export class SourceCount {
  @Field({ description: 'Name of the source, as in `Bar.source`.' })
  source!: string

  @Field(() => Int, { description: 'Number of bars.' })
  rows!: number

  @Field(() => LocalDate, { description: 'Session of the oldest bar from this source.' })
  firstSession!: Session

  @Field(() => LocalDate, { description: 'Session of the newest bar from this source.' })
  lastSession!: Session
}

@ObjectType({ description: 'Bars of a symbol with one price basis.' })
export class BasisCount extends PriceBasisFields {
  @Field(() => Int, { description: 'Number of bars.' })
  rows!: number

  @Field(() => LocalDate, { description: 'Session of the oldest bar with this basis.' })
  firstSession!: Session

  @Field(() => LocalDate, { description: 'Session of the newest bar with this basis.' })
  lastSession!: Session
}

@ObjectType({ description: 'Summary of the stored bars of a symbol.' })
export class DataSummary {
  @Field(() => SymbolType, { description: 'Symbol that the summary describes.' })
  symbol!: SymbolType

  @Field(() => Int, { description: 'Number of stored bars.' })
  rows!: number

  @Field(() => LocalDate, { nullable: true, description: 'Session of the oldest bar; null without bars.' })
  firstSession!: Session | null

  @Field(() => LocalDate, { nullable: true, description: 'Session of the newest bar; null without bars.' })
  lastSession!: Session | null

  @Field(() => [ColumnSummary], {
    description: 'Statistics of the columns open, high, low, close and volume.',
  })
  columns!: readonly ColumnSummary[]

  @Field(() => [FlagCount], { description: 'Number of bars for each quality flag.' })
  flags!: readonly FlagCount[]

  @Field(() => Int, {
    description: 'Number of sessions between the oldest and the newest bar that have no bar.',
  })
  missingCount!: number

  @Field(() => [LocalDate], { description: 'Missing sessions, oldest first; at most 1,000.' })
  missingSessions!: readonly Session[]

  @Field(() => Int, {
    description:
      'Number of bars in years that the calendar does not cover. Gaps in those years are not detected.',
  })
  uncheckedRows!: number

  @Field(() => [ExcludedCount], {
    description:
      'Number of delivered rows that were not stored, by reason. Each delivery keeps at most 10,000 rejected and 10,000 dropped rows.',
  })
  excluded!: readonly ExcludedCount[]

  @Field(() => [RevisionCount], { description: 'Number of revisions, by reason.' })
  revisions!: readonly RevisionCount[]

  @Field(() => [SourceCount], {
    description: 'Sources of the bars, the largest first; at most 100.',
  })
  sources!: readonly SourceCount[]

  @Field(() => [BasisCount], { description: 'Price bases of the bars, in the order of their oldest bars.' })
  bases!: readonly BasisCount[]
}

export function toDataSummary({ symbol, ...summary }: Summary): DataSummary {
  return { ...summary, symbol: toSymbolType(symbol) }
}
