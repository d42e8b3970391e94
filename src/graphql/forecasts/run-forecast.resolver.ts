/** What forecasts add to a run: the one that it made or found, and its own version's prediction. */
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { required } from '../context.js'
import type { Context } from '../context.js'
import { RunType } from '../models/run.type.js'
import { forecastOf } from './forecast.relation.js'
import { Candidate, ForecastType, toCandidate } from './forecast.type.js'

@Resolver(() => RunType)
export class RunForecastResolver {
  @FieldResolver(() => ForecastType, {
    nullable: true,
    description: 'The forecast it made or found; null where it failed.',
  })
  forecast(@Root() { forecastId }: RunType, @Ctx() context: Context): Promise<ForecastType | null> {
    return forecastOf(forecastId, context)
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
