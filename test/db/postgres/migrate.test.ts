import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'
import { createPool } from '../../../src/db/postgres/connection.js'
import { applyMigrations } from '../../../src/db/postgres/migrate.js'
import { createTestDatabase, createTestFolder } from '../../support/database.js'
import type { TestDatabase } from '../../support/database.js'

/** What Prisma 7.10 creates, as information_schema tells it. */
const PRISMA_COLUMNS = [
  ['id', 'character varying', 36, 'NO', null],
  ['checksum', 'character varying', 64, 'NO', null],
  ['finished_at', 'timestamp with time zone', null, 'YES', null],
  ['migration_name', 'character varying', 255, 'NO', null],
  ['logs', 'text', null, 'YES', null],
  ['rolled_back_at', 'timestamp with time zone', null, 'YES', null],
  ['started_at', 'timestamp with time zone', null, 'NO', 'now()'],
  ['applied_steps_count', 'integer', null, 'NO', '0'],
]

describe('applying migrations', () => {
  let database: TestDatabase
  let pool: pg.Pool
  let folder: string

  beforeEach(async () => {
    database = await createTestDatabase({ empty: true })
    pool = createPool(database.connection, { max: 4 })
    folder = await createTestFolder()
    await writeMigration('1_fruit', 'CREATE TABLE fruit (name text);\n')
  })

  afterEach(async () => {
    await pool.end()
    await database.drop()
  })

  async function writeMigration(name: string, sql: string): Promise<void> {
    await mkdir(path.join(folder, name), { recursive: true })
    await writeFile(path.join(folder, name, 'migration.sql'), sql)
  }

  async function tableNames(): Promise<string[]> {
    const { rows } = await pool.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
    )
    return rows.map((row) => row.name)
  }

  it('rolls a failing migration back, records it with the error, and blocks until it is resolved', async () => {
    await writeMigration('2_broken', 'CREATE TABLE half (a int); SELECT 1 / 0;')
    await expect(applyMigrations(pool, { folder })).rejects.toThrow(/2_broken failed: division by zero/)
    expect(await tableNames()).toEqual(['_prisma_migrations', 'fruit'])
    const { rows } = await pool.query(
      `SELECT finished_at, rolled_back_at, logs, applied_steps_count FROM _prisma_migrations
       WHERE migration_name = '2_broken'`,
    )
    expect(rows).toEqual([
      { finished_at: null, rolled_back_at: null, logs: 'division by zero', applied_steps_count: 0 },
    ])

    await writeMigration('2_broken', 'CREATE TABLE half (a int);')
    await expect(applyMigrations(pool, { folder })).rejects.toThrow(/2_broken failed earlier/)
  })

  it('continues after the remedy in its error', async () => {
    await writeMigration('2_broken', 'SELECT 1 / 0;')
    const error = await applyMigrations(pool, { folder }).then(
      () => new Error('nothing failed'),
      (thrown: unknown) => thrown as Error,
    )
    const remedy = /then run: (UPDATE .*)$/.exec(error.message)?.[1]
    await pool.query(remedy ?? '')
    await writeMigration('2_broken', 'CREATE TABLE half (a int);')
    await expect(applyMigrations(pool, { folder })).resolves.toEqual(['2_broken'])
  })

  it('refuses a migration that was edited after it was applied', async () => {
    await applyMigrations(pool, { folder })
    await writeMigration('1_fruit', 'CREATE TABLE fruit (name text, sweet boolean);\n')
    await expect(applyMigrations(pool, { folder })).rejects.toThrow(/1_fruit was edited after/)
  })

  it('accepts a migration with the line ends of another platform', async () => {
    await applyMigrations(pool, { folder })
    await writeMigration('1_fruit', 'CREATE TABLE fruit (name text);\r\n')
    await expect(applyMigrations(pool, { folder })).resolves.toEqual([])
  })

  it('refuses a database that a newer program has migrated', async () => {
    await writeMigration('2_later', 'SELECT 1;')
    await applyMigrations(pool, { folder })
    await rm(path.join(folder, '2_later'), { recursive: true })
    await expect(applyMigrations(pool, { folder })).rejects.toThrow(
      /2_later, which this Kospigraph does not know/,
    )
  })

  it('applies each migration once when several processes start at the same time', async () => {
    await writeMigration('2_seed', `SELECT pg_sleep(0.2); INSERT INTO fruit VALUES ('pear');`)
    const pools = Array.from({ length: 5 }, () => createPool(database.connection, { max: 1 }))
    const applied = await Promise.all(pools.map((each) => applyMigrations(each, { folder })))
    await Promise.all(pools.map((each) => each.end()))
    expect(applied.flat()).toEqual(['1_fruit', '2_seed'])
    expect((await pool.query('SELECT * FROM fruit')).rowCount).toBe(1)
  })

  it('runs a file as one script, dollar quotes and all', async () => {
    await writeMigration('2_function', 'DO $$ BEGIN CREATE TABLE a (b int); CREATE TABLE c (d int); END $$;')
    await applyMigrations(pool, { folder })
    expect(await tableNames()).toEqual(['_prisma_migrations', 'a', 'c', 'fruit'])
  })

  it('names an incomplete folder', async () => {
    await mkdtemp(path.join(folder, '2_empty'))
    await expect(applyMigrations(pool, { folder })).rejects.toThrow(/cannot be read.*2_empty/)
  })

  it('creates the tables of the product, and does nothing when called again', async () => {
    const applied = await applyMigrations(pool)
    expect(applied[0]).toMatch(/^\d{14}_foundation$/)
    expect(await tableNames()).toEqual(expect.arrayContaining(['bar', 'symbol', 'forecast']))
    await expect(applyMigrations(pool)).resolves.toEqual([])
  })

  it("records migrations in Prisma's table as Prisma does, column for column", async () => {
    await applyMigrations(pool, { folder })
    const { rows: columns } = await pool.query({
      text: `SELECT column_name, data_type, character_maximum_length, is_nullable, column_default
             FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`,
      rowMode: 'array',
    })
    expect(columns).toEqual(PRISMA_COLUMNS)
    const { rows } = await pool.query<Record<string, unknown>>('SELECT * FROM _prisma_migrations')
    expect(rows).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as unknown,
        // printf 'CREATE TABLE fruit (name text);\n' | sha256sum
        checksum: '727cc0e16d997b7207f979f702135b351af82d3b3a9bdd140e0dc86e0f7cb934',
        finished_at: expect.any(Date) as unknown,
        migration_name: '1_fruit',
        logs: null,
        rolled_back_at: null,
        started_at: expect.any(Date) as unknown,
        applied_steps_count: 1,
      },
    ])
  })
})
