/** The filters of the `symbols` and `listings` queries. */
import { Field, InputType } from 'type-graphql'
import { replaceUnreadable } from '../../domain/sanitize-text.js'
import type { Market as MarketName, SymbolKind as SymbolKindName } from '../../domain/symbol.js'
import { KospigraphError } from '../../errors.js'
import { Market, SymbolKind } from './instruments/instrument.type.js'

/** Longer than any name. */
const MAX_SEARCH_LENGTH = 200

@InputType({
  description: 'Filter for the symbol master. An instrument must match every given field.',
})
export class ListingFilter {
  @Field(() => String, {
    nullable: true,
    description: `Text that the code or a name contains, Korean or English; upper and lower case are equal. An ISIN must be whole. At most ${MAX_SEARCH_LENGTH} characters.`,
  })
  search?: string | null

  @Field(() => SymbolKind, { nullable: true, description: 'Return only those of this kind.' })
  kind?: SymbolKindName | null

  @Field(() => Market, { nullable: true, description: 'Return only those on this market now.' })
  market?: MarketName | null
}

@InputType({ description: 'Filter for symbols. A symbol must match every given field.' })
export class SymbolFilter extends ListingFilter {
  @Field(() => Boolean, {
    nullable: true,
    description: 'True returns only simulated symbols, false only real ones.',
  })
  simulated?: boolean | null
}

interface ReadFilter {
  readonly search?: string
  readonly kind?: SymbolKindName
  readonly market?: MarketName
}

/** @throws KospigraphError BAD_USER_INPUT for a search that is too long */
export function readFilter({ search, kind, market }: ListingFilter): ReadFilter {
  return {
    ...(search && { search: requireSearch(search) }),
    ...(kind && { kind }),
    ...(market && { market }),
  }
}

function requireSearch(search: string): string {
  if (search.length <= MAX_SEARCH_LENGTH) return replaceUnreadable(search)
  const message = `search: ${search.length} characters given, at most ${MAX_SEARCH_LENGTH} are accepted; shorten it`
  throw new KospigraphError('BAD_USER_INPUT', message)
}
