/** What is stored of a symbol, counted. */
import { Field, Float, Int, ObjectType } from 'type-graphql'
import type { BarFlag as BarFlagName } from '../../domain/bars/bar.js'
import type { RevisionReason as ReasonName } from '../../domain/bars/delivery.js'
import type { RowCode as CodeName, RowOutcome as OutcomeName } from '../../domain/bars/row-outcome.js'
import type { Session } from '../../domain/calendar/session.js'
import type { DataSummary as Summary } from '../../services/bars/market-data.js'
import { BarFlag } from './bar.type.js'
import { RevisionReason } from './bar-revision.type.js'
import { RowOutcome } from './ingestion-record.type.js'
import { RowCode } from './ingestion.type.js'
import { LocalDate } from '../scalars.js'
import { SymbolType, toSymbolType } from './symbol.type.js'

@ObjectType({ description: 'The values of one column of bars.' })
export class ColumnSummary {
  @Field({ description: 'open, high, low, close or volume.' })
  column!: string

  @Field(() => Int, { description: 'Values there are.' })
  count!: number

  @Field(() => Int, { description: 'Values that are missing.' })
  nulls!: number

  @Field(() => Float, { nullable: true, description: 'Smallest value.' })
  min!: number | null

  @Field(() => Float, { nullable: true, description: 'Largest value.' })
  max!: number | null

  @Field(() => Float, { nullable: true, description: 'Arithmetic mean.' })
  mean!: number | null

  @Field(() => Float, { nullable: true, description: 'Sample standard deviation; null below two values.' })
  std!: number | null
}

@ObjectType({ description: 'How often one flag was set.' })
export class FlagCount {
  @Field(() => BarFlag, { description: 'The flag.' })
  flag!: BarFlagName

  @Field(() => Int, { description: 'Bars that carry it.' })
  rows!: number
}

@ObjectType({ description: 'How many rows were left out for one reason.' })
export class ExcludedCount {
  @Field(() => RowOutcome, { description: 'How they count.' })
  outcome!: OutcomeName

  @Field(() => RowCode, { description: 'The reason.' })
  code!: CodeName

  @Field(() => Int, { description: 'Rows.' })
  rows!: number
}

@ObjectType({ description: 'How many values of bars were replaced for one reason.' })
export class RevisionCount {
  @Field(() => RevisionReason, { description: 'The reason.' })
  reason!: ReasonName

  @Field(() => Int, { description: 'Revisions.' })
  rows!: number
}

@ObjectType({ description: 'The bars that one source brought.' })
export class SourceCount {
  @Field({ description: 'The source, as `Bar.source` names it.' })
  source!: string

  @Field(() => Int, { description: 'Bars.' })
  rows!: number

  @Field(() => LocalDate, { description: 'Session of the oldest.' })
  firstSession!: Session

  @Field(() => LocalDate, { description: 'Session of the newest.' })
  lastSession!: Session
}

@ObjectType({ description: 'What is stored of a symbol.' })
export class DataSummary {
  @Field(() => SymbolType, { description: 'The symbol.' })
  symbol!: SymbolType

  @Field(() => Int, { description: 'Bars stored.' })
  rows!: number

  @Field(() => LocalDate, { nullable: true, description: 'Session of the oldest bar.' })
  firstSession!: Session | null

  @Field(() => LocalDate, { nullable: true, description: 'Session of the newest bar.' })
  lastSession!: Session | null

  @Field(() => [ColumnSummary], { description: 'The columns, one by one.' })
  columns!: readonly ColumnSummary[]

  @Field(() => [FlagCount], { description: 'The flags, one by one.' })
  flags!: readonly FlagCount[]

  @Field(() => Int, { description: 'Sessions between the first and the last bar that have no bar.' })
  missingCount!: number

  @Field(() => [LocalDate], { description: 'The first 1,000 of the missing sessions.' })
  missingSessions!: readonly Session[]

  @Field(() => Int, { description: 'Bars in years that the calendar does not cover; gaps there go unseen.' })
  uncheckedRows!: number

  @Field(() => [ExcludedCount], {
    description: 'Rows of its deliveries that were not stored, by reason, as far as they are kept.',
  })
  excluded!: readonly ExcludedCount[]

  @Field(() => [RevisionCount], { description: 'Values of its bars that were replaced, by reason.' })
  revisions!: readonly RevisionCount[]

  @Field(() => [SourceCount], {
    description: 'Where its bars came from, those with the most bars first; at most 100.',
  })
  sources!: readonly SourceCount[]
}

export function toDataSummary({ symbol, ...summary }: Summary): DataSummary {
  return { ...summary, symbol: toSymbolType(symbol) }
}
