/** Jobs: work that waits in the queue for a worker. */

import type { Session } from '../calendar/session.js'

/** The payload of each task. A task reads everything else from the database, so a payload cannot be out of date. */
export interface JobPayloads {
  readonly retrain: { readonly runId: string }
  readonly backtest: { readonly backtestId: string }
  readonly night: { readonly date: Session }
  readonly morningSync: { readonly date: Session }
  readonly nightChunk: { readonly date: Session; readonly symbolIds: readonly number[] }
}

export type TaskName = keyof JobPayloads
export const TASK_NAMES = [
  'retrain',
  'backtest',
  'night',
  'nightChunk',
  'morningSync',
] as const satisfies readonly TaskName[]

/** Smaller runs sooner: a job that a person waits for runs before one that takes minutes. */
export const JOB_PRIORITY = {
  retrain: 0,
  night: 5,
  nightChunk: 5,
  morningSync: 5,
  backtest: 10,
} as const satisfies Record<TaskName, number>

/** Attempts before a job becomes a dead letter. More than errors alone need, because a dying worker uses one up too. */
export const MAX_ATTEMPTS = 10

/** Why work is recorded as failed whose job has no attempt left. */
export const ABANDONED = 'no attempt of its job finished; read the logs of the workers, then try again'

/**
 * A worker tried to write after another worker had claimed its job, or after the job's subject had ended. It stops; its
 * work is lost, but the other worker repeats it.
 */
export class ClaimLostError extends Error {
  override readonly name = 'ClaimLostError'

  constructor(subject: string, problem = 'has been taken over by another worker') {
    super(`${subject} ${problem}`)
  }
}
