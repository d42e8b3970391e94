import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { parse } from 'csv-parse/sync'
import type { BacktestRow } from '../../../src/domain/backtests/backtest.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const ROWS = rawBars({ symbol: 'KOSPI', from: '2018-01-02', count: 1_500 })
const TOKEN = 'a-token-of-sixteen'
const UNKNOWN = '00000000-0000-4000-8000-000000000000'

let platform: TestPlatform
let id: string
let rows: BacktestRow[]
beforeAll(async () => {
  platform = await createTestPlatform('2024-07-10T20:00:00+09:00', { apiToken: TOKEN })
  await platform.services.ingestBars(delivery(ROWS))
  const { startBacktest, backtests } = platform.services
  const started = await startBacktest({
    symbol: 'KOSPI',
    recipe: 'seed',
    seed: 0,
    protocol: 'WALK_FORWARD',
    refitEvery: 50,
    window: 'ROLLING',
    trainSamples: 200,
    scalerFit: 'TRAINING_ROWS',
    strategy: {
      kind: 'LONG_FLAT',
      threshold: 0,
      execution: 'NEXT_OPEN',
      commissionBps: 1.5,
      slippageBps: 2,
    },
  })
  id = started.id
  const events = backtests.follow(id, 0)
  while ((await events.next()).done !== true);
  rows = []
  for await (const page of backtests.allRows(id)) rows.push(...page)
})
afterAll(async () => {
  await platform.close()
})

async function origin(): Promise<string> {
  return new URL(await platform.url()).origin
}

async function ask(path: string, token = TOKEN): Promise<Response> {
  return fetch(`${await origin()}${path}`, { headers: { authorization: `Bearer ${token}` } })
}

it('gives every row as CSV, with every digit', async () => {
  const answer = await ask(`/backtests/${id}.csv`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
  expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="backtest-KOSPI-${id}.csv"`)
  const [names = [], ...lines] = parse(await answer.text(), { columns: false })
  expect(rows.length).toBeGreaterThan(1_200)
  expect([...names].sort()).toEqual(Object.keys(rows[0] ?? {}).sort())
  const read = lines.map((cells) =>
    Object.fromEntries<unknown>(
      cells.map((cell, column) => {
        const name = names[column] ?? ''
        const value = rows[0]?.[name as keyof BacktestRow]
        if (cell === '') return [name, null]
        if (cell === 'true' || cell === 'false') return [name, cell === 'true']
        return [name, typeof value === 'string' || Number.isNaN(Number(cell)) ? cell : Number(cell)]
      }),
    ),
  )
  expect(read).toEqual(rows)
})

it('gives every row as NDJSON, an object a line', async () => {
  const answer = await ask(`/backtests/${id.toUpperCase()}.ndjson`)
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
  expect(answer.headers.get('content-disposition')).toMatch(/filename="backtest-KOSPI-.*\.ndjson"$/)
  const lines = (await answer.text()).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(rows)
})

it.each([`/backtests/${UNKNOWN}.csv`, `/backtests/${UNKNOWN}.ndjson`, '/backtests/nothing.csv'])(
  'answers %s with 404',
  async (path) => {
    const answer = await ask(path)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] })
  },
)

it('requires the token', async () => {
  const answer = await ask(`/backtests/${id}.csv`, 'another-token-of-sixteen')
  expect(answer.status).toBe(401)
  expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
})

it('reads no further than its client, and stops when the client leaves', async () => {
  const { backtests } = platform.services
  const real = backtests.allRows.bind(backtests)
  let pages = 0
  let ended = false
  const isEnded = (): boolean => ended
  const page = rows.slice(0, 1_000)
  Object.assign(backtests, {
    async *allRows() {
      try {
        for (; pages < 10_000; pages += 1) yield await Promise.resolve(page)
      } finally {
        ended = true
      }
    },
  })
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      void origin().then((at) =>
        get(`${at}/backtests/${id}.csv`, { headers: { authorization: `Bearer ${TOKEN}` } }, resolve).on(
          'error',
          reject,
        ),
      )
    })
    response.on('error', () => undefined)
    let before = -1
    while (before !== pages) {
      before = pages
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    // Some megabytes lie in the buffers of the two sockets.
    expect(pages).toBeGreaterThan(0)
    expect(pages).toBeLessThan(200)
    response.destroy()
    while (!isEnded()) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(pages).toBeLessThan(200)
  } finally {
    Object.assign(backtests, { allRows: real })
  }
})
