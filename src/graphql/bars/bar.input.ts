/** The arguments that `bars` and `barSeries` share: symbol, range, interval and knowledge time. */
import { ArgsType, Field, ID } from 'type-graphql'
import type { Interval as IntervalName } from '../../domain/bars/bar.js'
import type { Session } from '../../domain/calendar/session.js'
import type { KnownRange } from '../../services/bars/market-data.js'
import { DateTime, LocalDate } from '../scalars.js'
import { Interval } from './bar.type.js'

@ArgsType()
export class BarRangeArgs {
  @Field(() => ID, { description: 'Code of the symbol.' })
  symbol!: string

  @Field(() => LocalDate, {
    nullable: true,
    description:
      'First date; without it, from the oldest bar. The whole week or month that contains it is included.',
  })
  from?: Session | null

  @Field(() => LocalDate, {
    nullable: true,
    description:
      'Last date; without it, up to the newest bar. The whole week or month that contains it is included.',
  })
  to?: Session | null

  @Field(() => Interval, { defaultValue: 'DAY', description: 'Time span of one bar.' })
  interval!: IntervalName

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Past instant. Returns the bars as they were known then, without later corrections and withdrawals. Without it, the current bars.',
  })
  asOf?: Date | null

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Whether prices before confirmed corporate actions are multiplied by their ratios, and volumes divided, where the stored bars do not contain the action. By default the stored values.',
  })
  adjusted!: boolean
}

export function toKnownRange({ from, to, asOf, adjusted }: BarRangeArgs): KnownRange {
  return { from: from ?? undefined, to: to ?? undefined, asOf: asOf ?? undefined, adjusted }
}
