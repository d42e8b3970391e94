/** Jobs: work that waits in the queue, whoever does it. */

import type { Session } from '../calendar/session.js'

/** What each task is told; the rest it reads from the database, so a payload cannot be out of date. */
export interface JobPayloads {
  readonly retrain: { readonly runId: string }
  readonly backtest: { readonly backtestId: string }
  readonly night: { readonly date: Session }
  readonly nightChunk: { readonly date: Session; readonly symbolIds: readonly number[] }
}

export type TaskName = keyof JobPayloads
export const TASK_NAMES = [
  'retrain',
  'backtest',
  'night',
  'nightChunk',
] as const satisfies readonly TaskName[]

/** Smaller is sooner: what somebody waits for goes before what runs for minutes. */
export const JOB_PRIORITY = { retrain: 0, night: 5, nightChunk: 5, backtest: 10 } as const satisfies Record<
  TaskName,
  number
>

/**
 * Tries before a job is given up. A worker that dies uses one up as well, so it is more than errors alone would need.
 */
export const MAX_ATTEMPTS = 10

/**
 * What a worker learns that writes after another has taken its job over, or somebody has ended what it is about: it stops,
 * and no work is lost but done twice.
 */
export class ClaimLostError extends Error {
  override readonly name = 'ClaimLostError'

  constructor(what: string, how = 'has been taken over by another worker') {
    super(`${what} ${how}`)
  }
}
