import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'graphql-ws'
import type { Client } from 'graphql-ws'
import pg from 'pg'
import { WebSocket } from 'ws'
import { parseDatabaseUrl } from '../../src/db/connection.js'
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
        { name: 'long', extends: 'seed', hidden: 20, epochs: 10_000 },
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
  await Promise.all(clients.splice(0).map((client) => client.dispose()))
  await Promise.all(started.splice(0).map((one) => one.end('SIGKILL')))
})
afterAll(async () => {
  await database.end()
  await platform.close()
})

function serve(role: 'api' | 'worker' | 'all', environment: Record<string, string> = {}): Served {
  const served = startProgram(['serve', '--role', role], {
    ...{ DATABASE_URL: platform.databaseUrl, RECIPES_FILE: recipesFile, WORKER_SLOTS: '1' },
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

function follow(url: string, id: string, after?: string): AsyncGenerator<Told> {
  const client = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  })
  clients.push(client)
  const results = client.iterate<{ runProgress: Told }>({
    query: `subscription ($id: ID!, $after: String) { runProgress(id: $id, after: $after)
              { status epoch cursor run { forecast { predictedClose } } } }`,
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
  const run = await platform.services.retraining.request({
    ...{ symbol: 'KOSPI', recipe, seed: 0, origin: 'MANUAL' },
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
  it('do a job once, however long it takes and however many wait for one', async () => {
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
})
