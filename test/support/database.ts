/** Databases and folders for test files: each gets its own, cloned from the migrated template. */
import { chmod, mkdtemp } from 'node:fs/promises'
import path from 'node:path'
import type { DatabaseConnection } from '../../src/db/postgres/connection.js'
import { createPool } from '../../src/db/postgres/connection.js'
import type { TestRun } from './run/test-run.js'
import { RUN_VARIABLE } from './run/test-run.js'

export interface TestDatabase {
  readonly connection: DatabaseConnection
  /** The same as a DATABASE_URL, for child processes. */
  readonly url: string
  /** Drops the database and ends its connections. */
  drop(): Promise<void>
}

export interface TestDatabaseOptions {
  /** Creates a database without tables instead of a migrated one. */
  readonly empty?: boolean
}

let created = 0

export async function createTestDatabase({ empty = false }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { maintenance, url, prefix, template } = testRun()
  created += 1
  const database = `${prefix}_${process.pid}_${Date.now().toString(36)}_${created}`
  await onServer(maintenance, `CREATE DATABASE ${database} TEMPLATE ${empty ? 'template0' : template}`)
  return {
    connection: { ...maintenance, database },
    url: withDatabase(url, database),
    drop: () => onServer(maintenance, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`),
  }
}

/** Creates a folder that is removed after the run, with any server still running in it. */
export async function createTestFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(testRun().folder, 't-'))
  if (process.getuid?.() === 0) await chmod(folder, 0o711)
  return folder
}

function testRun(): TestRun {
  const text = process.env[RUN_VARIABLE]
  if (!text) throw new Error(`${RUN_VARIABLE} is not set; run the tests with npm test`)
  return JSON.parse(text) as TestRun
}

async function onServer(maintenance: DatabaseConnection, sql: string): Promise<void> {
  const server = createPool(maintenance, { max: 1 })
  try {
    await server.query(sql)
  } finally {
    await server.end()
  }
}

/** Replaces the database in a URL and keeps its other parts, such as encryption. */
function withDatabase(url: string, database: string): string {
  return url.replace(/^(\w+:\/\/[^/?]*)(\/[^?]*)?/, `$1/${database}`)
}
