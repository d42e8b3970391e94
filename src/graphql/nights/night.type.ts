/** Nights, what they came to, and the schedule, as clients see them. */
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { NIGHT_STATUSES } from '../../domain/nights/night.js'
import type { NightStatus as StatusName } from '../../domain/nights/night.js'
import { NIGHT_OUTCOME_STATUSES, NIGHT_TRIGGERS } from '../../domain/nights/night-record.js'
import type {
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
import { DateTime, LocalDate } from '../scalars.js'

export const NightStatus = enumOf(NIGHT_STATUSES)
registerEnumType(NightStatus, {
  name: 'NightStatus',
  description: 'How far a night has come.',
  valuesConfig: {
    RUNNING: { description: 'It has begun, and its jobs wait for workers or are at work.' },
    STALE: {
      description: 'Bars of its session are not there: it looks again at `nextTryAt`, or none ever came.',
    },
    SUCCEEDED: { description: 'Every symbol has come to an end, and at least one has its forecast.' },
    FAILED: { description: 'No symbol has been fitted, or it was given up.' },
    MISSED: {
      description: 'Nothing ran it before the next session opened; its forecasts are never made up for.',
    },
    SKIPPED: { description: 'There was nothing to do, or the schedule was paused.' },
    CANCELLED: { description: 'Somebody ended it before it was done; forecasts that it had issued stand.' },
  },
})

export const NightTrigger = enumOf(NIGHT_TRIGGERS)
registerEnumType(NightTrigger, {
  name: 'NightTrigger',
  description: 'What began a night.',
  valuesConfig: {
    SCHEDULE: { description: 'The schedule, at its time.' },
    CATCH_UP: { description: 'A scheduler that found it undone when it started.' },
    MANUAL: { description: 'A person or a program, by `runNightNow` or `kospigraph night`.' },
  },
})

export const NightOutcomeStatus = enumOf(NIGHT_OUTCOME_STATUSES)
registerEnumType(NightOutcomeStatus, {
  name: 'NightOutcomeStatus',
  description: 'What a night came to for one symbol and recipe.',
  valuesConfig: {
    SUCCEEDED: { description: 'A version, and the forecast for the next session.' },
    FAILED: { description: 'No version, and why; persistence serves the symbol.' },
    ALREADY_ISSUED: {
      description: 'A version; the forecast had been issued by a manual retrain, and stands.',
    },
    STALE: { description: 'The bar of the session did not come in time: neither a version nor a forecast.' },
  },
})

@ObjectType('NightOutcomeCounts', { description: 'Outcomes of a night so far.' })
export class NightOutcomeCountsType {
  @Field(() => Int, { description: 'With a version and the forecast.' })
  succeeded!: number

  @Field(() => Int, { description: 'Without a version.' })
  failed!: number

  @Field(() => Int, { description: 'With a version, where the forecast stood before.' })
  alreadyIssued!: number

  @Field(() => Int, { description: 'Without the bar of the session.' })
  stale!: number
}

@ObjectType('Night', { description: 'One scheduled retraining of every symbol; there is one a session.' })
export class NightType {
  @Field(() => LocalDate, { description: 'The session it is about, or the day that was no session.' })
  session!: Session

  @Field(() => NightStatus, { description: 'How far it has come.' })
  status!: StatusName

  @Field(() => NightTrigger, { description: 'What began it.' })
  trigger!: TriggerName

  @Field(() => String, {
    nullable: true,
    description: 'Why it was skipped, missed, cancelled or failed, or what it waits for.',
  })
  reason!: string | null

  @Field(() => [String], { description: 'Recipes fitted to every symbol.' })
  recipes!: readonly string[]

  @Field(() => Int, {
    nullable: true,
    description: 'Outcomes that end it, one for each symbol and recipe; null until they have been counted.',
  })
  expected!: number | null

  @Field(() => DateTime, { description: 'When it was asked for.' })
  requestedAt!: Date

  @Field(() => DateTime, { nullable: true, description: 'When a worker first began it.' })
  startedAt!: Date | null

  @Field(() => DateTime, { nullable: true, description: 'When it ended; null before that.' })
  finishedAt!: Date | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it looks again for bars that were not there: at 20:00 and at 07:00 in Korea.',
  })
  nextTryAt!: Date | null
}

@ObjectType({ description: 'A night in a list.' })
export class NightEdge extends edgeType(NightType) {}

@ObjectType({ description: 'A page of nights, newest first.' })
export class NightConnection extends connectionType(NightEdge) {}

export const nightCursor = cursorCodec<Session>(
  'night',
  (session) => [session],
  ([session = '']) => (isLocalDate(session) ? session : undefined),
)

export function toNightType(night: NightRecord): NightType {
  return Object.assign(new NightType(), night)
}

@ObjectType('NightOutcome', { description: 'What a night came to for one symbol and recipe.' })
export class NightOutcomeType {
  symbolId!: number
  modelVersionId!: string | null
  forecastId!: string | null

  @Field({ description: 'Name of the recipe.' })
  recipe!: string

  @Field(() => NightOutcomeStatus, { description: 'What it came to.' })
  status!: OutcomeName

  @Field(() => String, { nullable: true, description: 'Why there is no version, as a stable code.' })
  errorCode!: string | null

  @Field(() => String, { nullable: true, description: 'Why there is no version, in words.' })
  errorMessage!: string | null

  @Field(() => DateTime, { description: 'When it was recorded.' })
  at!: Date
}

@ObjectType({ description: 'An outcome of a night in a list.' })
export class NightOutcomeEdge extends edgeType(NightOutcomeType) {}

@ObjectType({ description: 'A page of outcomes of a night, symbol by symbol.' })
export class NightOutcomeConnection extends connectionType(NightOutcomeEdge) {}

const LARGEST_ID = 2_147_483_647

export const nightOutcomeCursor = cursorCodec<OutcomeCursor>(
  'nightOutcome',
  ({ symbolId, recipeName }) => [String(symbolId), recipeName],
  ([symbolId = '', recipeName = '']) =>
    /^\d{1,10}$/.test(symbolId) && Number(symbolId) <= LARGEST_ID && recipeName !== ''
      ? { symbolId: Number(symbolId), recipeName }
      : undefined,
)

export function toNightOutcomeType({ recipeName, ...outcome }: NightOutcome): NightOutcomeType {
  return Object.assign(new NightOutcomeType(), outcome, { recipe: recipeName })
}

@ObjectType({ description: 'When nights begin.' })
export class Schedule {
  @Field({ description: 'Minute, hour, day of month, month and day of week, as in cron.' })
  expression!: string

  @Field({ description: 'What the expression is meant in.' })
  timeZone!: string

  @Field(() => [String], { description: 'Recipes that nights fit to every symbol.' })
  recipes!: readonly string[]

  @Field({ description: 'Whether nights are skipped until somebody resumes the schedule.' })
  paused!: boolean

  @Field(() => String, { nullable: true, description: 'Why it is paused.' })
  pausedReason!: string | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'When a scheduler next asks for a night; null where the expression names no moment.',
  })
  nextRun!: Date | null
}
