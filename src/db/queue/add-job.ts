/** SQL that puts a job into the queue, for the transaction that stores the job's subject. */
import { JOB_PRIORITY, MAX_ATTEMPTS } from '../../domain/queue/job.js'
import type { JobPayloads, TaskName } from '../../domain/queue/job.js'

/**
 * SQL that adds a job, and its values, for whatever connection the caller's transaction is on. A job with this key that
 * waits is replaced; one that runs is not.
 * @param delayMs how long the job waits, from now on by the database's clock: nobody else's need agree with it
 */
export function addJobSql<Task extends TaskName>(
  task: Task,
  payload: JobPayloads[Task],
  key: string,
  delayMs = 0,
): { readonly text: string; readonly values: unknown[] } {
  return {
    text: `SELECT 1 AS added FROM graphile_worker.add_job($1, payload := $2::json, job_key := $3,
             priority := $4::int, max_attempts := $5::int, run_at := now() + $6::float8 * interval '1 millisecond')`,
    values: [task, JSON.stringify(payload), key, JOB_PRIORITY[task], MAX_ATTEMPTS, delayMs],
  }
}
