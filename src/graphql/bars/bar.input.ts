/** Which bars: the arguments that `bars` and `barSeries` share. */
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
    description: 'First date; the whole week or month around it is included.',
  })
  from?: Session | null

  @Field(() => LocalDate, {
    nullable: true,
    description: 'Last date; the whole week or month around it is included.',
  })
  to?: Session | null

  @Field(() => Interval, { defaultValue: 'DAY', description: 'How much time one bar covers.' })
  interval!: IntervalName

  @Field(() => DateTime, {
    nullable: true,
    description:
      'An instant that has passed: the bars as they were known then, whatever was corrected or withdrawn since. The same question always has the same answer.',
  })
  asOf?: Date | null
}

export function toKnownRange({ from, to, asOf }: BarRangeArgs): KnownRange {
  return { from: from ?? undefined, to: to ?? undefined, asOf: asOf ?? undefined }
}
