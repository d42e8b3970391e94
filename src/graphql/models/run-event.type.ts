/** What followers of a run are told. */
import { Field, Float, Int, ObjectType } from 'type-graphql'
import type { RunStatus as StatusName } from '../../domain/models/run.js'
import type { RunEvent } from '../../services/models/runs.js'
import { numberCursor } from '../connection.js'
import { RunStatus } from './run.type.js'

@ObjectType('RunEvent', { description: 'How far a run had come.' })
export class RunEventType {
  /** For the relation; no field. */
  runId!: string

  @Field({ description: 'Where the event lies, for `after`.' })
  cursor!: string

  @Field(() => RunStatus, { description: 'How far the run had come.' })
  status!: StatusName

  @Field(() => Int, {
    description: 'Epochs done, over all networks of the version; 0 at the start and the end.',
  })
  epoch!: number

  @Field(() => Int, { description: 'Epochs there are; 0 at the start and the end.' })
  epochs!: number

  @Field(() => Float, { nullable: true, description: 'Mean loss of the newest epochs.' })
  loss!: number | null
}

export const runEventCursor = numberCursor('runEvent')

export function toRunEventType({ runId, seq, status, epoch, epochs, loss }: RunEvent): RunEventType {
  return { runId, cursor: runEventCursor.encode(seq), status, epoch, epochs, loss }
}
