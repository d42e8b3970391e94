/** The GraphQL types of bars: single bars, and columns for charts. */
import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql'
import { BAR_FLAGS, INTERVALS, flagsOf } from '../../domain/bars/bar.js'
import type { BarFlag as BarFlagName, StoredBar } from '../../domain/bars/bar.js'
import { isLocalDate } from '../../domain/calendar/session.js'
import type { Session } from '../../domain/calendar/session.js'
import { connectionType, cursorCodec, edgeType } from '../connection.js'
import { enumOf } from '../enum.js'
import { PriceBasisFields } from './price-basis.type.js'
import { BigIntScalar, DateTime, LocalDate } from '../scalars.js'

export const BarFlag = enumOf(BAR_FLAGS)
registerEnumType(BarFlag, {
  name: 'BarFlag',
  description: 'Quality flag: something unusual about a bar.',
  valuesConfig: {
    HALT: { description: 'Trading was halted: all four prices are equal and the volume is 0.' },
    LIMIT: {
      description:
        'The close moved further from the previous close than the daily price limit allows: 15 % from 1998-12-07, 30 % from 2015-06-15.',
    },
    OUTLIER: {
      description: 'The close or the volume is far outside the normal range of the symbol.',
    },
    NO_VOLUME: { description: 'The prices moved, but the source has no volume.' },
    UNCHECKED: {
      description:
        'The date lies before the first year of the calendar, so it is unknown whether there was a session.',
    },
    ROUNDED: {
      description:
        'The prices contradict each other by one unit of the decimals: the source rounded them. They are stored as delivered.',
    },
    BREAK: {
      description:
        'The series breaks before this bar: no trading can have made the move, and no confirmed corporate action explains it. Nothing is computed across it.',
    },
    OFF_TICK: {
      description:
        'A price is no unit of the decimals of the symbol, as after an adjustment, or an unadjusted price lies beside the ticks of the exchange. It is stored as delivered.',
    },
  },
})

export const Interval = enumOf(INTERVALS)
registerEnumType(Interval, {
  name: 'Interval',
  description: 'Time span of one bar.',
  valuesConfig: {
    DAY: { description: 'One session.' },
    WEEK: { description: 'A calendar week, Monday to Sunday.' },
    MONTH: { description: 'A calendar month.' },
  },
})

@ObjectType('Bar', {
  description:
    'Open, high, low, close and volume of one interval. Prices are in the currency of the symbol, or in points for an index. The basis of a week or a month is that of its newest values.',
})
export class BarType extends PriceBasisFields {
  @Field(() => LocalDate, { description: 'Session of the bar; for a week or a month, its last session.' })
  session!: Session

  @Field(() => LocalDate, { description: 'First session in the interval.' })
  firstSession!: Session

  @Field(() => Int, { description: 'Number of sessions in the interval; 1 for a day.' })
  sessions!: number

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

  /** Bit set of `flags`. */
  flagBits!: number

  @Field({
    description: 'Source of the newest values in the interval: a file name, a client name or a provider.',
  })
  source!: string

  @Field(() => DateTime, { description: 'Time at which the newest values in the interval were stored.' })
  knownAt!: Date

  @Field(() => Int, {
    description: 'Data version of the symbol that introduced the newest values in the interval.',
  })
  dataVersion!: number

  @Field(() => [BarFlag], { description: 'Quality flags of the sessions in the interval; usually empty.' })
  get flags(): BarFlagName[] {
    return flagsOf(this.flagBits)
  }
}

@ObjectType({ description: 'A bar with its cursor.' })
export class BarEdge extends edgeType(BarType) {}

@ObjectType({ description: 'A page of bars, oldest first.' })
export class BarConnection extends connectionType(BarEdge) {}

@ObjectType({ description: 'Bars as columns of equal length, oldest first, for charts.' })
export class BarSeries {
  @Field(() => [LocalDate], { description: 'Session of each bar; for a week or a month, its last session.' })
  sessions!: readonly Session[]

  @Field(() => [Float], { description: 'Opening prices.' })
  open!: readonly number[]

  @Field(() => [Float], { description: 'Highest prices.' })
  high!: readonly number[]

  @Field(() => [Float], { description: 'Lowest prices.' })
  low!: readonly number[]

  @Field(() => [Float], { description: 'Closing prices.' })
  close!: readonly number[]

  @Field(() => [BigIntScalar], { description: 'Numbers of shares traded.' })
  volume!: readonly bigint[]
}

/** The key is the first date of the interval, which does not change when the interval gains a session. */
export const barCursor = cursorCodec<Session>(
  'bar',
  (period) => [period],
  ([period]) => (period !== undefined && isLocalDate(period) ? period : undefined),
)

export function toBarType({ flags, basis, ...bar }: StoredBar): BarType {
  return Object.assign(new BarType(), bar, basis, { flagBits: flags })
}
