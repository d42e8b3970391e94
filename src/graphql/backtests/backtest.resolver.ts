/** Queries for backtests, the mutations that start, cancel and certify one, and the subscription to its progress. */
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
  @Query(() => BacktestType, { nullable: true, description: 'One backtest; null if it does not exist.' })
  async backtest(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Id of the backtest.' }) id: string,
  ): Promise<BacktestType | null> {
    const found = await services.backtests.backtest(requireId(id))
    return found ? toBacktestType(found) : null
  }

  @Query(() => BacktestConnection, { description: 'Backtests, newest first.' })
  async backtests(
    @Ctx() { services }: Context,
    @Args() page: PageArgs,
    @Arg('symbol', () => ID, { nullable: true, description: 'Return only backtests of this symbol.' })
    symbol?: string | null,
  ): Promise<Connection<BacktestType>> {
    const found = await services.backtests.backtests(symbol ?? undefined, pageRequest(page, backtestCursor))
    return toConnection(found, backtestCursor, toBacktestKey, toBacktestType)
  }

  @Query(() => BacktestRowConnection, {
    description:
      'Sessions of a backtest, oldest first. GET /backtests/<id>.csv or .ndjson exports all of them as one file.',
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
      'Queues a backtest and returns at once. A worker runs it; follow it with `backtestProgress`.',
  })
  async startBacktest(
    @Ctx() { services }: Context,
    @Arg('input', () => StartBacktestInput, { description: 'Settings of the backtest.' })
    input: StartBacktestInput,
  ): Promise<BacktestType> {
    const {
      from,
      to,
      asOf,
      strategy,
      threshold,
      execution,
      commissionBps,
      slippageBps,
      slippageTicks,
      ...rest
    } = input
    return toBacktestType(
      await services.startBacktest({
        ...rest,
        from: from ?? undefined,
        to: to ?? undefined,
        asOf: asOf ?? undefined,
        strategy: { kind: strategy, threshold, execution, commissionBps, slippageBps, slippageTicks },
      }),
    )
  }

  @Mutation(() => BacktestType, {
    description:
      'Cancels a backtest within a second and keeps its finished sessions. A backtest that has ended does not change.',
  })
  async cancelBacktest(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Id of the backtest.' }) id: string,
  ): Promise<BacktestType> {
    return toBacktestType(await services.backtests.cancel(requireId(id)))
  }

  @Mutation(() => LeakCertificate, {
    description:
      'Tests a backtest for look-ahead: corrupts every bar after a session in a copy, reruns, and compares all rows up to the session byte for byte. Stores the certificate with the backtest.',
  })
  certifyBacktest(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Id of a backtest that has ended.' }) id: string,
    @Arg('session', () => LocalDate, {
      description:
        'Session of the backtest before its last one. For a fixed split, not before the end of the training part.',
    })
    session: Session,
  ): Promise<LeakCertificate> {
    return services.certifyBacktest(requireId(id), session)
  }

  @Subscription(() => BacktestEventType, {
    description:
      'Sends each finished fold of a backtest in order, and completes when the backtest ends. With `after`, only later events.',
    subscribe: ({ args, context }: { args: BacktestProgressArgs; context: Context }) =>
      context.services.backtests.follow(...progressAfter(args, backtestEventCursor)),
  })
  backtestProgress(@Root() event: BacktestEvent, @Args() _: BacktestProgressArgs): BacktestEventType {
    return toBacktestEventType(event)
  }

  @FieldResolver(() => SymbolType, { description: 'Symbol of the backtest.' })
  symbol(@Root() { symbolId }: BacktestType, @Ctx() context: Context): Promise<SymbolType> {
    return symbolOf(symbolId, context)
  }

  @FieldResolver(() => BacktestMetrics, {
    nullable: true,
    description: 'Metrics of the backtest; null until it ends, and if it has no rows.',
  })
  async metrics(@Root() { id }: BacktestType, @Ctx() { loaders }: Context): Promise<BacktestMetrics | null> {
    const metrics = await loaders.backtestMetrics.load(id)
    return metrics && toBacktestMetrics(metrics)
  }

  @FieldResolver(() => [LeakCertificate], {
    description: 'Certificates of the tests for look-ahead, newest first; at most 20.',
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
  @FieldResolver(() => BacktestType, { description: 'Current state of the backtest.' })
  async backtest(
    @Root() { backtestId }: BacktestEventType,
    @Ctx() { services }: Context,
  ): Promise<BacktestType> {
    return toBacktestType(required(await services.backtests.backtest(backtestId), 'backtest'))
  }
}
