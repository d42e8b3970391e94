/**
 * Installs the tables of the job queue, graphile-worker's own. They share the database, so that a job commits together
 * with its subject.
 */
import { runMigrations } from 'graphile-worker'
import type pg from 'pg'
import { KospigraphError, messageOf } from '../../errors.js'
import { quietWorkerLogger } from './worker-logger.js'

/** Serialises processes that start at the same moment; the library's statements would race. */
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
    throw new KospigraphError(
      'DATABASE',
      `The job queue could not be set up: ${messageOf(error)}; fix that and start again`,
      {
        cause: error,
      },
    )
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
