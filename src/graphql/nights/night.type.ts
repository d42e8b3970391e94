/** The GraphQL types of nights, their outcomes and the schedule. */
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { DORMANT_REMEDY, DORMANT_SESSIONS, MAX_LISTED_DORMANT } from '../../domain/nights/dormant-symbols.js'
import type { DormantSymbols } from '../../domain/nights/dormant-symbols.js'
import { NIGHT_STATUSES } from '../../domain/nights/night.js'
import type { NightStatus as StatusName } from '../../domain/nights/night.js'
import { NIGHT_OUTCOME_STATUSES, NIGHT_TRIGGERS } from '../../domain/nights/night-record.js'
import type {
  NightKey,
  NightOutcome,
  NightOutcomeStatus as OutcomeName,
  NightRecord,
  NightTrigger as TriggerName,
} from '../../domain/nights/night-record.js'
import { isLocalDate } from '../../domain/calendar/session.js'
import type { Session } from '../../domain/calendar/session.js'
import type { OutcomeCursor } from '../../services/nights/nights.js'
import { connectionType, cursorCodec, edgeType } from '../connection.js'
import { enumOf } from '../enum.js'
import { readKeyNumber } from '../id.js'
import { DateTime, LocalDate } from '../scalars.js'

export const NightStatus = enumOf(NIGHT_STATUSES)
registerEnumType(NightStatus, {
  name: 'NightStatus',
  description: 'Status of a night.',
  valuesConfig: {
    RUNNING: { description: 'The night has started, and its jobs are queued or running.' },
    STALE: {
      description:
        'Bars of the session are missing. The night tries again at `nextTryAt`; without it, the bars never arrived.',
    },
    SUCCEEDED: { description: 'Every symbol has an outcome, and at least one has a forecast.' },
    FAILED: { description: 'No symbol was fitted, or the job failed in all of its attempts.' },
    MISSED: {
      description:
        'The night did not run before the next session opened. Its forecasts are not issued later.',
    },
    SKIPPED: { description: 'There was nothing to do, or the schedule was paused.' },
    CANCELLED: { description: 'A person cancelled the night. Its issued forecasts stay.' },
  },
})

export const NightTrigger = enumOf(NIGHT_TRIGGERS)
registerEnumType(NightTrigger, {
  name: 'NightTrigger',
  description: 'Trigger of a night.',
  valuesConfig: {
    SCHEDULE: { description: 'The schedule started the night on time.' },
    CATCH_UP: { description: 'A scheduler started late and caught up on the night.' },
    MANUAL: {
      description: 'A person or a program started the night, with `runNightNow` or `kospigraph night`.',
    },
  },
})

export const NightOutcomeStatus = enumOf(NIGHT_OUTCOME_STATUSES)
registerEnumType(NightOutcomeStatus, {
  name: 'NightOutcomeStatus',
  description: 'Status of the outcome for one symbol and recipe.',
  valuesConfig: {
    SUCCEEDED: {
      description: 'The night made a model version and issued the forecast for the next session.',
    },
    FAILED: { description: 'The fit failed, and the error is stored. Persistence serves the symbol.' },
    ALREADY_ISSUED: {
      description:
        'The night made a model version. The forecast had already been issued by a manual retrain and stays.',
    },
    STALE: {
      description:
        'The bar of the session did not arrive in time, so there is neither a version nor a forecast.',
    },
  },
})

@ObjectType('NightOutcomeCounts', { description: 'Number of outcomes of a night so far, by status.' })
export class NightOutcomeCountsType {
  @Field(() => Int, { description: 'Outcomes with a model version and a forecast issued by the night.' })
  succeeded!: number

  @Field(() => Int, { description: 'Outcomes whose fit failed.' })
  failed!: number

  @Field(() => Int, { description: 'Outcomes with a model version whose forecast had already been issued.' })
  alreadyIssued!: number

  @Field(() => Int, { description: 'Outcomes without a bar of the session.' })
  stale!: number
}

@ObjectType('DormantSymbol', { description: 'A symbol that a night left out because its bars ended.' })
export class DormantSymbolType {
  symbolId!: number

  @Field(() => LocalDate, { description: 'Session of its newest bar up to the session of the night.' })
  lastSession!: Session
}

@ObjectType('DormantSymbols', {
  description: `Real symbols that a night left out because their newest bar was more than ${DORMANT_SESSIONS} sessions old.`,
})
export class DormantSymbolsType {
  @Field(() => Int, { description: 'Number of symbols left out.' })
  count!: number

  @Field(() => [DormantSymbolType], {
    description: `The ${MAX_LISTED_DORMANT} whose bars ended last, newest first.`,
  })
  listed!: readonly DormantSymbolType[]

  @Field(() => String, {
    nullable: true,
    description: 'Remedy that brings forecasts back; null where no symbol was left out.',
  })
  remedy!: string | null
}

@ObjectType('Night', {
  description:
    'One retraining of every real symbol, or of every simulated one. Each session has at most one night of each kind.',
})
export class NightType {
  @Field(() => LocalDate, {
    description: 'Session of the night. For a night skipped on a day without a session, that day.',
  })
  session!: Session

  @Field({
    description:
      'True for a night over the simulated sample market. Its times are those of a simulated clock. A night of real symbols is false.',
  })
  simulated!: boolean

  @Field(() => NightStatus, { description: 'Status of the night.' })
  status!: StatusName

  @Field(() => NightTrigger, { description: 'Trigger of the night.' })
  trigger!: TriggerName

  @Field(() => String, {
    nullable: true,
    description:
      'Reason why the night was skipped, missed, cancelled or failed, or why it waits; null for other nights.',
  })
  reason!: string | null

  @Field(() => [String], { description: 'Recipes that are fitted to every symbol.' })
  recipes!: readonly string[]

  @Field(() => Int, {
    nullable: true,
    description:
      'Number of expected outcomes, one for each symbol and recipe; null until the night is planned.',
  })
  expected!: number | null

  @Field(() => DormantSymbolsType, {
    nullable: true,
    description: 'Symbols left out because their bars ended; null until the night has been planned.',
  })
  dormant!: DormantSymbolsType | null

  @Field(() => DateTime, { description: 'Time of the request.' })
  requestedAt!: Date

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time at which a worker first started the night; null until then.',
  })
  startedAt!: Date | null

  @Field(() => DateTime, { nullable: true, description: 'Time at which the night ended; null until then.' })
  finishedAt!: Date | null

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Time of the next attempt if bars are missing: 20:15, 07:00 or, with a provider that publishes on the next morning, 08:40 in Korea. Null if no attempt is planned.',
  })
  nextTryAt!: Date | null
}

@ObjectType({ description: 'A night with its cursor.' })
export class NightEdge extends edgeType(NightType) {}

@ObjectType({ description: 'A page of nights, newest first.' })
export class NightConnection extends connectionType(NightEdge) {}

export const nightCursor = cursorCodec<NightKey>(
  'night',
  ({ session, simulated }) => [session, String(simulated)],
  ([session = '', simulated = '']) =>
    isLocalDate(session) && /^(true|false)$/.test(simulated)
      ? { session, simulated: simulated === 'true' }
      : undefined,
)

export function toNightType({ dormant, ...night }: NightRecord): NightType {
  return Object.assign(new NightType(), night, { dormant: dormant && toDormantSymbolsType(dormant) })
}

function toDormantSymbolsType({ count, listed }: DormantSymbols): DormantSymbolsType {
  return Object.assign(new DormantSymbolsType(), {
    count,
    listed: listed.map((symbol) => Object.assign(new DormantSymbolType(), symbol)),
    remedy: count === 0 ? null : DORMANT_REMEDY,
  })
}

@ObjectType('NightOutcome', { description: 'Outcome of a night for one symbol and recipe.' })
export class NightOutcomeType {
  symbolId!: number
  modelVersionId!: string | null
  forecastId!: string | null

  @Field({ description: 'Name of the recipe.' })
  recipe!: string

  @Field(() => NightOutcomeStatus, { description: 'Status of the outcome.' })
  status!: OutcomeName

  @Field(() => String, {
    nullable: true,
    description: 'Stable code of the error; null if a model version was made.',
  })
  errorCode!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Message of the error; null if a model version was made.',
  })
  errorMessage!: string | null

  @Field(() => DateTime, { description: 'Time at which the outcome was recorded.' })
  at!: Date
}

@ObjectType({ description: 'An outcome of a night with its cursor.' })
export class NightOutcomeEdge extends edgeType(NightOutcomeType) {}

@ObjectType({ description: 'A page of outcomes of a night, ordered by symbol and recipe.' })
export class NightOutcomeConnection extends connectionType(NightOutcomeEdge) {}

export const nightOutcomeCursor = cursorCodec<OutcomeCursor>(
  'nightOutcome',
  ({ symbolId, recipeName }) => [String(symbolId), recipeName],
  ([symbolKey, recipeName = '']) => {
    const symbolId = readKeyNumber(symbolKey)
    return symbolId === undefined || recipeName === '' ? undefined : { symbolId, recipeName }
  },
)

export function toNightOutcomeType({ recipeName, ...outcome }: NightOutcome): NightOutcomeType {
  return Object.assign(new NightOutcomeType(), outcome, { recipe: recipeName })
}

@ObjectType({ description: 'Schedule of the nights.' })
export class Schedule {
  @Field({ description: 'Cron expression: minute, hour, day of month, month and day of week.' })
  expression!: string

  @Field({ description: 'Time zone of the expression.' })
  timeZone!: string

  @Field(() => [String], { description: 'Recipes that each night fits to every symbol.' })
  recipes!: readonly string[]

  @Field({ description: 'Whether the schedule is paused. Nights are then skipped until `resumeSchedule`.' })
  paused!: boolean

  @Field(() => String, {
    nullable: true,
    description: 'Reason of the pause; null if the schedule is not paused.',
  })
  pausedReason!: string | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time of the next night; null if the expression never matches.',
  })
  nextRun!: Date | null
}
