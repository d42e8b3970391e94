/** Queries for forecasts, the subscription to issued ones, and the relations of a forecast. */
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root, Subscription } from 'type-graphql'
import type { Forecast } from '../../domain/forecasts/forecast.js'
import type { Session } from '../../domain/calendar/session.js'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import type { Context } from '../context.js'
import { ModelVersionType } from '../models/model-version.type.js'
import { modelVersionOf } from '../models/model-version.relation.js'
import { symbolOf } from '../bars/symbol.relation.js'
import { LocalDate } from '../scalars.js'
import { SymbolType } from '../bars/symbol.type.js'
import {
  Candidate,
  ForecastConnection,
  ForecastType,
  forecastCursor,
  toCandidate,
  toForecastKey,
  toForecastType,
} from './forecast.type.js'

@Resolver(() => ForecastType)
export class ForecastResolver {
  @Query(() => ForecastType, {
    nullable: true,
    description: 'Latest forecast of a symbol, issued or replayed; null if there is none.',
  })
  async forecast(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, { description: 'Code of the symbol.' }) symbol: string,
  ): Promise<ForecastType | null> {
    const forecast = await services.forecasts.forecast(symbol)
    return forecast ? toForecastType(forecast) : null
  }

  @Query(() => ForecastConnection, { description: 'Forecasts of a symbol, latest target session first.' })
  async forecasts(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, { description: 'Code of the symbol.' }) symbol: string,
    @Args() page: PageArgs,
    @Arg('from', () => LocalDate, {
      nullable: true,
      description: 'First target session; without it, from the oldest.',
    })
    from?: Session | null,
    @Arg('to', () => LocalDate, {
      nullable: true,
      description: 'Last target session; without it, up to the newest.',
    })
    to?: Session | null,
  ): Promise<Connection<ForecastType>> {
    const range = { from: from ?? undefined, to: to ?? undefined }
    const found = await services.forecasts.forecasts(symbol, range, pageRequest(page, forecastCursor))
    return toConnection(found, forecastCursor, toForecastKey, toForecastType)
  }

  @Subscription(() => ForecastType, {
    description: 'Sends every forecast issued from now on. Replays are not sent.',
    subscribe: ({ args, context }: { args: { symbol?: string | null }; context: Context }) =>
      context.services.forecasts.issued(args.symbol ?? undefined),
  })
  forecastIssued(
    @Root() forecast: Forecast,
    @Arg('symbol', () => ID, {
      nullable: true,
      description: 'Send only forecasts of this symbol; without it, of every symbol.',
    })
    _symbol?: string | null,
  ): ForecastType {
    return toForecastType(forecast)
  }

  @FieldResolver(() => SymbolType, { description: 'Symbol of the forecast.' })
  symbol(@Root() { symbolId }: ForecastType, @Ctx() context: Context): Promise<SymbolType> {
    return symbolOf(symbolId, context)
  }

  @FieldResolver(() => [Candidate], {
    description: 'Predictions of all contenders, including the serving one.',
  })
  async candidates(@Root() { id, prices }: ForecastType, @Ctx() { loaders }: Context): Promise<Candidate[]> {
    return (await loaders.candidates.load(id)).map((prediction) => toCandidate(prediction, prices))
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description:
      'Model version that serves. If persistence serves, a version that was fitted for this forecast; null if there is none.',
  })
  modelVersion(
    @Root() { modelVersionId }: ForecastType,
    @Ctx() context: Context,
  ): Promise<ModelVersionType | null> {
    return modelVersionOf(modelVersionId, context)
  }
}

@Resolver(() => Candidate)
export class CandidateResolver {
  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: 'Model version that made the prediction; null for persistence.',
  })
  modelVersion(
    @Root() { modelVersionId }: Candidate,
    @Ctx() context: Context,
  ): Promise<ModelVersionType | null> {
    return modelVersionOf(modelVersionId, context)
  }
}
