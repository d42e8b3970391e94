/** Queries for symbols. */
import { Arg, Args, Ctx, ID, Query, Resolver } from 'type-graphql'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import type { Context } from '../context.js'
import { SymbolFilter } from './symbol.input.js'
import { SymbolConnection, SymbolType, symbolCursor, toSymbolType } from './symbol.type.js'

@Resolver(() => SymbolType)
export class SymbolResolver {
  @Query(() => SymbolConnection, { description: 'The symbols that have bars, in order of code.' })
  async symbols(
    @Ctx() { services }: Context,
    @Args() page: PageArgs,
    @Arg('filter', () => SymbolFilter, { nullable: true, description: 'Which symbols.' })
    filter?: SymbolFilter | null,
  ): Promise<Connection<SymbolType>> {
    const { search, kind, simulated } = filter ?? {}
    const found = await services.market.symbols(
      {
        ...(search && { search: sanitizeText(search) }),
        ...(kind && { kind }),
        ...(simulated != null && { simulated }),
      },
      pageRequest(page, symbolCursor),
    )
    return toConnection(found, symbolCursor, (symbol) => symbol.code, toSymbolType)
  }

  @Query(() => SymbolType, { nullable: true, description: 'One symbol; null where it has no bars.' })
  async symbol(
    @Ctx() { services }: Context,
    @Arg('code', () => ID, { description: '`KOSPI`, or a six-character KRX code.' }) code: string,
  ): Promise<SymbolType | null> {
    const symbol = await services.market.symbol(code)
    return symbol ? toSymbolType(symbol) : null
  }
}
