/** A symbol as clients see it. */
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { MARKETS, SYMBOL_KINDS } from '../../domain/symbol.js'
import type { Market as MarketName, StoredSymbol, SymbolKind as SymbolKindName } from '../../domain/symbol.js'
import { connectionType, cursorCodec, edgeType } from '../connection.js'
import { enumOf } from '../enum.js'

export const Market = enumOf(MARKETS)
registerEnumType(Market, {
  name: 'Market',
  description: 'A market of the Korea Exchange.',
  valuesConfig: {
    KOSPI: { description: 'The main board.' },
    KOSDAQ: { description: 'The growth board.' },
    KONEX: { description: 'The board for small companies.' },
  },
})

export const SymbolKind = enumOf(SYMBOL_KINDS)
registerEnumType(SymbolKind, {
  name: 'SymbolKind',
  description: 'What a symbol stands for.',
  valuesConfig: {
    INDEX: { description: 'An index: prices in points, nothing to trade.' },
    SHARE: { description: 'A share: prices in the currency.' },
  },
})

@ObjectType('Symbol', { description: 'An index or a share whose daily bars are stored.' })
export class SymbolType {
  /** For resolvers of relations; not a field. */
  id!: number

  @Field({ description: '`KOSPI`, or a six-character KRX code such as `005930`.' })
  code!: string

  @Field({ description: 'What people call it; the code where no name is known.' })
  name!: string

  @Field(() => SymbolKind, { description: 'Index or share.' })
  kind!: SymbolKindName

  @Field(() => Market, { nullable: true, description: 'Where it is listed; null where no source said.' })
  market!: MarketName | null

  @Field({ description: 'ISO 4217 code of the prices.' })
  currency!: string

  @Field(() => Int, { description: 'Decimals that prices are kept to.' })
  decimals!: number

  @Field({ description: 'Whether the bars come from the simulator and not from a market.' })
  simulated!: boolean

  @Field(() => Int, { description: 'Counts up with every change to the bars.' })
  dataVersion!: number
}

@ObjectType({ description: 'A symbol in a list.' })
export class SymbolEdge extends edgeType(SymbolType) {}

@ObjectType({ description: 'A page of symbols, in order of code.' })
export class SymbolConnection extends connectionType(SymbolEdge) {}

export const symbolCursor = cursorCodec<string>(
  'symbol',
  (code) => [code],
  ([code = '']) => (/^[0-9A-Z]{1,10}$/.test(code) ? code : undefined),
)

export function toSymbolType(symbol: StoredSymbol): SymbolType {
  return Object.assign(new SymbolType(), symbol)
}
