/** Queries for bars. */
import { Args, Ctx, Query, Resolver } from 'type-graphql'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import type { Context } from '../context.js'
import { BarRangeArgs, toKnownRange } from './bar.input.js'
import { BarConnection, BarSeries, BarType, barCursor, toBarType } from './bar.type.js'

@Resolver(() => BarType)
export class BarResolver {
  @Query(() => BarConnection, {
    description: 'Bars of a symbol, oldest first. `last: 250` returns the newest 250.',
  })
  async bars(
    @Ctx() { services }: Context,
    @Args() range: BarRangeArgs,
    @Args() page: PageArgs,
  ): Promise<Connection<BarType>> {
    const request = pageRequest(page, barCursor)
    const found = await services.market.bars(range.symbol, toKnownRange(range), range.interval, request)
    return toConnection(found, barCursor, (bar) => bar.period, toBarType)
  }

  @Query(() => BarSeries, {
    description: 'Bars of a symbol as columns, oldest first, for charts. More than 20,000 bars are refused.',
  })
  async barSeries(@Ctx() { services }: Context, @Args() range: BarRangeArgs): Promise<BarSeries> {
    return services.market.barSeries(range.symbol, toKnownRange(range), range.interval)
  }
}
