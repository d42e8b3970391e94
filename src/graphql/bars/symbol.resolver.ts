/** Queries for symbols. */
import { Arg, Args, Ctx, ID, Query, Resolver } from 'type-graphql'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import type { Context } from '../context.js'
import { SymbolFilter, readFilter } from './symbol.input.js'
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
    const { simulated } = filter ?? {}
    const found = await services.market.symbols(
      { ...readFilter(filter ?? {}), ...(simulated != null && { simulated }) },
      pageRequest(page, symbolCursor),
    )
    return toConnection(found, symbolCursor, (symbol) => symbol.code, toSymbolType)
  }

  @Query(() => SymbolType, { nullable: true, description: 'One symbol; null if no bars are stored for it.' })
  async symbol(
    @Ctx() { services }: Context,
    @Arg('code', () => ID, {
      description:
        'Code of the symbol: an index such as `KOSPI`, a six-character KRX code such as `005930`, or another spelling of it: `^KS11`, `005930.KS`, `KR7005930003`.',
    })
    code: string,
  ): Promise<SymbolType | null> {
    const symbol = await services.market.symbol(code)
    return symbol ? toSymbolType(symbol) : null
  }
}
