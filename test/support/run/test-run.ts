/**
 * One run of the tests: its folder, its PostgreSQL server and the template that test databases are cloned from.
 *
 * The server is an embedded one in the run's folder, or the one of DATABASE_URL, where every database carries the
 * run's own prefix. Parallel runs share nothing, and a run removes what an earlier, killed one left.
 */
import { chmod, mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { DatabaseConnection } from '../../../src/db/postgres/connection.js'
import { createPool, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import type { EmbeddedDatabase } from '../../../src/db/postgres/embedded/embedded-database.js'
import { openEmbeddedDatabase } from '../../../src/db/postgres/embedded/embedded-database.js'
import { applyMigrations } from '../../../src/db/postgres/migrate.js'
import { installQueue } from '../../../src/db/postgres/queue-schema.js'
import { clearFolder, runFolder, sweepDeadRuns } from './run-folders.js'

/** What global setup stores in the environment for the test files, as JSON. */
export const RUN_VARIABLE = 'KOSPIGRAPH_TEST_RUN'

export interface TestRun {
  /** Folder for files and servers of tests; removed after the run. */
  readonly folder: string
  /** A database of the server, for creating others. */
  readonly maintenance: DatabaseConnection
  /** The same as a DATABASE_URL. */
  readonly url: string
  /** Prefix of this run's database names. */
  readonly prefix: string
  readonly template: string
}

/** Nothing that a test stores has to survive the machine. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_connections: '300',
}

let beginning: Promise<TestRun> | undefined
let embedded: EmbeddedDatabase | undefined
let run: TestRun | undefined

export function beginRun(): Promise<TestRun> {
  beginning ??= begin()
  return beginning
}

/** An interruption may come while the run is starting; then there is nothing to remove yet. */
export async function endRun(): Promise<void> {
  await beginning?.catch(() => undefined)
  if (embedded) await embedded.close()
  else if (run) await dropDatabases(run)
  await clearFolder(runFolder(process.pid))
}

async function begin(): Promise<TestRun> {
  await sweepDeadRuns()
  const folder = runFolder(process.pid)
  await clearFolder(folder)
  await mkdir(folder)
  // Under root the server runs as another user, which must be able to enter the folder.
  await chmod(folder, process.getuid?.() === 0 ? 0o711 : 0o700)
  const given = process.env['DATABASE_URL']
  const url = given ? given : await startServer(folder)
  const prefix = `kospigraph_test_${process.pid}_${Date.now().toString(36)}`
  run = { folder, maintenance: parseDatabaseUrl(url), url, prefix, template: `${prefix}_template` }
  await makeTemplate(run)
  return run
}

/** Starts the server. Returns its DATABASE_URL. */
async function startServer(folder: string): Promise<string> {
  const home = path.join(folder, 'shared')
  embedded = await openEmbeddedDatabase({ home, log: (line) => console.log(line), settings: SETTINGS })
  const { host, port, user, database } = embedded.connection
  return `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
}

async function makeTemplate({ maintenance, template }: TestRun): Promise<void> {
  const server = createPool(maintenance, { max: 1 })
  const pool = createPool({ ...maintenance, database: template }, { max: 2 })
  try {
    await server.query(`CREATE DATABASE ${template}`)
    await applyMigrations(pool)
    await installQueue(pool)
    await pool.end()
    // A database with connections cannot be cloned.
    await server.query(`ALTER DATABASE ${template} ALLOW_CONNECTIONS false`)
  } finally {
    await server.end()
  }
}

async function dropDatabases({ maintenance, prefix }: TestRun): Promise<void> {
  const server = createPool(maintenance, { max: 1 })
  try {
    const { rows } = await server.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    )
    for (const { datname } of rows) await server.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`)
  } finally {
    await server.end()
  }
}
