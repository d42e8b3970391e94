/** Adds its forecast and the prediction of its model version to a run. */
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
    description: 'Forecast that the run made or found; null unless it succeeded.',
  })
  forecast(@Root() { forecastId }: RunType, @Ctx() context: Context): Promise<ForecastType | null> {
    return forecastOf(forecastId, context)
  }

  @FieldResolver(() => Candidate, {
    nullable: true,
    description:
      'Prediction of the model version for the target session, even if the forecast was issued earlier; null unless the run succeeded.',
  })
  async prediction(
    @Root() { modelVersionId, forecastId }: RunType,
    @Ctx() { loaders }: Context,
  ): Promise<Candidate | null> {
    if (modelVersionId === null || forecastId === null) return null
    const [prediction, forecast] = await Promise.all([
      loaders.runPrediction.load({ modelVersionId, forecastId }),
      loaders.forecast.load(forecastId),
    ])
    return toCandidate(required(prediction, 'prediction'), required(forecast, 'forecast'))
  }
}
