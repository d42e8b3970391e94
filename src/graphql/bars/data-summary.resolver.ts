/** The query for what is stored of a symbol. */
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql'
import type { Context } from '../context.js'
import { DataSummary, toDataSummary } from './data-summary.type.js'

@Resolver(() => DataSummary)
export class DataSummaryResolver {
  @Query(() => DataSummary, { description: 'Rows, gaps and the statistics of every column of a symbol.' })
  async dataSummary(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, { description: 'Code of the symbol.' }) symbol: string,
  ): Promise<DataSummary> {
    return toDataSummary(await services.market.dataSummary(symbol))
  }
}
