/** Queries for backtests, the mutations that start, end and certify them, and the subscription that follows them. */
import {
  Arg,
  Args,
  Ctx,
  FieldResolver,
  ID,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql'
import type { Session } from '../../domain/calendar/session.js'
import type { BacktestEvent } from '../../services/backtests/backtests.js'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import { required } from '../context.js'
import type { Context } from '../context.js'
import { requireId } from '../id.js'
import { progressAfter } from '../progress.js'
import { symbolOf } from '../bars/symbol.relation.js'
import { LocalDate } from '../scalars.js'
import { SymbolType } from '../bars/symbol.type.js'
import { BacktestEventType, backtestEventCursor, toBacktestEventType } from './backtest-event.type.js'
import { BacktestMetrics, toBacktestMetrics } from './backtest-metrics.type.js'
import { BacktestRowConnection, BacktestRowType, backtestRowCursor } from './backtest-row.type.js'
import { BacktestProgressArgs, StartBacktestInput } from './backtest.input.js'
import {
  BacktestConnection,
  BacktestType,
  LeakCertificate,
  backtestCursor,
  toBacktestKey,
  toBacktestType,
} from './backtest.type.js'

@Resolver(() => BacktestType)
export class BacktestResolver {
  @Query(() => BacktestType, { nullable: true, description: 'One backtest; null where there is none.' })
  async backtest(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<BacktestType | null> {
    const found = await services.backtests.backtest(requireId(id))
    return found ? toBacktestType(found) : null
  }

  @Query(() => BacktestConnection, { description: 'Backtests, newest first.' })
  async backtests(
    @Ctx() { services }: Context,
    @Args() page: PageArgs,
    @Arg('symbol', () => ID, { nullable: true, description: 'Only those of this symbol.' })
    symbol?: string | null,
  ): Promise<Connection<BacktestType>> {
    const found = await services.backtests.backtests(symbol ?? undefined, pageRequest(page, backtestCursor))
    return toConnection(found, backtestCursor, toBacktestKey, toBacktestType)
  }

  @Query(() => BacktestRowConnection, {
    description:
      'Sessions of a backtest, oldest first. All of them at once, as CSV or NDJSON, are at /backtests/<id>.csv and .ndjson.',
  })
  async backtestRows(
    @Ctx() { services }: Context,
    @Arg('backtest', () => ID, { description: 'Id of the backtest.' }) id: string,
    @Args() page: PageArgs,
  ): Promise<Connection<BacktestRowType>> {
    const found = await services.backtests.rows(requireId(id), pageRequest(page, backtestRowCursor))
    return toConnection(
      found,
      backtestRowCursor,
      ({ ordinal }) => ordinal,
      (row) => row,
    )
  }

  @Mutation(() => BacktestType, {
    description:
      'Asks for a backtest and answers at once; a worker runs it, and `backtestProgress` streams its folds as they finish.',
  })
  async startBacktest(
    @Ctx() { services }: Context,
    @Arg('input', () => StartBacktestInput, { description: 'What to test.' }) input: StartBacktestInput,
  ): Promise<BacktestType> {
    const { from, to, asOf, strategy, threshold, execution, commissionBps, slippageBps, ...rest } = input
    return toBacktestType(
      await services.startBacktest({
        ...rest,
        from: from ?? undefined,
        to: to ?? undefined,
        asOf: asOf ?? undefined,
        strategy: { kind: strategy, threshold, execution, commissionBps, slippageBps },
      }),
    )
  }

  @Mutation(() => BacktestType, {
    description: 'Ends a backtest within a second and keeps what is done; one that has ended stays as it is.',
  })
  async cancelBacktest(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<BacktestType> {
    return toBacktestType(await services.backtests.cancel(requireId(id)))
  }

  @Mutation(() => LeakCertificate, {
    description:
      'Replaces every bar after a session by another one in a copy, reruns the backtest, and compares all rows up to it byte for byte. The certificate is kept with the backtest.',
  })
  certifyBacktest(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Id of a backtest that has ended.' }) id: string,
    @Arg('session', () => LocalDate, {
      description:
        'One of its sessions, with another after it; of a fixed split, at or after the end of the training.',
    })
    session: Session,
  ): Promise<LeakCertificate> {
    return services.certifyBacktest(requireId(id), session)
  }

  @Subscription(() => BacktestEventType, {
    description:
      'Folds of a backtest in order, as they finish, and then its end. With the cursor of the last event seen, only what came after, from any process.',
    subscribe: ({ args, context }: { args: BacktestProgressArgs; context: Context }) =>
      context.services.backtests.follow(...progressAfter(args, backtestEventCursor)),
  })
  backtestProgress(@Root() event: BacktestEvent, @Args() _: BacktestProgressArgs): BacktestEventType {
    return toBacktestEventType(event)
  }

  @FieldResolver(() => SymbolType, { description: 'The symbol.' })
  symbol(@Root() { symbolId }: BacktestType, @Ctx() context: Context): Promise<SymbolType> {
    return symbolOf(symbolId, context)
  }

  @FieldResolver(() => BacktestMetrics, {
    nullable: true,
    description: 'What it came to; null as long as it runs, and where it has no rows.',
  })
  async metrics(@Root() { id }: BacktestType, @Ctx() { loaders }: Context): Promise<BacktestMetrics | null> {
    const metrics = await loaders.backtestMetrics.load(id)
    return metrics && toBacktestMetrics(metrics)
  }

  @FieldResolver(() => [LeakCertificate], {
    description: 'Its proofs against looking ahead, the newest 20, newest first.',
  })
  async certificates(
    @Root() { id }: BacktestType,
    @Ctx() { loaders }: Context,
  ): Promise<readonly LeakCertificate[]> {
    return loaders.certificates.load(id)
  }
}

@Resolver(() => BacktestEventType)
export class BacktestEventResolver {
  @FieldResolver(() => BacktestType, { description: 'The backtest, as it is now.' })
  async backtest(
    @Root() { backtestId }: BacktestEventType,
    @Ctx() { services }: Context,
  ): Promise<BacktestType> {
    return toBacktestType(required(await services.backtests.backtest(backtestId), 'backtest'))
  }
}
