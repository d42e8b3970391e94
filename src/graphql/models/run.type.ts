/** The GraphQL types of runs. */
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
  description: 'Kind of a run.',
  valuesConfig: { RETRAIN: { description: 'Fits one recipe to one symbol and forecasts its next session.' } },
})

export const RunStatus = enumOf(RUN_STATUSES)
registerEnumType(RunStatus, {
  name: 'RunStatus',
  description: 'Status of a run.',
  valuesConfig: {
    QUEUED: { description: 'The run waits for a worker.' },
    RUNNING: { description: 'A worker executes the run.' },
    SUCCEEDED: { description: 'The model version and the forecast are stored.' },
    FAILED: { description: 'The run failed. Only its error is stored.' },
  },
})

@ObjectType('Run', { description: 'One execution of a task, and its outcome.' })
export class RunType {
  /** Used by relations; not fields. */
  symbolId!: number
  modelVersionId!: string | null
  forecastId!: string | null

  @Field(() => ID, { description: 'Id of the run.' })
  id!: string

  @Field(() => RunKind, { description: 'Kind of the run.' })
  kind!: KindName

  @Field(() => RunStatus, { description: 'Status of the run.' })
  status!: StatusName

  @Field(() => VersionOrigin, { description: 'Origin of the run.' })
  origin!: OriginName

  @Field({ description: 'Name of the recipe.' })
  recipe!: string

  @Field(() => Int, { description: 'Seed of the fit.' })
  seed!: number

  @Field(() => LocalDate, {
    nullable: true,
    description: 'Last session that the fit may see; null if none was given.',
  })
  asOfSession!: Session | null

  @Field(() => String, {
    nullable: true,
    description: 'Engine that executes the fits, `wasm` or `tensorflow`; null until it is chosen.',
  })
  engine!: string | null

  @Field(() => String, { nullable: true, description: 'Device of the engine; null until it is chosen.' })
  device!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Reason for the choice of the engine; null until it is chosen.',
  })
  engineReason!: string | null

  @Field(() => DateTime, { description: 'Time of the request.' })
  requestedAt!: Date

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time at which a worker last started the run; null while it is queued.',
  })
  startedAt!: Date | null

  @Field(() => DateTime, { nullable: true, description: 'Time at which the run ended; null until then.' })
  finishedAt!: Date | null

  @Field(() => String, {
    nullable: true,
    description: 'Stable code of the failure; null unless the run failed.',
  })
  errorCode!: string | null

  @Field(() => String, { nullable: true, description: 'Message of the failure; null unless the run failed.' })
  errorMessage!: string | null

  @Field({
    description: 'Whether the run made the version. False if an identical retrain had already stored it.',
  })
  versionCreated!: boolean

  @Field({
    description:
      'Whether the run made the forecast. False if a forecast for the session had already been issued.',
  })
  forecastCreated!: boolean
}

@ObjectType({ description: 'A run with its cursor.' })
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
