/** Bars as clients see them: one at a time, or as columns for charts. */
import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql'
import { BAR_FLAGS, INTERVALS, flagsOf } from '../../domain/bars/bar.js'
import type { BarFlag as BarFlagName, StoredBar } from '../../domain/bars/bar.js'
import { isLocalDate } from '../../domain/calendar/session.js'
import type { Session } from '../../domain/calendar/session.js'
import { connectionType, cursorCodec, edgeType } from '../connection.js'
import { enumOf } from '../enum.js'
import { BigIntScalar, DateTime, LocalDate } from '../scalars.js'

export const BarFlag = enumOf(BAR_FLAGS)
registerEnumType(BarFlag, {
  name: 'BarFlag',
  description: 'What is unusual about a bar.',
  valuesConfig: {
    HALT: { description: 'Trading was halted: a flat bar without volume.' },
    LIMIT: { description: 'The close lies further from the last one than a session may move it.' },
    OUTLIER: { description: 'Far from what is usual in the symbol, in price or in volume.' },
    NO_VOLUME: { description: 'Prices moved, and the source gives no volume.' },
    UNCHECKED: { description: 'Before the years of the calendar: whether there was a session is not known.' },
  },
})

export const Interval = enumOf(INTERVALS)
registerEnumType(Interval, {
  name: 'Interval',
  description: 'How much time one bar covers.',
  valuesConfig: {
    DAY: { description: 'One session.' },
    WEEK: { description: 'Monday to Sunday.' },
    MONTH: { description: 'A calendar month.' },
  },
})

@ObjectType('Bar', { description: 'Open, high, low, close and volume of one interval.' })
export class BarType {
  @Field(() => LocalDate, { description: 'The session; of a week or a month, its last one.' })
  session!: Session

  @Field(() => LocalDate, { description: 'The first session in the interval.' })
  firstSession!: Session

  @Field(() => Int, { description: 'Sessions in the interval; 1 for a day.' })
  sessions!: number

  @Field(() => Float, { description: 'First price, at the decimals of the symbol like all four.' })
  open!: number

  @Field(() => Float, { description: 'Highest price.' })
  high!: number

  @Field(() => Float, { description: 'Lowest price.' })
  low!: number

  @Field(() => Float, { description: 'Last price.' })
  close!: number

  @Field(() => BigIntScalar, { description: 'Shares traded.' })
  volume!: bigint

  /** Bit set; see `flags` in the resolver. */
  flagBits!: number

  @Field({ description: 'Where the newest of its values came from.' })
  source!: string

  @Field(() => DateTime, { description: 'When the platform came to know the newest of its values.' })
  knownAt!: Date

  @Field(() => Int, { description: "The symbol's data version that the newest of its values came with." })
  dataVersion!: number

  @Field(() => [BarFlag], { description: 'What is unusual about it; mostly nothing.' })
  get flags(): BarFlagName[] {
    return flagsOf(this.flagBits)
  }
}

@ObjectType({ description: 'A bar in a list.' })
export class BarEdge extends edgeType(BarType) {}

@ObjectType({ description: 'A page of bars, oldest first.' })
export class BarConnection extends connectionType(BarEdge) {}

@ObjectType({ description: 'Bars as columns of one length, oldest first: what a chart draws.' })
export class BarSeries {
  @Field(() => [LocalDate], { description: 'The session of each bar; of a week or a month, its last one.' })
  sessions!: readonly Session[]

  @Field(() => [Float], { description: 'First prices.' })
  open!: readonly number[]

  @Field(() => [Float], { description: 'Highest prices.' })
  high!: readonly number[]

  @Field(() => [Float], { description: 'Lowest prices.' })
  low!: readonly number[]

  @Field(() => [Float], { description: 'Last prices.' })
  close!: readonly number[]

  @Field(() => [BigIntScalar], { description: 'Shares traded.' })
  volume!: readonly bigint[]
}

/** Keyed by the first date of the interval, which stays when the interval gains a session. */
export const barCursor = cursorCodec<Session>(
  'bar',
  (period) => [period],
  ([period]) => (period !== undefined && isLocalDate(period) ? period : undefined),
)

export function toBarType({ flags, ...bar }: StoredBar): BarType {
  return Object.assign(new BarType(), bar, { flagBits: flags })
}
