/** A database as this program needs it: a server that is new enough, its own tables, and those of the job queue. */
import type pg from 'pg'
import { checkServerVersion } from './connection.js'
import { applyMigrations } from './migrate.js'
import { installQueue } from './queue-schema.js'

export interface Prepared {
  /** Names of the migrations that were missing, in order. */
  readonly applied: readonly string[]
  /** How many of the queue library's own were. */
  readonly queue: number
}

/**
 * Does what is missing; several processes may do so at once.
 * @throws KospigraphError DATABASE where the server cannot be used, or the database must not be
 */
export async function prepareDatabase(pool: pg.Pool): Promise<Prepared> {
  await checkServerVersion(pool)
  const applied = await applyMigrations(pool)
  return { applied, queue: await installQueue(pool) }
}
