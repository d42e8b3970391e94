import { createClient } from 'graphql-ws'
import type { Client } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { StartBacktestRequest } from '../../../src/services/backtests/start-backtest.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'
import { startProgram } from '../../support/served.js'
import type { Served } from '../../support/served.js'

const ROWS = rawBars({ symbol: 'KOSPI', from: '2021-01-04', count: 650 })

/** Without a worker: it brings the bars in, and reads what the processes have done. */
let platform: TestPlatform
const started: Served[] = []
const clients: Client[] = []

beforeAll(async () => {
  platform = await createTestPlatform('2024-07-09T20:00:00+09:00', { worker: false })
  await platform.services.ingestBars(delivery(ROWS))
})
afterAll(async () => {
  for (const client of clients.splice(0)) await client.dispose()
  await Promise.all(started.splice(0).map((one) => one.end('SIGKILL')))
  await platform.close()
})

function serve(role: 'all' | 'worker' | 'api'): Served {
  const served = startProgram(['serve', '--no-sample', '--role', role], {
    DATABASE_URL: platform.databaseUrl,
    WORKER_SLOTS: '1',
  })
  started.push(served)
  return served
}

interface Told {
  readonly cursor: string
  readonly status: string
  readonly doneSessions: number
  readonly rows: readonly { readonly session: string; readonly predictedClose: number }[]
}

async function* follow(url: string, id: string, after: string | undefined): AsyncGenerator<Told> {
  const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 })
  clients.push(client)
  const results = client.iterate<{ backtestProgress: Told }>({
    query: `subscription ($id: ID!, $after: String) { backtestProgress(id: $id, after: $after) {
      cursor status doneSessions rows { session predictedClose } } }`,
    variables: { id, after },
  })
  for await (const { data, errors } of results) {
    if (!data) throw new Error(errors?.map(({ message }) => message).join('; ') ?? 'nothing came')
    yield data.backtestProgress
  }
}

const urlOf = async (served: Served): Promise<string> => (await served.says(/GraphQL {2}(\S+)/))[1] ?? ''

it('a backtest resumes where its killed process stopped, and a follower receives every row once', async () => {
  const request: StartBacktestRequest = {
    symbol: 'KOSPI',
    recipe: 'seed',
    seed: 3,
    protocol: 'WALK_FORWARD',
    from: undefined,
    to: undefined,
    refitEvery: 1,
    window: 'ROLLING',
    trainSamples: 200,
    scalerFit: 'TRAINING_ROWS',
    strategy: { kind: 'LONG_SHORT', threshold: 0, execution: 'NEXT_OPEN', commissionBps: 1, slippageBps: 1 },
  }
  const first = serve('all')
  const firstUrl = await urlOf(first)
  const { id, sessions } = await platform.services.startBacktest(request)

  const seen: Told[] = []
  let killedMs = 0
  await (async () => {
    for await (const event of follow(firstUrl, id, undefined)) {
      seen.push(event)
      if (seen.length === 100) {
        killedMs = Date.now()
        await first.end('SIGKILL')
        return
      }
    }
  })()
  const cursor = seen.at(-1)?.cursor
  const [second] = [serve('api'), serve('worker')]
  const secondUrl = await urlOf(second)
  let againMs = 0
  for await (const event of follow(secondUrl, id, cursor)) {
    if (againMs === 0 && event.doneSessions > 100) againMs = Date.now()
    seen.push(event)
  }
  process.stderr.write(`goes on ${((againMs - killedMs) / 1_000).toFixed(1)} s after the kill\n`)
  expect(againMs - killedMs).toBeLessThan(30_000)
  expect(seen.at(-1)?.status).toBe('SUCCEEDED')
  expect(seen.flatMap(({ rows }) => rows.map(({ session }) => session))).toEqual(
    ROWS.slice(-sessions).map(({ session }) => session),
  )
  const backtest = await platform.services.backtests.backtest(id)
  expect(backtest).toMatchObject({ status: 'SUCCEEDED', doneSessions: sessions, doneFolds: sessions })

  // This one ran without an interruption.
  const whole = await platform.services.startBacktest(request)
  for await (const event of platform.services.backtests.follow(whole.id, 0)) {
    if (event.status !== 'RUNNING') break
  }
  const rowsOf = async (of: string): Promise<unknown[]> => {
    const rows: unknown[] = []
    for await (const page of platform.services.backtests.allRows(of)) rows.push(...page)
    return rows
  }
  expect(await rowsOf(id)).toEqual(await rowsOf(whole.id))
  const [metrics, wholeMetrics] = await platform.services.backtests.metrics([id, whole.id])
  expect(metrics).toEqual(wholeMetrics)
}, 180_000)
