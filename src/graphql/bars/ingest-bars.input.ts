/** The inputs of `ingestBars` and `withdrawBars`. */
import { Field, Float, ID, InputType } from 'type-graphql'
import { MAX_REASON_LENGTH } from '../../domain/reason.js'
import type { Session } from '../../domain/calendar/session.js'
import type { OnInvalid as OnInvalidName } from '../../services/bars/ingest-bars.js'
import type {
  PriceAdjustment as AdjustmentName,
  TradingHoursBasis as BasisName,
} from '../../domain/bars/price-basis.js'
import { PriceAdjustment, TradingHoursBasis } from './price-basis.type.js'
import { BigIntScalar, LocalDate } from '../scalars.js'
import { OnInvalid } from './ingest-bars.type.js'

@InputType({
  description:
    'One daily bar. An invalid session rejects only its own row, because the session is plain text.',
})
export class BarInput {
  @Field({ description: 'Session, written "YYYY-MM-DD".' })
  session!: string

  @Field(() => Float, { description: 'Opening price, above 0.' })
  open!: number

  @Field(() => Float, { description: 'Highest price, above 0.' })
  high!: number

  @Field(() => Float, { description: 'Lowest price, above 0.' })
  low!: number

  @Field(() => Float, { description: 'Closing price, above 0.' })
  close!: number

  @Field(() => BigIntScalar, { description: 'Number of shares traded, at least 0.' })
  volume!: bigint | number
}

@InputType({ description: 'A delivery of bars of one symbol.' })
export class IngestBarsInput {
  @Field(() => ID, {
    description:
      'Code of the symbol, in any spelling: `005930`, `005930.KS`, `KR7005930003`, `KOSPI`, `^KS11`. An unknown symbol is created.',
  })
  symbol!: string

  @Field(() => [BarInput], { description: 'Bars, from 1 to 50,000.' })
  bars!: BarInput[]

  @Field(() => OnInvalid, {
    defaultValue: 'FAIL',
    description: 'Effect of a rejected row on the other rows.',
  })
  onInvalid!: OnInvalidName

  @Field({
    defaultValue: false,
    description: 'Whether back-adjusted prices, as after a split, replace the stored ones.',
  })
  acceptAdjustments!: boolean

  @Field(() => TradingHoursBasis, {
    defaultValue: 'UNKNOWN',
    description:
      'Hours that the closes of sessions from 2026-09-14 on cover. UNKNOWN is accepted where at least 20 closes agree with stored ones, or where none is stored.',
  })
  closeBasis!: BasisName

  @Field(() => TradingHoursBasis, {
    defaultValue: 'UNKNOWN',
    description: 'Hours that the volumes of sessions from 2026-09-14 on cover.',
  })
  volumeBasis!: BasisName

  @Field(() => PriceAdjustment, {
    defaultValue: 'UNKNOWN',
    description: 'Corporate actions that the prices are adjusted for.',
  })
  adjustment!: AdjustmentName

  @Field({
    defaultValue: false,
    description:
      'Whether closes of other hours replace the stored ones. The delivery must then have every stored session from 2026-09-14 on.',
  })
  replaceBasis!: boolean

  @Field({
    defaultValue: 'ingestBars',
    description: 'Name of the sender, stored as the source of the bars; at most 100 characters.',
  })
  client!: string
}

@InputType({ description: 'A withdrawal of bars of one symbol.' })
export class WithdrawBarsInput {
  @Field(() => ID, { description: 'Code of the symbol.' })
  symbol!: string

  @Field(() => [LocalDate], { description: 'Sessions of the bars, from 1 to 1,000.' })
  sessions!: Session[]

  @Field({
    description: `Reason of the withdrawal, stored with the delivery; from 1 to ${MAX_REASON_LENGTH} characters.`,
  })
  reason!: string

  @Field({
    defaultValue: 'withdrawBars',
    description: 'Name of the sender, stored as the source of the withdrawal; at most 100 characters.',
  })
  client!: string
}
