/** Builds the SQL that queues a job in the transaction that stores the job's subject. */
import { JOB_PRIORITY, MAX_ATTEMPTS } from '../../domain/queue/job.js'
import type { JobPayloads, TaskName } from '../../domain/queue/job.js'

/**
 * Builds the SQL that adds a job. A waiting job with the same key is replaced; a running one is not.
 * @param delayMs how long the job waits, by the database's clock
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
