/** Opens the database alone, for migrations. */
import type { Config } from '../config.js'
import { createPool } from '../db/postgres/connection.js'
import { prepareDatabase } from '../db/postgres/prepare-database.js'
import type { Prepared } from '../db/postgres/prepare-database.js'
import type { Logger } from '../logger.js'
import { openDatabase } from './database.js'

export interface Migration {
  readonly database: string
  /** Applies the missing migrations. Several processes may do so at once. */
  migrate(): Promise<Prepared>
  close(): Promise<void>
  /** Only releases the database. */
  abandon(): Promise<void>
}

/** @throws KospigraphError DATABASE if the database is unusable */
export async function openMigration(config: Config, log: Logger): Promise<Migration> {
  const database = await openDatabase(config, log, () => undefined)
  const pool = createPool(database.connection, {
    max: 2,
    onIdleError: (error) => log.warn(`an idle database connection failed: ${error.message}`),
  })
  return {
    database: database.describe,
    migrate: () => prepareDatabase(pool),
    abandon: () => database.close(),
    async close() {
      await pool.end()
      await database.close()
    },
  }
}
