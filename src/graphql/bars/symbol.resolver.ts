/** Queries for symbols. */
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { Session } from '../../domain/calendar/session.js'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import type { Context } from '../context.js'
import { TrackRecord } from '../forecasts/forecast.type.js'
import { LocalDate } from '../scalars.js'
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

  @FieldResolver(() => TrackRecord, {
    description: 'How its issued forecasts have done, over all sessions or a range of them.',
  })
  async trackRecord(
    @Root() { id }: SymbolType,
    @Ctx() { loaders }: Context,
    @Arg('from', () => LocalDate, { nullable: true, description: 'First session.' }) from?: Session | null,
    @Arg('to', () => LocalDate, { nullable: true, description: 'Last session.' }) to?: Session | null,
  ): Promise<TrackRecord> {
    return loaders.trackRecord.load({ symbolId: id, from: from ?? undefined, to: to ?? undefined })
  }
}
