/** A run as clients see it. */
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import type { VersionOrigin as OriginName } from '../../domain/models/model-version.js'
import { isId } from '../../domain/id.js'
import { RUN_KINDS, RUN_STATUSES } from '../../domain/models/run.js'
import type { Run, RunKind as KindName, RunStatus as StatusName } from '../../domain/models/run.js'
import type { Session } from '../../domain/calendar/session.js'
import type { RunCursor } from '../../services/models/runs.js'
import { connectionType, cursorCodec, edgeType } from '../connection.js'
import { enumOf } from '../enum.js'
import { isInstant } from '../id.js'
import { VersionOrigin } from './model-version.type.js'
import { DateTime, LocalDate } from '../scalars.js'

export const RunKind = enumOf(RUN_KINDS)
registerEnumType(RunKind, {
  name: 'RunKind',
  description: 'What a run does.',
  valuesConfig: { RETRAIN: { description: 'Fits one recipe to one symbol and forecasts its next session.' } },
})

export const RunStatus = enumOf(RUN_STATUSES)
registerEnumType(RunStatus, {
  name: 'RunStatus',
  description: 'How far a run has come.',
  valuesConfig: {
    QUEUED: { description: 'It waits for a worker.' },
    RUNNING: { description: 'A worker has taken it up.' },
    SUCCEEDED: { description: 'Version and forecast are stored.' },
    FAILED: { description: 'Nothing but the reason is stored.' },
  },
})

@ObjectType('Run', { description: 'One execution of a task and its outcome.' })
export class RunType {
  /** For relations; none is a field. */
  symbolId!: number
  modelVersionId!: string | null
  forecastId!: string | null

  @Field(() => ID, { description: 'Its id.' })
  id!: string

  @Field(() => RunKind, { description: 'What it does.' })
  kind!: KindName

  @Field(() => RunStatus, { description: 'How far it has come.' })
  status!: StatusName

  @Field(() => VersionOrigin, { description: 'What asked for it.' })
  origin!: OriginName

  @Field({ description: 'Name of the recipe.' })
  recipe!: string

  @Field(() => Int, { description: 'Seed of the fit.' })
  seed!: number

  @Field(() => LocalDate, {
    nullable: true,
    description: 'The last session that the fit was allowed to see, where one was given.',
  })
  asOfSession!: Session | null

  @Field(() => String, {
    nullable: true,
    description: 'What executed its fits, chosen once for the run; null before that.',
  })
  engine!: string | null

  @Field(() => String, { nullable: true, description: 'What the engine ran on.' })
  device!: string | null

  @Field(() => String, { nullable: true, description: 'Why that engine.' })
  engineReason!: string | null

  @Field(() => DateTime, { description: 'When it was asked for.' })
  requestedAt!: Date

  @Field(() => DateTime, {
    nullable: true,
    description: 'When a worker last began it; null while it is queued.',
  })
  startedAt!: Date | null

  @Field(() => DateTime, { nullable: true, description: 'When it ended, for good or not; null before that.' })
  finishedAt!: Date | null

  @Field(() => String, { nullable: true, description: 'Why it failed, as a stable code.' })
  errorCode!: string | null

  @Field(() => String, { nullable: true, description: 'Why it failed, in words.' })
  errorMessage!: string | null

  @Field({ description: 'Whether it made the version; an identical retrain finds it there.' })
  versionCreated!: boolean

  @Field({ description: 'Whether it made the forecast; one issued before for the same session stands.' })
  forecastCreated!: boolean
}

@ObjectType({ description: 'A run in a list.' })
export class RunEdge extends edgeType(RunType) {}

@ObjectType({ description: 'A page of runs, newest first.' })
export class RunConnection extends connectionType(RunEdge) {}

export const runCursor = cursorCodec<RunCursor>(
  'run',
  ({ requestedAt, id }) => [requestedAt, id],
  ([requestedAt = '', id = '']) => (isInstant(requestedAt) && isId(id) ? { requestedAt, id } : undefined),
)

export function toRunKey({ requestedAt, id }: Run): RunCursor {
  return { requestedAt: requestedAt.toISOString(), id }
}

export function toRunType({ recipeName, ...run }: Run): RunType {
  return Object.assign(new RunType(), run, { recipe: recipeName })
}
