/** The GraphQL type of a price basis: the hours that bars cover, and what their prices are adjusted for. */
import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { PRICE_ADJUSTMENTS, TRADING_HOURS_BASES } from '../../domain/bars/price-basis.js'
import type {
  PriceAdjustment as AdjustmentName,
  TradingHoursBasis as BasisName,
} from '../../domain/bars/price-basis.js'
import { enumOf } from '../enum.js'

export const TradingHoursBasis = enumOf(TRADING_HOURS_BASES)
registerEnumType(TradingHoursBasis, {
  name: 'TradingHoursBasis',
  description:
    'Hours that a close or a volume covers. Until 2026-09-11, and for indices, ETFs and ETNs, it is always REGULAR.',
  valuesConfig: {
    REGULAR: { description: 'The regular session, up to 15:30.' },
    EXTENDED: { description: 'The day including the after-market, up to 20:00.' },
    UNKNOWN: { description: 'The source does not state it.' },
  },
})

export const PriceAdjustment = enumOf(PRICE_ADJUSTMENTS)
registerEnumType(PriceAdjustment, {
  name: 'PriceAdjustment',
  description: 'Corporate actions that prices are adjusted for.',
  valuesConfig: {
    RAW: { description: 'None: prices as traded.' },
    SPLIT_ADJUSTED: { description: 'Splits, consolidations and the like.' },
    FULLY_ADJUSTED: { description: 'Those, and dividends.' },
    UNKNOWN: { description: 'The source does not state it.' },
  },
})

/** Fields of everything that has a price basis. */
@ObjectType()
export abstract class PriceBasisFields {
  @Field(() => TradingHoursBasis, { description: 'Hours that the close covers.' })
  closeBasis!: BasisName

  @Field(() => TradingHoursBasis, { description: 'Hours that the volume covers.' })
  volumeBasis!: BasisName

  @Field(() => PriceAdjustment, { description: 'Corporate actions that the prices are adjusted for.' })
  adjustment!: AdjustmentName
}
