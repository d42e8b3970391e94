/** Queries for nights and the schedule, and the mutations that start and cancel a night, and pause and resume the schedule. */
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql'
import type { NightOutcomeStatus as OutcomeName } from '../../domain/nights/night-record.js'
import { MAX_REASON_LENGTH } from '../../domain/reason.js'
import type { Session } from '../../domain/calendar/session.js'
import { KospigraphError } from '../../errors.js'
import { NightOnRecordError } from '../../services/nights/schedule-nights.js'
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
  DormantSymbolType,
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

const SIMULATED = {
  defaultValue: false,
  description: 'True for the night of simulated symbols, false for the night of real ones.',
}

@Resolver(() => NightType)
export class NightResolver {
  @Query(() => Schedule, { description: 'Schedule of the nights, and whether it is paused.' })
  async schedule(@Ctx() { services }: Context): Promise<Schedule> {
    return services.scheduleNights.schedule()
  }

  @Query(() => NightType, {
    nullable: true,
    description: 'Night of a session; null if there is none.',
  })
  async night(
    @Ctx() { services }: Context,
    @Arg('session', () => LocalDate, { description: 'Session of the night.' }) session: Session,
    @Arg('simulated', () => Boolean, SIMULATED) simulated: boolean,
  ): Promise<NightType | null> {
    const night = await services.nights.night(session, simulated)
    return night ? toNightType(night) : null
  }

  @Query(() => NightConnection, { description: 'Nights, newest first, including skipped and missed ones.' })
  async nights(
    @Ctx() { services }: Context,
    @Args() page: PageArgs,
    @Arg('simulated', () => Boolean, {
      nullable: true,
      description:
        'True for nights of simulated symbols only, false for nights of real symbols only; all if omitted.',
    })
    simulated?: boolean | null,
  ): Promise<Connection<NightType>> {
    const found = await services.nights.nights(pageRequest(page, nightCursor), simulated ?? undefined)
    return toConnection(found, nightCursor, (night) => night, toNightType)
  }

  @Query(() => NightOutcomeConnection, {
    description: 'Outcomes of a night, by symbol and recipe.',
  })
  async nightOutcomes(
    @Ctx() { services }: Context,
    @Args() page: PageArgs,
    @Arg('session', () => LocalDate, { description: 'Session of the night.' })
    session: Session,
    @Arg('simulated', () => Boolean, SIMULATED) simulated: boolean,
    @Arg('status', () => NightOutcomeStatus, {
      nullable: true,
      description: 'Return only outcomes with this status.',
    })
    status?: OutcomeName | null,
  ): Promise<Connection<NightOutcomeType>> {
    const request = pageRequest(page, nightOutcomeCursor)
    const found = await services.nights.outcomes({ session, simulated, status: status ?? undefined }, request)
    return toConnection(found, nightOutcomeCursor, (outcome) => outcome, toNightOutcomeType)
  }

  @Mutation(() => NightType, {
    description:
      'Starts the night of the newest closed session, even if it was skipped, cancelled or failed. Returns a night that already runs. Refuses a night that is done or whose next session has opened.',
  })
  async runNightNow(@Ctx() { services }: Context): Promise<NightType> {
    const night = await services.scheduleNights.runNow().catch((cause: unknown) => {
      if (!(cause instanceof NightOnRecordError)) throw cause
      const message = `${cause.message}; nightOutcomes(session: "${cause.session}") lists its outcomes`
      throw new KospigraphError(cause.code, message, { cause })
    })
    return toNightType(night)
  }

  @Mutation(() => NightType, {
    description:
      'Cancels a night that runs or waits for bars. Workers stop within seconds, and issued forecasts stay. `runNightNow` can restart the night until the next session opens.',
  })
  async cancelNight(
    @Ctx() { services }: Context,
    @Arg('session', () => LocalDate, { description: 'Session of the night.' }) session: Session,
    @Arg('reason', () => String, {
      description: `Reason, kept with the night; from 1 to ${MAX_REASON_LENGTH} characters.`,
    })
    reason: string,
  ): Promise<NightType> {
    return toNightType(await services.scheduleNights.cancel(session, reason))
  }

  @Mutation(() => Schedule, {
    description: 'Pauses the schedule: nights are skipped until `resumeSchedule`.',
  })
  async pauseSchedule(
    @Ctx() { services }: Context,
    @Arg('reason', () => String, {
      description: `Reason, kept with the schedule and the skipped nights; from 1 to ${MAX_REASON_LENGTH} characters.`,
    })
    reason: string,
  ): Promise<Schedule> {
    return services.scheduleNights.pause(reason)
  }

  @Mutation(() => Schedule, {
    description: 'Resumes the schedule. Nights skipped in the meantime stay skipped.',
  })
  async resumeSchedule(@Ctx() { services }: Context): Promise<Schedule> {
    return services.scheduleNights.resume()
  }

  @FieldResolver(() => NightOutcomeCountsType, { description: 'Number of outcomes so far, by status.' })
  async counts(
    @Root() { session, simulated }: NightType,
    @Ctx() { loaders }: Context,
  ): Promise<NightOutcomeCountsType> {
    const loader = simulated ? loaders.simulatedNightCounts : loaders.nightCounts
    const { SUCCEEDED, FAILED, ALREADY_ISSUED, STALE } = await loader.load(session)
    return { succeeded: SUCCEEDED, failed: FAILED, alreadyIssued: ALREADY_ISSUED, stale: STALE }
  }
}

@Resolver(() => DormantSymbolType)
export class DormantSymbolResolver {
  @FieldResolver(() => SymbolType, { description: 'The symbol.' })
  symbol(@Root() { symbolId }: DormantSymbolType, @Ctx() context: Context): Promise<SymbolType> {
    return symbolOf(symbolId, context)
  }
}

@Resolver(() => NightOutcomeType)
export class NightOutcomeResolver {
  @FieldResolver(() => SymbolType, { description: 'Symbol of the outcome.' })
  symbol(@Root() { symbolId }: NightOutcomeType, @Ctx() context: Context): Promise<SymbolType> {
    return symbolOf(symbolId, context)
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: 'Model version that the night made or found; null if there is none.',
  })
  modelVersion(
    @Root() { modelVersionId }: NightOutcomeType,
    @Ctx() context: Context,
  ): Promise<ModelVersionType | null> {
    return modelVersionOf(modelVersionId, context)
  }

  @FieldResolver(() => ForecastType, {
    nullable: true,
    description: 'Issued forecast for the next session; null if there is none.',
  })
  forecast(@Root() { forecastId }: NightOutcomeType, @Ctx() context: Context): Promise<ForecastType | null> {
    return forecastOf(forecastId, context)
  }
}
