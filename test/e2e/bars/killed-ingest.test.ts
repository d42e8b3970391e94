import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { createPool, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import { rawBars } from '../../support/bars.js'
import { createTestDatabase, createTestFolder } from '../../support/database.js'
import type { TestDatabase } from '../../support/database.js'

const MAIN = fileURLToPath(new URL('../../../src/main.js', import.meta.url))
const SYMBOLS = 20
const SESSIONS = 500
const BARS = SYMBOLS * SESSIONS

let database: TestDatabase
let folder: string
let pool: pg.Pool
let own: pg.PoolClient
/** Holds locks, so that an ingest stands still where it asks for them. */
let holder: pg.PoolClient

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await createTestFolder()
  pool = createPool(parseDatabaseUrl(database.url), { max: 2 })
  ;[own, holder] = [await pool.connect(), await pool.connect()]
})
afterAll(async () => {
  for (const client of [own, holder]) client.release()
  await pool.end()
  await database.drop()
})

async function csvOf(name: string, change: (bar: RawBar, at: number) => RawBar): Promise<string> {
  const file = path.join(folder, name)
  const lines = Array.from({ length: SYMBOLS }, (_, at) =>
    rawBars({ symbol: `${100_000 + at}`, from: '2022-01-03', count: SESSIONS, seed: at + 1, decimals: 0 }),
  )
    .flat()
    .map(change)
    .map(({ symbol, session, open, high, low, close, volume }) =>
      [symbol, session, open, high, low, close, volume].join(','),
    )
  await writeFile(file, ['symbol,date,open,high,low,close,volume', ...lines, ''].join('\n'))
  return file
}

/** A real process; `kill` leaves it no time for anything. */
function startIngest(file: string): { kill(): Promise<void>; ended: Promise<string> } {
  const child = spawn(process.execPath, [MAIN, 'ingest', file], {
    cwd: folder,
    env: { PATH: process.env['PATH'], DATABASE_URL: database.url, ML_THREADS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const ended = once(child, 'close').then(() => output)
  return {
    ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function until(what: string, statement: string, parameters: readonly unknown[] = []): Promise<void> {
  for (let looks = 0; looks < 1_000; looks += 1) {
    const { rows } = await own.query<{ holds: boolean }>(statement, [...parameters])
    if (rows[0]?.holds === true) return
    await sleep(10)
  }
  throw new Error(`still waiting until ${what}`)
}

/** The server may go on for a moment with what a dead client has asked for. */
async function untilGone(): Promise<void> {
  const pids: number[] = []
  for (const client of [own, holder]) {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    pids.push(...rows.map(({ pid }) => pid))
  }
  const others = 'FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL($1)'
  await until('the server has let go', `SELECT count(*) = 0 AS holds ${others}`, [pids])
}

/** All that an ingest changes, without times and the numbers that a sequence gives out. */
async function state(): Promise<unknown> {
  const { rows } = await own.query(
    `SELECT (SELECT md5(string_agg(concat_ws(' ', symbol_id, session, open, high, low, close, volume, flags, data_version),
                                   ',' ORDER BY symbol_id, session)) FROM bar) AS bars,
            (SELECT count(*)::int FROM bar) AS "barRows",
            (SELECT count(*)::int FROM bar_revision) AS revisions,
            (SELECT count(*)::int FROM data_version) AS "dataVersions",
            (SELECT sum(data_version)::int FROM symbol) AS "newestVersions",
            (SELECT array_agg(stored_rows || ' ' || corrected_rows ORDER BY id) FROM ingestion) AS ingestions`,
  )
  return rows[0]
}

describe('an ingest of corrections that is killed', () => {
  it('stores all or none of them', async () => {
    const first = await csvOf('first.csv', (bar) => bar)
    const corrected = await csvOf('corrected.csv', (bar, at) =>
      at % 2 === 0 ? bar : { ...bar, volume: Number(bar.volume) + 1 },
    )
    expect(await startIngest(first).ended).toMatch(/10,000 stored/)
    const before = await state()
    expect(before).toMatchObject({
      barRows: BARS,
      revisions: 0,
      dataVersions: SYMBOLS,
      ingestions: ['10000 0'],
    })

    // At the first, the delivery is recorded and no bar is touched; at the second, the old bars are gone and the new
    // ones not there yet.
    for (const table of ['bar_revision', 'model_version']) {
      await holder.query(`BEGIN; LOCK TABLE ${table} IN SHARE MODE`)
      const ingest = startIngest(corrected)
      await until(
        `the ingest waits for ${table}`,
        'SELECT count(*) > 0 AS holds FROM pg_locks WHERE NOT granted AND relation = $1::regclass',
        [table],
      )
      await ingest.kill()
      await holder.query('COMMIT')
      await untilGone()
      expect(await state()).toEqual(before)
    }

    const killed: unknown[] = []
    for (const delayMs of [0, 100]) {
      await holder.query('BEGIN; LOCK TABLE model_version IN SHARE MODE')
      const ingest = startIngest(corrected)
      await until(
        'the ingest waits, or has nothing to do',
        `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'model_version'::regclass)
             OR (SELECT count(*) > 1 FROM ingestion) AS holds`,
      )
      await holder.query('COMMIT')
      await sleep(delayMs)
      await ingest.kill()
      await untilGone()
      killed.push(await state())
    }

    expect(await startIngest(corrected).ended).toMatch(/5,000 corrected|nothing|unchanged/i)
    const after = await state()
    expect(after).toMatchObject({ barRows: BARS, revisions: BARS / 2, dataVersions: 2 * SYMBOLS })
    expect(after).toMatchObject({ newestVersions: 2 * SYMBOLS, ingestions: ['10000 0', '0 5000'] })
    for (const found of killed) expect([before, after]).toContainEqual(found)
  }, 60_000)
})
