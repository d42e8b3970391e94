/** Queries for runs, the mutations that start and cancel one, and the subscription to its progress. */
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
import { KospigraphError } from '../../errors.js'
import type { RunEvent } from '../../services/models/runs.js'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import { required } from '../context.js'
import type { Context } from '../context.js'
import { requireId } from '../id.js'
import { ModelVersionType } from './model-version.type.js'
import { progressAfter } from '../progress.js'
import { modelVersionOf } from './model-version.relation.js'
import { symbolOf } from '../bars/symbol.relation.js'
import { SymbolType } from '../bars/symbol.type.js'
import { RetrainInput, RunProgressArgs } from './run.input.js'
import { RunEventType, runEventCursor, toRunEventType } from './run-event.type.js'
import { RunConnection, RunType, runCursor, toRunKey, toRunType } from './run.type.js'

const MAX_WAIT_SECONDS = 60

@Resolver(() => RunType)
export class RunResolver {
  @Query(() => RunType, { nullable: true, description: 'One run; null if it does not exist.' })
  async run(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Id of the run.' }) id: string,
  ): Promise<RunType | null> {
    const run = await services.runs.byId(requireId(id))
    return run ? toRunType(run) : null
  }

  @Query(() => RunConnection, { description: 'Runs, newest first.' })
  async runs(@Ctx() { services }: Context, @Args() page: PageArgs): Promise<Connection<RunType>> {
    const found = await services.runs.page(pageRequest(page, runCursor))
    return toConnection(found, runCursor, toRunKey, toRunType)
  }

  @Mutation(() => RunType, {
    description:
      'Queues a fit of a recipe to the newest training window of a symbol. A worker stores the model version and a forecast for the next session. If the fit fails, the run is FAILED.',
  })
  async retrain(
    @Ctx() { services }: Context,
    @Arg('input', () => RetrainInput, { description: 'Symbol, recipe and seed of the fit.' })
    input: RetrainInput,
  ): Promise<RunType> {
    const { symbol, recipe, seed, asOfSession, waitSeconds } = input
    if (waitSeconds < 0 || waitSeconds > MAX_WAIT_SECONDS) {
      const message = `waitSeconds: ${waitSeconds} is not between 0 and ${MAX_WAIT_SECONDS}`
      throw new KospigraphError('BAD_USER_INPUT', message)
    }
    const request = { symbol, recipe, seed, asOfSession: asOfSession ?? undefined, origin: 'MANUAL' } as const
    const run = await services.runs.request(request)
    return toRunType(waitSeconds === 0 ? run : await services.runs.atMost(run.id, waitSeconds * 1_000))
  }

  @Mutation(() => RunType, {
    description:
      'Cancels a queued or running run. The run fails with the code ABORTED and stores neither a version nor a forecast. A run that has ended is refused.',
  })
  async cancelRun(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Id of the run.' }) id: string,
  ): Promise<RunType> {
    return toRunType(await services.runs.cancel(requireId(id)))
  }

  @Subscription(() => RunEventType, {
    description:
      'Sends the progress of a run and completes when the run ends. With `after`, only later events.',
    subscribe: ({ args, context }: { args: RunProgressArgs; context: Context }) =>
      context.services.runs.follow(...progressAfter(args, runEventCursor)),
  })
  runProgress(@Root() event: RunEvent, @Args() _: RunProgressArgs): RunEventType {
    return toRunEventType(event)
  }

  @FieldResolver(() => SymbolType, { description: 'Symbol of the run.' })
  symbol(@Root() { symbolId }: RunType, @Ctx() context: Context): Promise<SymbolType> {
    return symbolOf(symbolId, context)
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: 'Model version that the run made or found; null unless it succeeded.',
  })
  modelVersion(
    @Root() { modelVersionId }: RunType,
    @Ctx() context: Context,
  ): Promise<ModelVersionType | null> {
    return modelVersionOf(modelVersionId, context)
  }
}

@Resolver(() => RunEventType)
export class RunEventResolver {
  @FieldResolver(() => RunType, { description: 'Current state of the run.' })
  async run(@Root() { runId }: RunEventType, @Ctx() { services }: Context): Promise<RunType> {
    return toRunType(required(await services.runs.byId(runId), 'run'))
  }
}
