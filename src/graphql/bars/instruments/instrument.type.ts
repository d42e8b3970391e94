/** GraphQL types of what a symbol master says about an instrument, whether or not it has bars. */
import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { MARKETS, SYMBOL_KINDS } from '../../../domain/symbol.js'
import type { Market as MarketName, SymbolKind as SymbolKindName } from '../../../domain/symbol.js'
import { TAX_CLASSES, taxClassOf, tickTableOf } from '../../../domain/bars/instruments/symbol-class.js'
import type { TaxClass as TaxClassName } from '../../../domain/bars/instruments/symbol-class.js'
import { aliasesOf } from '../../../domain/bars/instruments/symbol-code.js'
import { TICK_TABLES } from '../../../domain/bars/tick-size.js'
import type { TickTable as TickTableName } from '../../../domain/bars/tick-size.js'
import { enumOf } from '../../enum.js'
import { LocalDate } from '../../scalars.js'

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

export const TickTable = enumOf(TICK_TABLES)
registerEnumType(TickTable, {
  name: 'TickTable',
  description: 'A table of the steps between prices that the exchange accepts.',
  valuesConfig: {
    KOSPI: { description: 'Shares on the KOSPI.' },
    KOSDAQ: { description: 'Shares on the KOSDAQ and the KONEX.' },
    FUND: { description: 'Exchange-traded funds and notes.' },
  },
})

export const TaxClass = enumOf(TAX_CLASSES)
registerEnumType(TaxClass, {
  name: 'TaxClass',
  description: 'The securities transaction tax that a seller owes. Rates depend on the date.',
  valuesConfig: {
    EXEMPT: { description: 'None: exchange-traded funds and notes, and indices, which cannot be sold.' },
    KOSPI: { description: 'That of shares on the KOSPI, with the rural development surtax.' },
    KOSDAQ: { description: 'That of shares on the KOSDAQ.' },
    KONEX: { description: 'That of shares on the KONEX.' },
  },
})

/** Fields that symbols and listings share. */
@ObjectType()
export abstract class InstrumentFields {
  @Field({
    description: 'Code: a six-character KRX code such as `005930`, or the name of an index such as `KOSPI`.',
  })
  code!: string

  @Field(() => SymbolKind, { description: 'Kind of instrument.' })
  kind!: SymbolKindName

  @Field(() => Market, {
    nullable: true,
    description:
      'Market that lists it, or whose shares an index holds; null if unknown, or for both markets.',
  })
  market!: MarketName | null

  @Field(() => String, { nullable: true, description: 'Korean name; null if unknown.' })
  nameKo!: string | null

  @Field(() => String, { nullable: true, description: 'English name; null if unknown.' })
  nameEn!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'ISIN, which KRX calls the standard code; null if unknown, and for an index.',
  })
  isin!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Sector as the symbol master names it; null if unknown.',
  })
  sector!: string | null

  @Field(() => LocalDate, { nullable: true, description: 'First date on the exchange; null if unknown.' })
  listedOn!: string | null

  @Field(() => LocalDate, {
    nullable: true,
    description: 'First date on which it is no longer listed; null if it is listed, or if unknown.',
  })
  delistedOn!: string | null

  @Field(() => TickTable, {
    nullable: true,
    description: 'Table of its ticks, by kind and market; null for an index, and if the market is unknown.',
  })
  tickTable!: TickTableName | null

  @Field(() => TaxClass, {
    nullable: true,
    description: 'Tax that its seller owes, by kind and market; null if the market is unknown.',
  })
  taxClass!: TaxClassName | null

  @Field(() => [String], { description: 'Other spellings of the code that every argument accepts.' })
  aliases!: readonly string[]
}

interface Named {
  readonly code: string
  readonly kind: SymbolKindName
  readonly market: MarketName | null
  readonly isin: string | null
}

/** What follows from an instrument's code, kind and market. */
export function derivedFields(
  instrument: Named,
): Pick<InstrumentFields, 'tickTable' | 'taxClass' | 'aliases'> {
  return {
    tickTable: tickTableOf(instrument),
    taxClass: taxClassOf(instrument),
    aliases: aliasesOf(instrument),
  }
}

@ObjectType('MarketPeriod', {
  description: 'A stretch of time in which an instrument was listed on one market.',
})
export class MarketPeriodType {
  @Field(() => Market, { description: 'The market.' })
  market!: MarketName

  @Field(() => LocalDate, { nullable: true, description: 'First date there; null if it is not on record.' })
  from!: string | null

  @Field(() => LocalDate, {
    nullable: true,
    description: 'First date on another market, or delisted; null while it lasts.',
  })
  to!: string | null
}
