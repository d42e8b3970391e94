/** Jobs that were given up, as clients see them. */
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import type { DeadLetter } from '../../domain/queue/dead-letter.js'
import type { TaskName } from '../../domain/queue/job.js'
import type { Session } from '../../domain/calendar/session.js'
import { connectionType, cursorCodec, edgeType } from '../connection.js'
import { DateTime, LocalDate } from '../scalars.js'

const Task = {
  RETRAIN: 'retrain',
  BACKTEST: 'backtest',
  NIGHT: 'night',
  NIGHT_CHUNK: 'nightChunk',
} as const satisfies Record<string, TaskName>
registerEnumType(Task, {
  name: 'Task',
  description: 'What a job of the queue does.',
  valuesConfig: {
    RETRAIN: { description: 'One run.' },
    BACKTEST: { description: 'One backtest.' },
    NIGHT: { description: 'The beginning of a night: bars, and giving its symbols out.' },
    NIGHT_CHUNK: { description: 'Up to 64 symbols of a night.' },
  },
})

@ObjectType('DeadLetter', {
  description:
    'A job that was given up after its last attempt. It waits in the queue until somebody decides.',
})
export class DeadLetterType {
  @Field(() => ID, { description: 'Its id, for `retryDeadLetter` and `discardDeadLetter`.' })
  id!: string

  @Field(() => Task, { description: 'What it does.' })
  task!: TaskName

  @Field(() => Int, { description: 'How often a worker took it.' })
  attempts!: number

  @Field(() => String, {
    nullable: true,
    description: 'What the last attempt ended with; null where none has left a word.',
  })
  lastError!: string | null

  @Field(() => ID, { nullable: true, description: 'Id of the run that it is about; null for other tasks.' })
  runId!: string | null

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the backtest that it is about; null for other tasks.',
  })
  backtestId!: string | null

  @Field(() => LocalDate, {
    nullable: true,
    description: 'Session of the night that it is part of; null for other tasks.',
  })
  nightSession!: Session | null

  @Field(() => DateTime, { description: 'When it was put into the queue.' })
  createdAt!: Date

  @Field(() => DateTime, {
    description: 'When its last attempt failed, or the worker of that attempt was found dead.',
  })
  failedAt!: Date
}

@ObjectType({ description: 'A dead letter in a list.' })
export class DeadLetterEdge extends edgeType(DeadLetterType) {}

@ObjectType({ description: 'A page of dead letters, the newest job first.' })
export class DeadLetterConnection extends connectionType(DeadLetterEdge) {}

const LARGEST_ID = 2n ** 63n - 1n

/** Whether the text is a number that the queue gives. */
export function isJobId(text: string): boolean {
  return /^\d{1,19}$/.test(text) && BigInt(text) <= LARGEST_ID
}

export const deadLetterCursor = cursorCodec<string>(
  'deadLetter',
  (id) => [id],
  ([id = '']) => (isJobId(id) ? id : undefined),
)

export function toDeadLetterType({ subject, ...letter }: DeadLetter): DeadLetterType {
  return Object.assign(new DeadLetterType(), letter, {
    runId: subject?.kind === 'run' ? subject.id : null,
    backtestId: subject?.kind === 'backtest' ? subject.id : null,
    nightSession: subject?.kind === 'night' ? subject.date : null,
  })
}
