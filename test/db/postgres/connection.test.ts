import type pg from 'pg'
import {
  checkServerVersion,
  createPool,
  createPrisma,
  parseDatabaseUrl,
} from '../../../src/db/postgres/connection.js'
import type { TestDatabase } from '../../support/database.js'
import { createTestDatabase } from '../../support/database.js'

describe('a DATABASE_URL', () => {
  it('that is not for PostgreSQL is refused without repeating its password', () => {
    const parse = (): unknown => parseDatabaseUrl('mysql://me:secret@localhost/db')
    expect(parse).toThrow(/not a PostgreSQL URL; write it as postgres:/)
    expect(parse).not.toThrow(/secret/)
  })

  it('that names a schema of its own is refused, because the tables live in "public"', () => {
    expect(() => parseDatabaseUrl('postgres://me@localhost/db?schema=mine')).toThrow(
      /schema "mine".*database of its own/,
    )
    expect(parseDatabaseUrl('postgres://me@localhost/db?schema=public').database).toBe('db')
  })

  it('gives host, port, user, password, database and options', () => {
    expect(
      parseDatabaseUrl('postgresql://me:p%40ss@db.example:6543/prices?options=-c%20jit%3Doff'),
    ).toMatchObject({
      host: 'db.example',
      port: 6543,
      user: 'me',
      password: 'p@ss',
      database: 'prices',
      options: '-c jit=off',
    })
  })

  it('may name a unix socket', () => {
    expect(parseDatabaseUrl('postgres://me@/prices?host=/run/postgresql').host).toBe('/run/postgresql')
  })
})

describe('a pool', () => {
  let database: TestDatabase
  let pool: pg.Pool

  beforeEach(async () => {
    database = await createTestDatabase()
    pool = createPool(database.connection, { max: 2 })
  })

  afterEach(async () => {
    await pool.end()
    await database.drop()
  })

  it('survives and reports the loss of an idle connection', async () => {
    let lost: Error | undefined
    const own = createPool(database.connection, { max: 1, onIdleError: (error) => (lost = error) })
    await own.query('SELECT 1')
    const gone = new Promise((resolve) => own.once('remove', resolve))
    await pool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
    )
    await gone
    expect(lost?.message).toMatch(/terminat/)
    expect((await own.query('SELECT 1')).rowCount).toBe(1)
    await own.end()
  })

  it('reads dates as text in any time zone of the process, and uses UTC', async () => {
    const { rows } = await pool.query(
      `SELECT '2024-02-29'::date AS session, ARRAY['2024-01-02'::date, NULL] AS sessions, '{}'::date[] AS none,
              1::int8 AS big, 0.1::float8 AS price, current_setting('TimeZone') AS zone`,
    )
    expect(rows).toEqual([
      { session: '2024-02-29', sessions: ['2024-01-02', null], none: [], big: '1', price: 0.1, zone: 'UTC' },
    ])
  })

  it('serves Prisma too, and outlives it', async () => {
    const prisma = createPrisma(pool)
    const createdAt = new Date('2024-01-02T03:04:05.678Z')
    await prisma.symbol.create({
      data: { code: 'KOSPI', name: '코스피', kind: 'INDEX', decimals: 2, createdAt },
    })
    expect(await prisma.symbol.findUnique({ where: { code: 'KOSPI' } })).toMatchObject({
      name: '코스피',
      createdAt,
    })
    await prisma.$disconnect()
    expect((await pool.query('SELECT code FROM symbol')).rows).toEqual([{ code: 'KOSPI' }])
  })

  it('accepts the server that the tests run on', async () => {
    await expect(checkServerVersion(pool)).resolves.toBeUndefined()
  })

  it('reports the address where no server answers, with the remedy', async () => {
    const nowhere = createPool({ host: '127.0.0.1', port: 1, user: 'me', database: 'prices' }, { max: 1 })
    await expect(checkServerVersion(nowhere)).rejects.toThrow(
      /127\.0\.0\.1:1\/prices cannot be used: .*ECONNREFUSED.*unset DATABASE_URL/,
    )
    await nowhere.end()
  })
})
