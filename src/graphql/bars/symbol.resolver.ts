/** Queries for symbols. */
import { Arg, Args, Ctx, ID, Query, Resolver } from 'type-graphql'
import { replaceUnreadable } from '../../domain/sanitize-text.js'
import { KospigraphError } from '../../errors.js'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import type { Context } from '../context.js'
import { MAX_SEARCH_LENGTH, SymbolFilter } from './symbol.input.js'
import { SymbolConnection, SymbolType, symbolCursor, toSymbolType } from './symbol.type.js'

@Resolver(() => SymbolType)
export class SymbolResolver {
  @Query(() => SymbolConnection, { description: 'Symbols with stored bars, ordered by code.' })
  async symbols(
    @Ctx() { services }: Context,
    @Args() page: PageArgs,
    @Arg('filter', () => SymbolFilter, { nullable: true, description: 'Filter; without it, all symbols.' })
    filter?: SymbolFilter | null,
  ): Promise<Connection<SymbolType>> {
    const { search, kind, simulated } = filter ?? {}
    const found = await services.market.symbols(
      {
        ...(search && { search: requireSearch(search) }),
        ...(kind && { kind }),
        ...(simulated != null && { simulated }),
      },
      pageRequest(page, symbolCursor),
    )
    return toConnection(found, symbolCursor, (symbol) => symbol.code, toSymbolType)
  }

  @Query(() => SymbolType, { nullable: true, description: 'One symbol; null if no bars are stored for it.' })
  async symbol(
    @Ctx() { services }: Context,
    @Arg('code', () => ID, {
      description: 'Code of the symbol: `KOSPI`, or a six-character KRX code such as `005930`.',
    })
    code: string,
  ): Promise<SymbolType | null> {
    const symbol = await services.market.symbol(code)
    return symbol ? toSymbolType(symbol) : null
  }
}

function requireSearch(search: string): string {
  if (search.length <= MAX_SEARCH_LENGTH) return replaceUnreadable(search)
  const message = `search: ${search.length} characters given, at most ${MAX_SEARCH_LENGTH} are accepted; shorten it`
  throw new KospigraphError('BAD_USER_INPUT', message)
}
