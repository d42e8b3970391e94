/** The query for what was known before. */
import { Arg, Args, Ctx, ID, Query, Resolver } from 'type-graphql'
import type { Session } from '../../domain/calendar/session.js'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import type { Context } from '../context.js'
import { LocalDate } from '../scalars.js'
import {
  BarRevisionConnection,
  BarRevisionType,
  barRevisionCursor,
  toBarRevisionType,
} from './bar-revision.type.js'

@Resolver(() => BarRevisionType)
export class BarRevisionResolver {
  @Query(() => BarRevisionConnection, {
    description:
      'Values of bars of a symbol that were corrected, adjusted or withdrawn, by session; `bars(asOf:)` shows them in their time.',
  })
  async barRevisions(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, { description: 'Code of the symbol.' }) symbol: string,
    @Args() page: PageArgs,
    @Arg('from', () => LocalDate, { nullable: true, description: 'First session.' }) from?: Session | null,
    @Arg('to', () => LocalDate, { nullable: true, description: 'Last session.' }) to?: Session | null,
  ): Promise<Connection<BarRevisionType>> {
    const range = { from: from ?? undefined, to: to ?? undefined }
    const found = await services.ingestions.barRevisions(symbol, range, pageRequest(page, barRevisionCursor))
    return toConnection(found, barRevisionCursor, (revision) => revision, toBarRevisionType)
  }
}
