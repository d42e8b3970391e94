/** The input of `upsertSymbols`. */
import { Field, ID, InputType } from 'type-graphql'
import type { Session } from '../../../domain/calendar/session.js'
import type { Market as MarketName, SymbolKind as SymbolKindName } from '../../../domain/symbol.js'
import { LocalDate } from '../../scalars.js'
import { Market, SymbolKind } from './instrument.type.js'

@InputType({ description: 'A stretch of time in which an instrument was listed on one market.' })
export class MarketPeriodInput {
  @Field(() => Market, { description: 'The market.' })
  market!: MarketName

  @Field(() => LocalDate, { nullable: true, description: 'First date there; null if it is not on record.' })
  from?: Session | null

  @Field(() => LocalDate, {
    nullable: true,
    description: 'First date on another market, or delisted; null while it lasts.',
  })
  to?: Session | null
}

@InputType({
  description:
    'Facts of a symbol master about one instrument. A field that is left out keeps its stored value.',
})
export class UpsertSymbolInput {
  @Field(() => ID, { description: 'Code, in any spelling that other arguments accept.' })
  code!: string

  @Field(() => SymbolKind, { nullable: true, description: 'Kind of instrument; not INDEX.' })
  kind?: SymbolKindName | null

  @Field(() => Market, {
    nullable: true,
    description: 'Market that lists it now. Another market than the stored one is a move.',
  })
  market?: MarketName | null

  @Field(() => [MarketPeriodInput], {
    nullable: true,
    description:
      'Every market that it was on, oldest first, at most 20. It replaces the stored history, and `market`, `listedOn` and `delistedOn` of the input are ignored.',
  })
  markets?: MarketPeriodInput[] | null

  @Field(() => String, { nullable: true, description: 'Korean name, at most 200 characters.' })
  nameKo?: string | null

  @Field(() => String, { nullable: true, description: 'English name, at most 200 characters.' })
  nameEn?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'ISIN, which KRX calls the standard code. Another ISIN than the stored one is refused.',
  })
  isin?: string | null

  @Field(() => String, { nullable: true, description: 'Sector, at most 200 characters.' })
  sector?: string | null

  @Field(() => LocalDate, { nullable: true, description: 'First date on the exchange.' })
  listedOn?: Session | null

  @Field(() => LocalDate, {
    nullable: true,
    description: 'First date on which it is no longer listed.',
  })
  delistedOn?: Session | null
}
