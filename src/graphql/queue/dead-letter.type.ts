/** The GraphQL types of dead letters: jobs that failed in all of their attempts. */
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
  MORNING_SYNC: 'morningSync',
} as const satisfies Record<string, TaskName>
registerEnumType(Task, {
  name: 'Task',
  description: 'Task of a queued job.',
  valuesConfig: {
    RETRAIN: { description: 'Executes a run.' },
    BACKTEST: { description: 'Executes a backtest.' },
    NIGHT: { description: 'Starts a night: syncs bars and queues chunks of symbols.' },
    NIGHT_CHUNK: { description: 'Fits up to 64 symbols of a night.' },
    MORNING_SYNC: {
      description: 'Asks providers that publish on the next morning, before the session opens.',
    },
  },
})

@ObjectType('DeadLetter', {
  description:
    'A job that failed in all of its attempts. It stays in the queue until it is retried or discarded.',
})
export class DeadLetterType {
  @Field(() => ID, { description: 'Id of the dead letter, for `retryDeadLetter` and `discardDeadLetter`.' })
  id!: string

  @Field(() => Task, { description: 'Task of the job.' })
  task!: TaskName

  @Field(() => Int, { description: 'Number of attempts made.' })
  attempts!: number

  @Field(() => String, {
    nullable: true,
    description: 'Error of the last attempt; null if no error was stored, for example after a crash.',
  })
  lastError!: string | null

  @Field(() => ID, { nullable: true, description: 'Id of the run; null for other tasks.' })
  runId!: string | null

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the backtest; null for other tasks.',
  })
  backtestId!: string | null

  @Field(() => LocalDate, {
    nullable: true,
    description: 'Session of the night; null for other tasks.',
  })
  nightSession!: Session | null

  @Field(() => DateTime, { description: 'Time at which the job was queued.' })
  createdAt!: Date

  @Field(() => DateTime, {
    description: 'Time at which the last attempt failed, or at which its worker was found dead.',
  })
  failedAt!: Date
}

@ObjectType({ description: 'A dead letter with its cursor.' })
export class DeadLetterEdge extends edgeType(DeadLetterType) {}

@ObjectType({ description: 'A page of dead letters, newest job first.' })
export class DeadLetterConnection extends connectionType(DeadLetterEdge) {}

const LARGEST_ID = 2n ** 63n - 1n

/** Whether the text is a valid job id: a number that fits 63 bits. */
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
