/** Opens the configured database, and the connections that the stores share. */
import type { Config } from '../config.js'
import { createPool, createPrisma, describeConnection, parseDatabaseUrl } from '../db/postgres/connection.js'
import type { DatabaseConnection } from '../db/postgres/connection.js'
import { openEmbeddedDatabase } from '../db/postgres/embedded/embedded-database.js'
import type { Logger } from '../logger.js'

const READ_CONNECTIONS = 10
// Writers hold a connection while they wait for the lock of a symbol. Their own pool keeps them from starving readers.
const WRITE_CONNECTIONS = 4

export interface OpenDatabase {
  readonly connection: DatabaseConnection
  readonly describe: string
  close(): Promise<void>
}

export async function openDatabase(config: Config, log: Logger, onLost: () => void): Promise<OpenDatabase> {
  if (config.databaseUrl !== undefined) {
    const connection = parseDatabaseUrl(config.databaseUrl)
    return { connection, describe: `PostgreSQL at ${describeConnection(connection)}`, close: async () => {} }
  }
  return openEmbeddedDatabase({
    home: config.home,
    log: (line) => log.info(line),
    onLost,
  })
}

export interface Connections {
  readonly pool: ReturnType<typeof createPool>
  readonly writePool: ReturnType<typeof createPool>
  readonly prisma: ReturnType<typeof createPrisma>
  readonly writePrisma: ReturnType<typeof createPrisma>
  /** Rejects if the database does not answer. */
  check(): Promise<void>
  close(): Promise<void>
}

export function createConnections(
  connection: DatabaseConnection,
  onIdleError: (error: Error) => void,
): Connections {
  const pool = createPool(connection, { max: READ_CONNECTIONS, onIdleError })
  const writePool = createPool(connection, { max: WRITE_CONNECTIONS, onIdleError })
  const prisma = createPrisma(pool)
  const writePrisma = createPrisma(writePool)
  return {
    pool,
    writePool,
    prisma,
    writePrisma,
    async check() {
      await pool.query('SELECT 1')
    },
    async close() {
      await Promise.all([prisma.$disconnect(), writePrisma.$disconnect()])
      await Promise.all([pool.end(), writePool.end()])
    },
  }
}
