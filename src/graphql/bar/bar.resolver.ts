/** Queries for bars. */
import { Args, Ctx, Query, Resolver } from 'type-graphql'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import type { Context } from '../context.js'
import { BarRangeArgs } from './bar.input.js'
import { BarConnection, BarSeries, BarType, barCursor, toBarType } from './bar.type.js'

@Resolver(() => BarType)
export class BarResolver {
  @Query(() => BarConnection, {
    description: 'Bars of a symbol, oldest first; `last: 250` gives the newest.',
  })
  async bars(
    @Ctx() { services }: Context,
    @Args() { symbol, from, to, interval }: BarRangeArgs,
    @Args() page: PageArgs,
  ): Promise<Connection<BarType>> {
    const range = { from: from ?? undefined, to: to ?? undefined }
    const found = await services.market.bars(symbol, range, interval, pageRequest(page, barCursor))
    return toConnection(found, barCursor, (bar) => bar.period, toBarType)
  }

  @Query(() => BarSeries, {
    description: 'Bars of a symbol as columns, oldest first, for charts; at most 20,000.',
  })
  async barSeries(
    @Ctx() { services }: Context,
    @Args() { symbol, from, to, interval }: BarRangeArgs,
  ): Promise<BarSeries> {
    return services.market.barSeries(symbol, { from: from ?? undefined, to: to ?? undefined }, interval)
  }
}
