/** The GraphQL type of the progress events of a run. */
import { Field, Float, Int, ObjectType } from 'type-graphql'
import type { RunStatus as StatusName } from '../../domain/models/run.js'
import type { RunEvent } from '../../services/models/runs.js'
import { numberCursor } from '../connection.js'
import { RunStatus } from './run.type.js'

@ObjectType('RunEvent', { description: 'Progress event of a run.' })
export class RunEventType {
  /** Used by the relation; not a field. */
  runId!: string

  @Field({ description: 'Cursor of the event, for the argument `after`.' })
  cursor!: string

  @Field(() => RunStatus, { description: 'Status of the run at the time of the event.' })
  status!: StatusName

  @Field(() => Int, {
    description:
      'Number of finished epochs, over all networks of the version; 0 in the first and the last event.',
  })
  epoch!: number

  @Field(() => Int, {
    description:
      'Total number of epochs, over all networks of the version; 0 in the first and the last event.',
  })
  epochs!: number

  @Field(() => Float, {
    nullable: true,
    description: 'Mean loss of the newest epochs, in scaled units; null before the first epoch.',
  })
  loss!: number | null
}

export const runEventCursor = numberCursor('runEvent')

export function toRunEventType({ runId, seq, status, epoch, epochs, loss }: RunEvent): RunEventType {
  return { runId, cursor: runEventCursor.encode(seq), status, epoch, epochs, loss }
}
