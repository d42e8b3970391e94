/** Prepares a database: checks the server's version and installs this program's tables and those of the job queue. */
import type pg from 'pg'
import { checkServerVersion } from './connection.js'
import { applyMigrations } from './migrate.js'
import { installQueue } from './queue-schema.js'

export interface Prepared {
  /** Names of the migrations applied, in order. */
  readonly applied: readonly string[]
  /** How many of the queue library's own migrations were applied. */
  readonly queue: number
}

/**
 * Applies what is missing; several processes may call it at once.
 * @throws KospigraphError DATABASE where the server is unusable, or its migrations do not match this program
 */
export async function prepareDatabase(pool: pg.Pool): Promise<Prepared> {
  await checkServerVersion(pool)
  const applied = await applyMigrations(pool)
  return { applied, queue: await installQueue(pool) }
}
