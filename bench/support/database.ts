/** A platform on the benchmark's own database: an embedded one in a new folder that is removed afterwards. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type pg from 'pg'
import { openPlatform } from '../../src/compose/platform.js'
import type { Platform } from '../../src/compose/platform.js'
import { parseConfig } from '../../src/config.js'
import { createPool } from '../../src/db/postgres/connection.js'
import { openEmbeddedDatabase } from '../../src/db/postgres/embedded/embedded-database.js'
import { systemClock } from '../../src/domain/clock.js'
import type { Clock } from '../../src/domain/clock.js'
import { createLogger } from '../../src/logger.js'

/** The benchmark's own connection to the platform's database. */
export type Connect = <Result>(use: (client: pg.PoolClient) => Promise<Result>) => Promise<Result>

export interface OwnPlatformOptions {
  readonly clock?: Clock
  /** Further variables of the configuration. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Runs `work` and removes the database, however it ends. */
export async function withOwnPlatform(
  work: (platform: Platform, connect: Connect) => Promise<void>,
  { clock = systemClock, environment = {} }: OwnPlatformOptions = {},
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kospigraph-bench-'))
  // Under root the server runs as another user, which must be able to enter the folder.
  if (process.getuid?.() === 0) await chmod(folder, 0o711)
  const own = { KOSPIGRAPH_HOME: path.join(folder, 'home'), LOG_LEVEL: 'warn' }
  const config = parseConfig({ ...own, ...environment }, folder)
  try {
    const platform = await openPlatform(config, createLogger(config), clock)
    const connect: Connect = async (use) => {
      const database = await openEmbeddedDatabase({ home: config.home, log: () => undefined })
      const pool = createPool(database.connection, { max: 1 })
      try {
        const client = await pool.connect()
        try {
          return await use(client)
        } finally {
          client.release()
        }
      } finally {
        await pool.end()
        await database.close()
      }
    }
    try {
      await work(platform, connect)
    } finally {
      await platform.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
