/**
 * Applies the migrations that a database lacks, in order, each exactly once.
 *
 * The bookkeeping table is Prisma's own, so its command line accepts the database. The runner is ours because
 * Prisma's needs an engine binary that not every machine can download. Unlike Prisma's, it runs each migration
 * and its bookkeeping row in one transaction: a process killed halfway leaves nothing behind.
 */
import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { KospigraphError, messageOf } from '../../errors.js'
import type { MigrationFile } from './migration-files.js'
import { checksumOf, matchesChecksum, MIGRATIONS_FOLDER, readMigrationFiles } from './migration-files.js'

/** The lock that Prisma's own command line takes while it migrates. */
const PRISMA_ADVISORY_LOCK = 72707369
const LOCK_TIMEOUT_SECONDS = 120

const CREATE_BOOKKEEPING = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`

export interface MigrationOptions {
  readonly folder?: string
  readonly log?: (line: string) => void
}

/**
 * Applies the missing migrations; several processes may call it at once.
 * @returns the names applied, in order
 * @throws KospigraphError DATABASE where one fails, has failed before, was edited, or is unknown to this program
 */
export async function applyMigrations(
  pool: pg.Pool,
  { folder = MIGRATIONS_FOLDER, log }: MigrationOptions = {},
): Promise<readonly string[]> {
  const files = await readMigrationFiles(folder)
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await lock(client)
    await client.query('SET client_min_messages = warning')
    await client.query(CREATE_BOOKKEEPING)
    const pending = await findPending(client, files)
    for (const file of pending) {
      await applyOne(client, file)
      log?.(`Applied migration ${file.name}.`)
    }
    return pending.map((file) => file.name)
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error))
    throw error
  } finally {
    // Ending the session frees the lock and drops the settings; the pool reconnects when it needs to.
    client.release(broken ?? true)
  }
}

async function lock(client: pg.PoolClient): Promise<void> {
  try {
    await client.query(`SET lock_timeout = '${LOCK_TIMEOUT_SECONDS}s'`)
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_ADVISORY_LOCK])
    await client.query('SET lock_timeout = 0')
  } catch (error) {
    throw new KospigraphError(
      'DATABASE',
      `The migration lock was not free within ${LOCK_TIMEOUT_SECONDS} s (${messageOf(error)}); another process may be migrating this database: wait for it or end it, then start again`,
      { cause: error },
    )
  }
}

interface AppliedRow {
  readonly migration_name: string
  readonly checksum: string
  readonly finished_at: Date | null
  readonly logs: string | null
}

/** @returns the files that the database lacks; throws where its history is failed, unknown or edited */
async function findPending(
  client: pg.PoolClient,
  files: readonly MigrationFile[],
): Promise<readonly MigrationFile[]> {
  const { rows } = await client.query<AppliedRow>(
    `SELECT migration_name, checksum, finished_at, logs FROM _prisma_migrations
     WHERE rolled_back_at IS NULL ORDER BY started_at, migration_name`,
  )
  const known = new Map(files.map((file) => [file.name, file]))
  for (const { migration_name: name, checksum, finished_at: finishedAt, logs } of rows) {
    if (finishedAt === null) {
      throw new KospigraphError(
        'DATABASE',
        `Migration ${name} failed earlier${logs ? ` (${logs})` : ''} and blocks the database; remove the cause, undo what it left behind, then run: ${rollbackSql(name)}`,
      )
    }
    const file = known.get(name)
    if (!file) {
      throw new KospigraphError(
        'DATABASE',
        `The database has the migration ${name}, which this Kospigraph does not know, so a newer version has used it; start that version, or use another database`,
      )
    }
    if (!matchesChecksum(file.sql, checksum)) {
      throw new KospigraphError(
        'DATABASE',
        `Migration ${name} was edited after the database applied it; restore its migration.sql and put the change in a new migration`,
      )
    }
  }
  const applied = new Set(rows.map((row) => row.migration_name))
  return files.filter((file) => !applied.has(file.name))
}

async function applyOne(client: pg.PoolClient, file: MigrationFile): Promise<void> {
  const checksum = checksumOf(file.sql)
  try {
    await client.query('BEGIN')
    await client.query(file.sql)
    await client.query(
      `INSERT INTO _prisma_migrations
         (id, checksum, finished_at, migration_name, applied_steps_count)
       VALUES ($1, $2, clock_timestamp(), $3, 1)`,
      [randomUUID(), checksum, file.name],
    )
    await client.query('COMMIT')
  } catch (error) {
    const recorded = await recordFailure(client, file.name, checksum, error)
    const remedy = recorded
      ? `it was rolled back; remove the cause, then run: ${rollbackSql(file.name)}`
      : 'it was rolled back; remove the cause and start again'
    throw new KospigraphError('DATABASE', `Migration ${file.name} failed: ${messageOf(error)}; ${remedy}`, {
      cause: error,
    })
  }
}

/** Records the failure, which blocks later runs, as Prisma does. @returns false where the connection is lost */
async function recordFailure(
  client: pg.PoolClient,
  name: string,
  checksum: string,
  error: unknown,
): Promise<boolean> {
  try {
    await client.query('ROLLBACK')
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, logs, applied_steps_count)
       VALUES ($1, $2, $3, $4, 0)`,
      [randomUUID(), checksum, name, messageOf(error)],
    )
    return true
  } catch {
    return false
  }
}

function rollbackSql(name: string): string {
  return `UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = '${name}' AND finished_at IS NULL`
}
