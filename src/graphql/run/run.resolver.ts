/** Queries for runs, and the mutation that makes one. */
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import { required } from '../context.js'
import type { Context } from '../context.js'
import { Candidate, ForecastType, toCandidate, toForecastType } from '../forecast/forecast.type.js'
import { requireId } from '../id.js'
import { ModelVersionType, toModelVersionType } from '../model-version/model-version.type.js'
import { SymbolType, toSymbolType } from '../symbol/symbol.type.js'
import { RetrainInput } from './run.input.js'
import { RunConnection, RunType, runCursor, toRunKey, toRunType } from './run.type.js'

@Resolver(() => RunType)
export class RunResolver {
  @Query(() => RunType, { nullable: true, description: 'One run; null where there is none.' })
  async run(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<RunType | null> {
    const run = await services.models.run(requireId(id))
    return run ? toRunType(run) : null
  }

  @Query(() => RunConnection, { description: 'Runs, newest first.' })
  async runs(@Ctx() { services }: Context, @Args() page: PageArgs): Promise<Connection<RunType>> {
    const found = await services.models.runs(pageRequest(page, runCursor))
    return toConnection(found, runCursor, toRunKey, toRunType)
  }

  @Mutation(() => RunType, {
    description:
      'Fits a recipe to the newest training window of a symbol, stores the version and issues the forecast for the next session. A fit that cannot be made comes back as a failed run.',
  })
  async retrain(
    @Ctx() { services }: Context,
    @Arg('input', () => RetrainInput, { description: 'What to fit.' }) input: RetrainInput,
  ): Promise<RunType> {
    const { symbol, recipe, seed, asOfSession } = input
    const run = await services.retrain({
      symbol,
      recipe,
      seed,
      asOfSession: asOfSession ?? undefined,
      origin: 'MANUAL',
    })
    return toRunType(run)
  }

  @FieldResolver(() => SymbolType, { description: 'The symbol it was about.' })
  async symbol(@Root() { symbolId }: RunType, @Ctx() { loaders }: Context): Promise<SymbolType> {
    return toSymbolType(required(await loaders.symbol.load(symbolId), 'symbol'))
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: 'The version it made or found; null where it failed.',
  })
  async modelVersion(
    @Root() { modelVersionId }: RunType,
    @Ctx() { loaders }: Context,
  ): Promise<ModelVersionType | null> {
    if (modelVersionId === null) return null
    return toModelVersionType(required(await loaders.modelVersion.load(modelVersionId), 'model version'))
  }

  @FieldResolver(() => ForecastType, {
    nullable: true,
    description: 'The forecast it made or found; null where it failed.',
  })
  async forecast(@Root() { forecastId }: RunType, @Ctx() { loaders }: Context): Promise<ForecastType | null> {
    if (forecastId === null) return null
    return toForecastType(required(await loaders.forecast.load(forecastId), 'forecast'))
  }

  @FieldResolver(() => Candidate, {
    nullable: true,
    description:
      'What its version says of the same session, also where the forecast was issued before; null where it failed.',
  })
  async prediction(
    @Root() { modelVersionId, forecastId }: RunType,
    @Ctx() { loaders }: Context,
  ): Promise<Candidate | null> {
    if (modelVersionId === null || forecastId === null) return null
    return toCandidate(
      required(await loaders.runPrediction.load({ modelVersionId, forecastId }), 'prediction'),
    )
  }
}
