/** The mutation that fetches bars from providers, and the query for sync attempts. */
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

/** A request waits for all symbols, and each vendor gets at most one request in half a second. */
const MAX_SYMBOLS = 50

@Resolver()
export class SyncResolver {
  @Mutation(() => SyncBarsResult, {
    description:
      'Fetches bars from the configured providers, up to the newest closed session. If a provider fails, the next provider of the chain is asked and no data is lost. A call accepts at most 50 symbols.',
  })
  async syncBars(
    @Ctx() { services }: Context,
    @Arg('symbols', () => [ID], {
      nullable: true,
      description: 'Codes of the symbols, at most 50. Without it, every symbol that has a provider.',
    })
    symbols: string[] | null,
    @Arg('from', () => LocalDate, {
      nullable: true,
      description: 'First date to fetch. Without it, ten sessions before the newest stored bar.',
    })
    from: Session | null,
    @Arg('acceptAdjustments', () => Boolean, {
      defaultValue: false,
      description:
        'Whether back-adjusted prices, as after a split, replace the stored ones. If true, all stored sessions are fetched again.',
    })
    acceptAdjustments: boolean,
    @Arg('dryRun', () => Boolean, {
      defaultValue: false,
      description:
        'Whether nothing is stored: providers are asked, the answers are compared with the stored bars, and the result reports what would change.',
    })
    dryRun: boolean,
    @Arg('replaceBasis', () => Boolean, {
      defaultValue: false,
      description:
        'Whether closes of other hours (15:30 or 20:00) replace all stored ones since 2026-09-14. Closes of both never mix.',
    })
    replaceBasis: boolean,
  ): Promise<SyncBarsResult> {
    const result = await services.syncBars({
      symbols: symbols ?? undefined,
      from: from ?? undefined,
      acceptAdjustments,
      dryRun,
      replaceBasis,
      maxSymbols: MAX_SYMBOLS,
    })
    return toSyncBarsResult(result)
  }

  @Query(() => SyncAttemptConnection, {
    description: 'Sync attempts: requests to providers and their outcomes, newest first.',
  })
  async syncAttempts(
    @Ctx() { services }: Context,
    @Args() page: PageArgs,
    @Arg('symbol', () => ID, {
      nullable: true,
      description: 'Code of a symbol; without it, attempts for every symbol.',
    })
    symbol: string | null,
  ): Promise<Connection<SyncAttemptType>> {
    const found = await services.market.syncAttempts(
      symbol ?? undefined,
      pageRequest(page, syncAttemptCursor),
    )
    return toConnection(found, syncAttemptCursor, ({ id }) => id, toSyncAttemptType)
  }
}
