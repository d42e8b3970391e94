/** Which bars: the arguments that `bars` and `barSeries` share. */
import { ArgsType, Field, ID } from 'type-graphql'
import type { Interval as IntervalName } from '../../domain/bar.js'
import type { Session } from '../../domain/session.js'
import { LocalDate } from '../scalars.js'
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
}
