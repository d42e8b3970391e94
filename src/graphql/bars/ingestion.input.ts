/** Bars as programs push them, and take them back. */
import { Field, Float, ID, InputType } from 'type-graphql'
import type { Session } from '../../domain/calendar/session.js'
import type { OnInvalid as OnInvalidName } from '../../services/bars/ingest-bars.js'
import { BigIntScalar, LocalDate } from '../scalars.js'
import { OnInvalid } from './ingestion.type.js'

@InputType({
  description: 'One bar. Its session is plain text, so that a bad date is a problem of its row alone.',
})
export class BarInput {
  @Field({ description: 'The session, "YYYY-MM-DD".' })
  session!: string

  @Field(() => Float, { description: 'First price.' })
  open!: number

  @Field(() => Float, { description: 'Highest price.' })
  high!: number

  @Field(() => Float, { description: 'Lowest price.' })
  low!: number

  @Field(() => Float, { description: 'Last price.' })
  close!: number

  @Field(() => BigIntScalar, { description: 'Shares traded.' })
  volume!: bigint | number
}

@InputType({ description: 'A delivery of bars of one symbol.' })
export class IngestBarsInput {
  @Field(() => ID, { description: 'Code of the symbol; a new one is created.' })
  symbol!: string

  @Field(() => [BarInput], { description: 'At most 50,000 bars.' })
  bars!: BarInput[]

  @Field(() => OnInvalid, {
    defaultValue: 'FAIL',
    description: 'What a rejected row means for the others.',
  })
  onInvalid!: OnInvalidName

  @Field({
    defaultValue: false,
    description: 'Whether back-adjusted prices, as after a split, replace the stored ones.',
  })
  acceptAdjustments!: boolean

  @Field({
    defaultValue: 'ingestBars',
    description: 'What the sender calls itself; kept as the source of the bars.',
  })
  client!: string
}

@InputType({ description: 'Bars that turn out never to have happened.' })
export class WithdrawBarsInput {
  @Field(() => ID, { description: 'Code of the symbol.' })
  symbol!: string

  @Field(() => [LocalDate], { description: 'At most 1,000 sessions.' })
  sessions!: Session[]

  @Field({ description: 'Why, for people who wonder later; kept with the delivery.' })
  reason!: string

  @Field({ defaultValue: 'withdrawBars', description: 'What the sender calls itself.' })
  client!: string
}
