/** Queries for nights and the schedule, and the mutations that begin a night, pause the schedule and resume it. */
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql'
import type { NightOutcomeStatus as OutcomeName } from '../../domain/nights/night-record.js'
import type { Session } from '../../domain/calendar/session.js'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import type { Context } from '../context.js'
import { ForecastType } from '../forecasts/forecast.type.js'
import { ModelVersionType } from '../models/model-version.type.js'
import { forecastOf } from '../forecasts/forecast.relation.js'
import { modelVersionOf } from '../models/model-version.relation.js'
import { symbolOf } from '../bars/symbol.relation.js'
import { LocalDate } from '../scalars.js'
import { SymbolType } from '../bars/symbol.type.js'
import {
  NightConnection,
  NightOutcomeConnection,
  NightOutcomeCountsType,
  NightOutcomeStatus,
  NightOutcomeType,
  NightType,
  Schedule,
  nightCursor,
  nightOutcomeCursor,
  toNightOutcomeType,
  toNightType,
} from './night.type.js'

@Resolver(() => NightType)
export class NightResolver {
  @Query(() => Schedule, { description: 'When nights begin, and whether they do.' })
  async schedule(@Ctx() { services }: Context): Promise<Schedule> {
    return services.scheduleNights.schedule()
  }

  @Query(() => NightType, {
    nullable: true,
    description: 'The night of a session; null where there is none.',
  })
  async night(
    @Ctx() { services }: Context,
    @Arg('session', () => LocalDate, { description: 'The session it is about.' }) session: Session,
  ): Promise<NightType | null> {
    const night = await services.nights.night(session)
    return night ? toNightType(night) : null
  }

  @Query(() => NightConnection, { description: 'Nights, newest first; skipped and missed ones too.' })
  async nights(@Ctx() { services }: Context, @Args() page: PageArgs): Promise<Connection<NightType>> {
    const found = await services.nights.nights(pageRequest(page, nightCursor))
    return toConnection(found, nightCursor, ({ session }) => session, toNightType)
  }

  @Query(() => NightOutcomeConnection, {
    description: 'What a night came to, symbol by symbol; a failure carries its reason.',
  })
  async nightOutcomes(
    @Ctx() { services }: Context,
    @Args() page: PageArgs,
    @Arg('session', () => LocalDate, { description: 'The session that the night is about.' })
    session: Session,
    @Arg('status', () => NightOutcomeStatus, { nullable: true, description: 'Only these.' })
    status?: OutcomeName | null,
  ): Promise<Connection<NightOutcomeType>> {
    const request = pageRequest(page, nightOutcomeCursor)
    const found = await services.nights.outcomes({ session, status: status ?? undefined }, request)
    return toConnection(found, nightOutcomeCursor, (outcome) => outcome, toNightOutcomeType)
  }

  @Mutation(() => NightType, {
    description:
      'Begins the night of the newest session that has closed, also where it was skipped, cancelled or failed; a worker does it. Gives the one that runs, and refuses one that has been done or whose next session has opened.',
  })
  async runNightNow(@Ctx() { services }: Context): Promise<NightType> {
    return toNightType(await services.scheduleNights.runNow())
  }

  @Mutation(() => NightType, {
    description:
      'Ends a night that runs or waits for bars, with the reason: its waiting jobs are taken away, and workers that are at it stop within seconds and write no more outcomes. Forecasts already issued stand; `runNightNow` may begin it again until the next session opens. One that has ended is refused.',
  })
  async cancelNight(
    @Ctx() { services }: Context,
    @Arg('session', () => LocalDate, { description: 'The session it is about.' }) session: Session,
    @Arg('reason', () => String, { description: 'Why, for people who wonder later.' }) reason: string,
  ): Promise<NightType> {
    return toNightType(await services.scheduleNights.cancel(session, reason))
  }

  @Mutation(() => Schedule, {
    description: 'Lets nights be skipped, with the reason, until they are resumed.',
  })
  async pauseSchedule(
    @Ctx() { services }: Context,
    @Arg('reason', () => String, { description: 'Why, for people who wonder later.' }) reason: string,
  ): Promise<Schedule> {
    return services.scheduleNights.pause(reason)
  }

  @Mutation(() => Schedule, { description: 'Lets nights begin again; what was skipped stays skipped.' })
  async resumeSchedule(@Ctx() { services }: Context): Promise<Schedule> {
    return services.scheduleNights.resume()
  }

  @FieldResolver(() => NightOutcomeCountsType, { description: 'What it has come to so far.' })
  async counts(@Root() { session }: NightType, @Ctx() { loaders }: Context): Promise<NightOutcomeCountsType> {
    const { SUCCEEDED, FAILED, ALREADY_ISSUED, STALE } = await loaders.nightCounts.load(session)
    return { succeeded: SUCCEEDED, failed: FAILED, alreadyIssued: ALREADY_ISSUED, stale: STALE }
  }
}

@Resolver(() => NightOutcomeType)
export class NightOutcomeResolver {
  @FieldResolver(() => SymbolType, { description: 'The symbol.' })
  symbol(@Root() { symbolId }: NightOutcomeType, @Ctx() context: Context): Promise<SymbolType> {
    return symbolOf(symbolId, context)
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: 'The version it made or found; null where it failed.',
  })
  modelVersion(
    @Root() { modelVersionId }: NightOutcomeType,
    @Ctx() context: Context,
  ): Promise<ModelVersionType | null> {
    return modelVersionOf(modelVersionId, context)
  }

  @FieldResolver(() => ForecastType, {
    nullable: true,
    description: 'The forecast of the next session that stands; null where none was issued.',
  })
  forecast(@Root() { forecastId }: NightOutcomeType, @Ctx() context: Context): Promise<ForecastType | null> {
    return forecastOf(forecastId, context)
  }
}
