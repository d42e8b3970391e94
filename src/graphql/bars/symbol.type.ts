/** The GraphQL types of symbols. */
import { Field, Int, ObjectType } from 'type-graphql'
import type { StoredSymbol } from '../../domain/symbol.js'
import { basisOfSymbol } from '../../domain/bars/price-basis.js'
import type { TradingHoursBasis as BasisName } from '../../domain/bars/price-basis.js'
import { TradingHoursBasis } from './price-basis.type.js'
import { connectionType, cursorCodec, edgeType } from '../connection.js'
import { InstrumentFields, derivedFields } from './instruments/instrument.type.js'

@ObjectType('Symbol', { description: 'An index or a listed instrument with stored daily bars.' })
export class SymbolType extends InstrumentFields {
  /** Used by relations; not a field. */
  id!: number

  @Field({
    description: 'Name that is shown: Korean where a symbol master names it; the code if no name is known.',
  })
  name!: string

  @Field({ description: 'ISO 4217 code of the currency of the prices.' })
  currency!: string

  @Field(() => Int, {
    description:
      'Number of decimals of prices: 2 for an index, 0 otherwise. Prices of bars with the flag OFF_TICK may have more.',
  })
  decimals!: number

  @Field({ description: 'Whether the bars are simulated.' })
  simulated!: boolean

  @Field(() => Int, { description: 'Number of changes to the bars so far. It increases with every change.' })
  dataVersion!: number

  @Field(() => TradingHoursBasis, {
    description:
      'Hours that the closes from 2026-09-14 on cover; all of them have one basis. REGULAR before the first such bar.',
  })
  closeBasis!: BasisName

  @Field(() => TradingHoursBasis, {
    description: 'Hours that the newest volumes cover. `Bar.volumeBasis` has that of each bar.',
  })
  volumeBasis!: BasisName
}

@ObjectType({ description: 'A symbol with its cursor.' })
export class SymbolEdge extends edgeType(SymbolType) {}

@ObjectType({ description: 'A page of symbols, ordered by code.' })
export class SymbolConnection extends connectionType(SymbolEdge) {}

export const symbolCursor = cursorCodec<string>(
  'symbol',
  (code) => [code],
  ([code = '']) => (/^[0-9A-Z_]{1,40}$/.test(code) ? code : undefined),
)

export function toSymbolType(symbol: StoredSymbol): SymbolType {
  return Object.assign(new SymbolType(), symbol, basisOfSymbol(symbol), derivedFields(symbol))
}
