/** The query for replaced and withdrawn values of bars. */
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
      'Replaced values of the bars of a symbol, ordered by session: corrected, back-adjusted or withdrawn. `bars(asOf:)` returns the bars as they were known at an instant.',
  })
  async barRevisions(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, { description: 'Code of the symbol.' }) symbol: string,
    @Args() page: PageArgs,
    @Arg('from', () => LocalDate, {
      nullable: true,
      description: 'First session; without it, from the oldest.',
    })
    from?: Session | null,
    @Arg('to', () => LocalDate, {
      nullable: true,
      description: 'Last session; without it, up to the newest.',
    })
    to?: Session | null,
  ): Promise<Connection<BarRevisionType>> {
    const range = { from: from ?? undefined, to: to ?? undefined }
    const found = await services.ingestions.barRevisions(symbol, range, pageRequest(page, barRevisionCursor))
    return toConnection(found, barRevisionCursor, (revision) => revision, toBarRevisionType)
  }
}
