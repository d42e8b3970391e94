/** Dead letters: jobs without an attempt left. They stay in the queue until a person retries or discards them. */
import type { TaskName } from './job.js'
import type { Session } from '../calendar/session.js'

/** The stored thing that a job works on; its own record holds its state. */
export type JobSubject =
  | { readonly kind: 'run'; readonly id: string }
  | { readonly kind: 'backtest'; readonly id: string }
  | { readonly kind: 'night'; readonly date: Session }

export interface DeadLetter {
  /** The job's number in the queue. */
  readonly id: string
  readonly task: TaskName
  readonly attempts: number
  /** Null where no attempt recorded one. */
  readonly lastError: string | null
  /** Null where another program queued the job. */
  readonly subject: JobSubject | null
  readonly createdAt: Date
  /** When its last attempt failed, or its worker was found dead. */
  readonly failedAt: Date
}
