/** Queries for forecasts, and what belongs to one. */
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
    description:
      'The latest forecast of a symbol, as served, with its origin; null where nothing was fitted yet.',
  })
  async forecast(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, { description: 'Code of the symbol.' }) symbol: string,
  ): Promise<ForecastType | null> {
    const forecast = await services.forecasts.forecast(symbol)
    return forecast ? toForecastType(forecast) : null
  }

  @Query(() => ForecastConnection, { description: 'Forecasts of a symbol, latest session first.' })
  async forecasts(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, { description: 'Code of the symbol.' }) symbol: string,
    @Args() page: PageArgs,
    @Arg('from', () => LocalDate, { nullable: true, description: 'First target session.' })
    from?: Session | null,
    @Arg('to', () => LocalDate, { nullable: true, description: 'Last target session.' }) to?: Session | null,
  ): Promise<Connection<ForecastType>> {
    const range = { from: from ?? undefined, to: to ?? undefined }
    const found = await services.forecasts.forecasts(symbol, range, pageRequest(page, forecastCursor))
    return toConnection(found, forecastCursor, toForecastKey, toForecastType)
  }

  @Subscription(() => ForecastType, {
    description:
      'Every forecast issued from now on, before its session opens; replays of sessions that have opened are not told.',
    subscribe: ({ args, context }: { args: { symbol?: string | null }; context: Context }) =>
      context.services.forecasts.issued(args.symbol ?? undefined),
  })
  forecastIssued(
    @Root() forecast: Forecast,
    @Arg('symbol', () => ID, { nullable: true, description: 'Only those of this symbol.' })
    _symbol?: string | null,
  ): ForecastType {
    return toForecastType(forecast)
  }

  @FieldResolver(() => SymbolType, { description: 'The symbol it speaks of.' })
  symbol(@Root() { symbolId }: ForecastType, @Ctx() context: Context): Promise<SymbolType> {
    return symbolOf(symbolId, context)
  }

  @FieldResolver(() => [Candidate], {
    description: 'What every contender said, the one that serves included.',
  })
  async candidates(@Root() { id }: ForecastType, @Ctx() { loaders }: Context): Promise<Candidate[]> {
    return (await loaders.candidates.load(id)).map(toCandidate)
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: 'The version that serves; where persistence does, one that was fitted for it.',
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
    description: 'The version that said it; null for persistence.',
  })
  modelVersion(
    @Root() { modelVersionId }: Candidate,
    @Ctx() context: Context,
  ): Promise<ModelVersionType | null> {
    return modelVersionOf(modelVersionId, context)
  }
}
