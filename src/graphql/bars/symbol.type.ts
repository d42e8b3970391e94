/** The GraphQL types of symbols. */
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { MARKETS, SYMBOL_KINDS } from '../../domain/symbol.js'
import type { Market as MarketName, StoredSymbol, SymbolKind as SymbolKindName } from '../../domain/symbol.js'
import { basisOfSymbol } from '../../domain/bars/price-basis.js'
import type { TradingHoursBasis as BasisName } from '../../domain/bars/price-basis.js'
import { TradingHoursBasis } from './price-basis.type.js'
import { connectionType, cursorCodec, edgeType } from '../connection.js'
import { enumOf } from '../enum.js'

export const Market = enumOf(MARKETS)
registerEnumType(Market, {
  name: 'Market',
  description: 'A market of the Korea Exchange.',
  valuesConfig: {
    KOSPI: { description: 'The main board, KOSPI.' },
    KOSDAQ: { description: 'The growth board, KOSDAQ.' },
    KONEX: { description: 'The board for small companies, KONEX.' },
  },
})

export const SymbolKind = enumOf(SYMBOL_KINDS)
registerEnumType(SymbolKind, {
  name: 'SymbolKind',
  description: 'Kind of a symbol.',
  valuesConfig: {
    INDEX: { description: 'An index. Its prices are in points, and it cannot be traded.' },
    COMMON_SHARE: { description: 'A common share.' },
    PREFERRED_SHARE: { description: 'A preferred share.' },
    ETF: { description: 'An exchange-traded fund.' },
    ETN: { description: 'An exchange-traded note.' },
    REIT: { description: 'A real estate investment trust.' },
    SPAC: { description: 'A special purpose acquisition company.' },
    UNKNOWN: { description: 'A listed instrument whose kind no symbol master has named.' },
  },
})

@ObjectType('Symbol', { description: 'An index or a listed instrument with stored daily bars.' })
export class SymbolType {
  /** Used by relations; not a field. */
  id!: number

  @Field({ description: 'Code: `KOSPI`, or a six-character KRX code such as `005930`.' })
  code!: string

  @Field({ description: 'Name of the index or company; the code if no name is known.' })
  name!: string

  @Field(() => SymbolKind, { description: 'Kind of instrument.' })
  kind!: SymbolKindName

  @Field(() => Market, { nullable: true, description: 'Market that lists the symbol; null if unknown.' })
  market!: MarketName | null

  @Field({ description: 'ISO 4217 code of the currency of the prices.' })
  currency!: string

  @Field(() => Int, { description: 'Number of decimals of the stored prices.' })
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
  ([code = '']) => (/^[0-9A-Z]{1,10}$/.test(code) ? code : undefined),
)

export function toSymbolType(symbol: StoredSymbol): SymbolType {
  return Object.assign(new SymbolType(), symbol, basisOfSymbol(symbol))
}
