/** Queries for runs, the mutation that asks for one, and the subscription that follows it. */
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
  @Query(() => RunType, { nullable: true, description: 'One run; null where there is none.' })
  async run(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
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
      'Asks for a fit of a recipe to the newest training window of a symbol; a worker stores the version and issues the forecast for the next session. A fit that cannot be made is a failed run.',
  })
  async retrain(
    @Ctx() { services }: Context,
    @Arg('input', () => RetrainInput, { description: 'What to fit.' }) input: RetrainInput,
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
      'Ends a run that waits or is at work: it fails with the code ABORTED, and stores neither a version nor a forecast. One that has ended is refused.',
  })
  async cancelRun(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<RunType> {
    return toRunType(await services.runs.cancel(requireId(id)))
  }

  @Subscription(() => RunEventType, {
    description:
      'How far a run has come, ending with its end. With the cursor of the last event seen, only what came after.',
    subscribe: ({ args, context }: { args: RunProgressArgs; context: Context }) =>
      context.services.runs.follow(...progressAfter(args, runEventCursor)),
  })
  runProgress(@Root() event: RunEvent, @Args() _: RunProgressArgs): RunEventType {
    return toRunEventType(event)
  }

  @FieldResolver(() => SymbolType, { description: 'The symbol it was about.' })
  symbol(@Root() { symbolId }: RunType, @Ctx() context: Context): Promise<SymbolType> {
    return symbolOf(symbolId, context)
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: 'The version it made or found; null where it failed.',
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
  @FieldResolver(() => RunType, { description: 'The run, as it is now.' })
  async run(@Root() { runId }: RunEventType, @Ctx() { services }: Context): Promise<RunType> {
    return toRunType(required(await services.runs.byId(runId), 'run'))
  }
}
