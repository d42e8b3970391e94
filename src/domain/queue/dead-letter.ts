/** Dead letters: jobs that were given up after their last attempt. They stay in the queue until somebody decides. */
import type { TaskName } from './job.js'
import type { Session } from '../calendar/session.js'

/** What a job was about; what has become of that is on record there. */
export type JobSubject =
  | { readonly kind: 'run'; readonly id: string }
  | { readonly kind: 'backtest'; readonly id: string }
  | { readonly kind: 'night'; readonly date: Session }

export interface DeadLetter {
  /** The job's number in the queue. */
  readonly id: string
  readonly task: TaskName
  readonly attempts: number
  /** Null where no attempt has left one. */
  readonly lastError: string | null
  /** Null where the job was put into the queue by something else than this program. */
  readonly subject: JobSubject | null
  readonly createdAt: Date
  /** When its last attempt failed, or the worker of that one was found dead. */
  readonly failedAt: Date
}
