/** The query for the data summary of a symbol. */
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql'
import type { Context } from '../context.js'
import { DataSummary, toDataSummary } from './data-summary.type.js'

@Resolver(() => DataSummary)
export class DataSummaryResolver {
  @Query(() => DataSummary, {
    description:
      'Summary of the stored bars of a symbol: counts, gaps, sources, and statistics of every column.',
  })
  async dataSummary(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, { description: 'Code of the symbol.' }) symbol: string,
  ): Promise<DataSummary> {
    return toDataSummary(await services.market.dataSummary(symbol))
  }
}
