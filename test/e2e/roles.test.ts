import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'graphql-ws'
import type { Client } from 'graphql-ws'
import pg from 'pg'
import { WebSocket } from 'ws'
import { parseDatabaseUrl } from '../../src/db/postgres/connection.js'
import { delivery, rawBars } from '../support/bars.js'
import { createTestFolder } from '../support/database.js'
import { createTestPlatform } from '../support/platform.js'
import type { TestPlatform } from '../support/platform.js'
import { startProgram } from '../support/served.js'
import type { Served } from '../support/served.js'

/** Without a worker: it brings the bars in and looks at what the processes have done. */
let platform: TestPlatform
let database: pg.Client
let recipesFile: string
const started: Served[] = []
const clients: Client[] = []

beforeAll(async () => {
  recipesFile = path.join(await createTestFolder(), 'recipes.json')
  // Some seconds of work on one thread, and minutes of it.
  await writeFile(
    recipesFile,
    JSON.stringify({
      recipes: [
        { name: 'long', extends: 'seed', hidden: 32, epochs: 10_000 },
        { name: 'endless', extends: 'seed', hidden: 192, epochs: 10_000 },
      ],
    }),
  )
  platform = await createTestPlatform('2024-07-09T20:00:00+09:00', {
    worker: false,
    environment: { RECIPES_FILE: recipesFile },
  })
  database = new pg.Client(parseDatabaseUrl(platform.databaseUrl))
  await database.connect()
  await platform.services.ingestBars(delivery(rawBars({ symbol: 'KOSPI', from: '2023-07-03', count: 250 })))
})
afterEach(async () => {
  // A test that failed leaves nothing behind for the next.
  await database.query(`UPDATE run SET status = 'FAILED', claim = claim + 1, finished_at = greatest(now(), started_at),
                          error_code = 'ABORTED', error_message = 'the test is over'
                        WHERE status IN ('QUEUED', 'RUNNING')`)
  for (const client of clients.splice(0)) await client.dispose()
  await Promise.all(started.splice(0).map((one) => one.end('SIGKILL')))
})
afterAll(async () => {
  await database.end()
  await platform.close()
})

function serve(role: 'api' | 'worker' | 'all', environment: Record<string, string> = {}): Served {
  const served = startProgram(['serve', '--role', role], {
    DATABASE_URL: platform.databaseUrl,
    RECIPES_FILE: recipesFile,
    WORKER_SLOTS: '1',
    ...environment,
  })
  started.push(served)
  return served
}

async function urlOf(served: Served): Promise<string> {
  return (await served.says(/GraphQL {2}(\S+)/))[1] ?? ''
}

async function post<Data>(url: string, query: string): Promise<Data> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })
  const { data, errors } = (await response.json()) as { data: Data; errors?: readonly { message: string }[] }
  if (errors) throw new Error(errors.map(({ message }) => message).join('; '))
  return data
}

interface Told {
  readonly status: string
  readonly epoch: number
  readonly cursor: string
  readonly run: { readonly forecast: { readonly predictedClose: number } | null }
}

const RESULT = 'run { forecast { predictedClose } }'

/** @param also fields that ask the database once more for every event */
function follow(url: string, id: string, after?: string, also = RESULT): AsyncGenerator<Told> {
  const client = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  })
  clients.push(client)
  const results = client.iterate<{ runProgress: Told }>({
    query: `subscription ($id: ID!, $after: String) { runProgress(id: $id, after: $after)
              { status epoch cursor ${also} } }`,
    variables: { id, after },
  })
  return (async function* () {
    for await (const { data, errors } of results) {
      if (!data) throw new Error(errors?.map(({ message }) => message).join('; ') ?? 'nothing came')
      yield data.runProgress
    }
  })()
}

async function startRun(recipe: string): Promise<string> {
  const run = await platform.services.runs.request({
    symbol: 'KOSPI',
    recipe,
    seed: 0,
    origin: 'MANUAL',
  })
  return run.id
}

async function untilRow<Row extends object>(what: string, sql: string, values: unknown[]): Promise<Row> {
  for (let looks = 0; looks < 1_500; looks += 1) {
    const { rows } = await database.query<Row>(sql, values)
    if (rows[0]) return rows[0]
    await sleep(20)
  }
  throw new Error(`still waiting until ${what}: ${started.map((one) => one.output()).join('\n')}`)
}

interface Claimed {
  readonly claim: number
  readonly startedMs: number
}
const claimed = (id: string, claim: number): Promise<Claimed> =>
  untilRow<Claimed>(
    `run ${id} has claim ${claim}`,
    `SELECT claim, (extract(epoch FROM started_at) * 1000)::float8 AS "startedMs" FROM run
     WHERE id = $1 AND status = 'RUNNING' AND claim >= $2`,
    [id, claim],
  )

describe('processes that share a database', () => {
  it('run a job once, however long it takes and however many workers wait', async () => {
    const workers = [serve('worker'), serve('worker', { WORKER_SLOTS: '3' })]
    await Promise.all(workers.map((worker) => worker.says(/Worker {3}takes/)))
    const id = await startRun('long')
    await untilRow('it has ended', `SELECT 1 FROM run WHERE id = $1 AND status = 'SUCCEEDED'`, [id])
    const { rows } = await database.query(
      `SELECT claim, extract(epoch FROM finished_at - started_at)::float8 > 3 AS "tookLong" FROM run WHERE id = $1`,
      [id],
    )
    expect(rows).toEqual([{ claim: 1, tookLong: true }])
    expect(workers.map((worker) => worker.output()).join('')).not.toMatch(/WARN|ERROR|took back/)
    await untilRow('the queue is empty', 'SELECT 1 WHERE NOT EXISTS (SELECT FROM graphile_worker.jobs)', [])
  }, 90_000)

  it("take a killed process's job over within seconds, and its followers see it to the end", async () => {
    const first = serve('worker')
    const api = serve('api')
    await first.says(/Worker {3}takes/)
    const url = await urlOf(api)
    const id = await startRun('endless')
    await claimed(id, 1)
    const second = serve('worker')
    await second.says(/Worker {3}takes/)
    const events = follow(url, id)
    const seen: Told[] = []
    for await (const event of events) {
      seen.push(event)
      if (event.epoch > 0) break
    }
    await first.end('SIGKILL')
    const killedMs = Date.now()
    const { claim, startedMs } = await claimed(id, 2)
    const takenOverMs = startedMs - killedMs
    console.log(`taken over ${takenOverMs} ms after the kill`)
    expect(claim).toBe(2)
    expect(takenOverMs).toBeLessThan(15_000)
    expect(second.output()).toMatch(/took back the jobs of workers that died/)

    // With its last cursor, at another process, a follower goes on where it was.
    const all = serve('api')
    const resumed = follow(await urlOf(all), id, seen.at(-1)?.cursor)
    const { value: again } = (await resumed.next()) as IteratorYieldResult<Told>
    expect(seen.map(({ cursor }) => cursor)).not.toContain(again.cursor)
    await platform.services.runs.cancel(id)
    const rest: Told[] = []
    for await (const event of resumed) rest.push(event)
    expect(rest.at(-1)).toMatchObject({ status: 'FAILED' })
    const replayed: Told[] = []
    for await (const event of follow(url, id)) replayed.push(event)
    expect(replayed.map(({ cursor }) => cursor)).toEqual(
      [...seen, again, ...rest].map(({ cursor }) => cursor),
    )
    await second.says(/has been taken over by another worker/)
  }, 90_000)

  it('let any API queue work and any worker do it', async () => {
    const api = serve('api')
    const url = await urlOf(api)
    const { retrain } = await post<{ retrain: { id: string; status: string } }>(
      url,
      'mutation { retrain(input: { symbol: "KOSPI", recipe: "seed" }) { id status } }',
    )
    expect(retrain.status).toBe('QUEUED')
    const events = follow(url, retrain.id)
    const first = events.next()
    await sleep(1_500)
    const worker = serve('worker')
    expect((await first).value).toMatchObject({ status: 'RUNNING', epoch: 0 })
    const seen: Told[] = []
    for await (const event of events) seen.push(event)
    expect(seen.at(-1)).toMatchObject({
      status: 'SUCCEEDED',
      run: { forecast: { predictedClose: expect.any(Number) as number } },
    })
    expect(worker.output()).not.toMatch(/GraphQL {2}/)
    expect(await worker.end('SIGTERM')).toBe(0)
    expect(await api.end('SIGTERM')).toBe(0)
  }, 60_000)

  it('return a job when they are stopped, for another to start over', async () => {
    const first = serve('worker')
    await first.says(/Worker {3}takes/)
    const id = await startRun('endless')
    await claimed(id, 1)
    const stopMs = performance.now()
    expect(await first.end('SIGTERM')).toBe(0)
    expect(performance.now() - stopMs).toBeLessThan(10_000)
    const key = `run:${id}`
    // A job of a test before, whose run was cancelled, may still wait for a worker to look at it.
    const { rows } = await database.query(
      'SELECT attempts, locked_by FROM graphile_worker.jobs WHERE key = $1',
      [key],
    )
    expect(rows).toEqual([{ attempts: 0, locked_by: null }])
    const second = serve('worker')
    await claimed(id, 2)
    await platform.services.runs.cancel(id)
    await untilRow('the queue is empty', 'SELECT 1 WHERE NOT EXISTS (SELECT FROM graphile_worker.jobs)', [])
    expect(second.output()).not.toMatch(/took back|ERROR/)
  }, 60_000)

  it('continue after the database has ended all their connections', async () => {
    const served = serve('all', { PORT: '0' })
    const url = await urlOf(served)
    const id = await startRun('long')
    await claimed(id, 1)
    // What an event is asked for besides may fail with the connections; the events themselves must not.
    const events = follow(url, id, undefined, '')
    await events.next()
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'kospigraph%' AND pid <> pg_backend_pid()`,
    )
    const seen: Told[] = []
    for await (const event of events) seen.push(event)
    expect(seen.at(-1)).toMatchObject({ status: 'SUCCEEDED' })
    const cursors = seen.map(({ cursor }) => cursor)
    expect(new Set(cursors).size).toBe(cursors.length)
    await untilRow('the queue is empty', 'SELECT 1 WHERE NOT EXISTS (SELECT FROM graphile_worker.jobs)', [])
    const after = await startRun('seed')
    await untilRow('it takes jobs', `SELECT 1 FROM run WHERE id = $1 AND status = 'SUCCEEDED'`, [after])
    expect(await served.end('SIGTERM')).toBe(0)
  }, 90_000)

  it('cancel the run of a command that is interrupted', async () => {
    const command = startProgram(['retrain', '--symbol', 'KOSPI', '--recipe', 'endless', '--seed', '7'], {
      DATABASE_URL: platform.databaseUrl,
      RECIPES_FILE: recipesFile,
    })
    started.push(command)
    await untilRow('it runs', `SELECT 1 FROM run WHERE seed = 7 AND status = 'RUNNING'`, [])
    expect(await command.end('SIGINT')).toBe(130)
    const { rows } = await database.query('SELECT status, error_code AS code FROM run WHERE seed = 7')
    expect(rows).toEqual([{ status: 'FAILED', code: 'ABORTED' }])
  }, 60_000)

  it('stop even though the database is gone', async () => {
    const own = await createTestPlatform('2024-07-09T20:00:00+09:00', { worker: false })
    const worker = startProgram(['serve', '--role', 'worker'], { DATABASE_URL: own.databaseUrl })
    started.push(worker)
    await worker.says(/Worker {3}takes/)
    await own.close()
    await worker.says(/lost the connection that marks this worker as alive/)
    const stopMs = performance.now()
    expect(await worker.end('SIGTERM')).toBe(0)
    expect(performance.now() - stopMs).toBeLessThan(10_000)
  }, 60_000)
})
