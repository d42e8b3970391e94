/** The queue: graphile-worker's tables in the same database, so that a job and what it is about commit together. */
import { runMigrations } from 'graphile-worker'
import type pg from 'pg'
import { JOB_PRIORITY, MAX_ATTEMPTS } from '../../domain/queue/job.js'
import type { JobPayloads, TaskName } from '../../domain/queue/job.js'
import { KospigraphError, messageOf } from '../../errors.js'
import { quietWorkerLogger } from './worker-logger.js'

/** Serialises processes that start at the same moment; the library's own statements race. */
const INSTALL_LOCK = 72707371

/**
 * @returns how many of the library's own migrations were applied
 * @throws KospigraphError DATABASE where the database holds a newer queue than this program knows
 */
export async function installQueue(pool: pg.Pool): Promise<number> {
  const client = await pool.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [INSTALL_LOCK])
    const before = await countMigrations(client)
    await runMigrations({ pgPool: pool, logger: quietWorkerLogger })
    return (await countMigrations(client)) - before
  } catch (error) {
    throw new KospigraphError('DATABASE', `The job queue could not be set up: ${messageOf(error)}`, {
      cause: error,
    })
  } finally {
    // Ending the session frees the lock.
    client.release(true)
  }
}

async function countMigrations(client: pg.PoolClient): Promise<number> {
  const table = 'graphile_worker.migrations'
  const { rows: found } = await client.query('SELECT 1 WHERE to_regclass($1) IS NOT NULL', [table])
  if (found.length === 0) return 0
  const { rows } = await client.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`)
  return rows[0]?.count ?? 0
}

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
