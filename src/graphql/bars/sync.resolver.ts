/** The mutation that fetches bars, and the list of what providers were asked. */
import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { Session } from '../../domain/calendar/session.js'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import type { Context } from '../context.js'
import { LocalDate } from '../scalars.js'
import {
  SyncAttemptConnection,
  SyncBarsResult,
  syncAttemptCursor,
  toSyncAttemptType,
  toSyncBarsResult,
} from './sync.type.js'
import type { SyncAttemptType } from './sync.type.js'

/** A request waits for all of them, and vendors are asked one question in half a second. */
const MAX_SYMBOLS = 50

@Resolver()
export class SyncResolver {
  @Mutation(() => SyncBarsResult, {
    description:
      'Fetches bars from the providers that PROVIDERS names, up to the newest session that has closed. A provider that fails leaves an attempt behind and costs no data; the next of the chain is asked. At most 50 symbols a call.',
  })
  async syncBars(
    @Ctx() { services }: Context,
    @Arg('symbols', () => [ID], {
      nullable: true,
      description: 'Codes; where left out, every symbol that has a provider.',
    })
    symbols: string[] | null,
    @Arg('from', () => LocalDate, {
      nullable: true,
      description: 'Where to begin, instead of ten sessions before the last stored bar.',
    })
    from: Session | null,
    @Arg('acceptAdjustments', () => Boolean, {
      defaultValue: false,
      description:
        'Whether back-adjusted prices, as after a split, replace the stored ones; all stored sessions are then asked for.',
    })
    acceptAdjustments: boolean,
  ): Promise<SyncBarsResult> {
    const result = await services.syncBars({
      symbols: symbols ?? undefined,
      from: from ?? undefined,
      acceptAdjustments,
      maxSymbols: MAX_SYMBOLS,
    })
    return toSyncBarsResult(result)
  }

  @Query(() => SyncAttemptConnection, {
    description: 'What providers were asked and what came of it, newest first.',
  })
  async syncAttempts(
    @Ctx() { services }: Context,
    @Args() page: PageArgs,
    @Arg('symbol', () => ID, { nullable: true, description: 'Code; where left out, of every symbol.' })
    symbol: string | null,
  ): Promise<Connection<SyncAttemptType>> {
    const found = await services.market.syncAttempts(
      symbol ?? undefined,
      pageRequest(page, syncAttemptCursor),
    )
    return toConnection(found, syncAttemptCursor, ({ id }) => id, toSyncAttemptType)
  }
}
