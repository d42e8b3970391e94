/** The GraphQL types of the changes that a dry run lists. */
import { Field, Float, ID, ObjectType } from 'type-graphql'
import type { Session } from '../../domain/calendar/session.js'
import { BigIntScalar, LocalDate } from '../scalars.js'

@ObjectType({ description: 'Prices and volume of a bar, without what a delivery adds to them.' })
export class BarValues {
  @Field(() => Float, { description: 'Opening price.' })
  open!: number

  @Field(() => Float, { description: 'Highest price.' })
  high!: number

  @Field(() => Float, { description: 'Lowest price.' })
  low!: number

  @Field(() => Float, { description: 'Closing price.' })
  close!: number

  @Field(() => BigIntScalar, { description: 'Number of shares traded.' })
  volume!: bigint
}

@ObjectType({ description: 'A bar that a delivery would add or correct.' })
export class BarChange extends BarValues {
  @Field(() => ID, { description: 'Code of the symbol.' })
  symbol!: string

  @Field(() => LocalDate, { description: 'Session of the bar.' })
  session!: Session

  @Field(() => BarValues, {
    nullable: true,
    description: 'The stored values, which would become a revision; null for a new bar.',
  })
  before!: BarValues | null
}
