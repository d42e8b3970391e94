/** What is stored of a symbol, counted. */
import { Field, Float, Int, ObjectType } from 'type-graphql'
import type { BarFlag as BarFlagName } from '../../domain/bar.js'
import type { Session } from '../../domain/session.js'
import type { DataSummary as Summary } from '../../services/browse-market.js'
import { BarFlag } from '../bar/bar.type.js'
import { LocalDate } from '../scalars.js'
import { SymbolType, toSymbolType } from '../symbol/symbol.type.js'

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

  @Field(() => [LocalDate], { description: 'The first 100 of the missing sessions.' })
  missingSessions!: readonly Session[]

  @Field(() => Int, { description: 'Bars in years that the calendar does not cover; gaps there go unseen.' })
  uncheckedRows!: number
}

export function toDataSummary({ symbol, ...summary }: Summary): DataSummary {
  return { ...summary, symbol: toSymbolType(symbol) }
}
