import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createPool, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

// Of 2022, when only members of two indices could be sold short.
const ROWS = rawBars({ symbol: '005930', from: '2022-01-03', count: 250, decimals: 0 })
const FROM = ROWS[220]?.session as Session

let folder: string
let platform: TestPlatform | undefined
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'short-sales-'))
})
afterEach(async () => {
  await platform?.close()
  platform = undefined
  await rm(folder, { recursive: true })
})

async function open(shortSales?: string): Promise<TestPlatform> {
  const file = path.join(folder, 'shorts.csv')
  if (shortSales !== undefined) await writeFile(file, shortSales)
  platform = await createTestPlatform('2024-07-10T20:00:00+09:00', {
    environment: shortSales === undefined ? {} : { SHORT_SALE_FILE: file },
  })
  await platform.services.ingestBars(delivery(ROWS))
  return platform
}

interface Read {
  backtestRows: { edges: { node: { target: number; unfilledReason: string | null; position: number } }[] }
  backtest: {
    slippageTicks: number
    metrics: {
      assumptions: string[]
      strategy: {
        unfilledOrders: number
        ruinedOn: string | null
        unfilledByReason: { reason: string; orders: number }[]
      }
    }
  }
}

/** Starts a backtest of 30 sessions over GraphQL and reads it when it has ended. */
async function run(opened: TestPlatform): Promise<Read & { readonly id: string }> {
  const { startBacktest } = await opened.query<{ startBacktest: { id: string } }>(
    `mutation ($from: LocalDate!) { startBacktest(input: { symbol: "005930", recipe: "seed", from: $from,
       refitEvery: 10, strategy: LONG_SHORT, slippageTicks: 1 }) { id } }`,
    { from: FROM },
  )
  const { id } = startBacktest
  for await (const event of opened.services.backtests.follow(id, 0)) expect(event.status).not.toBe('FAILED')
  const read = await opened.query<Read>(
    `query ($id: ID!) {
       backtest(id: $id) { slippageTicks metrics { assumptions strategy { unfilledOrders ruinedOn unfilledByReason { reason orders } } } }
       backtestRows(backtest: $id, first: 100) { edges { node { target unfilledReason position } } }
     }`,
    { id },
  )
  return { ...read, id }
}

it('a short-sale file with a mistake stops the start and names the line', async () => {
  await expect(open('code,from,to\n5930,2021-05-03,')).rejects.toThrow(
    /shorts\.csv: line 2: code "5930" must be a six-character KRX code/,
  )
})

it('without a list short sales of a partial ban are refused, counted and reported, and an old version is not certified', async () => {
  const opened = await open()
  const { backtestRows, backtest, id } = await run(opened)
  const wanted = backtestRows.edges.map(({ node }) => node).filter(({ target }) => target === -1)
  expect(wanted.length).toBeGreaterThan(0)
  expect(
    wanted.every(({ unfilledReason, position }) => unfilledReason === 'NO_SHORT_LIST' && position >= 0),
  ).toBe(true)
  const { assumptions, strategy } = backtest.metrics
  expect(strategy.unfilledByReason).toEqual([{ reason: 'NO_SHORT_LIST', orders: wanted.length }])
  expect(strategy).toMatchObject({ unfilledOrders: wanted.length, ruinedOn: null })
  expect(assumptions).toEqual(['KIND_UNKNOWN', 'MARKET_UNKNOWN', 'NO_SHORT_LIST', 'NO_TICK'])
  expect(backtest.slippageTicks).toBe(1)

  const session = ROWS[230]?.session as Session
  expect(await opened.services.certifyBacktest(id, session)).toMatchObject({ passed: true })
  const pool = createPool(parseDatabaseUrl(opened.databaseUrl), { max: 1 })
  try {
    await pool.query(`UPDATE backtest SET settings = settings - 'trading' WHERE id = $1`, [id])
  } finally {
    await pool.end()
  }
  await expect(opened.services.certifyBacktest(id, session)).rejects.toMatchObject({
    code: 'NOT_REPRODUCIBLE',
    message: expect.stringContaining('version 1 of the rules of trading') as string,
  })
})

it('a list permits short sales of its shares, and a backtest keeps what the list stated', async () => {
  const opened = await open('code,from,to\n005930,2021-05-03,2023-11-05\n')
  const { backtestRows, backtest, id } = await run(opened)
  expect(backtestRows.edges.some(({ node: { position } }) => position === -1)).toBe(true)
  expect(backtest.metrics.strategy.unfilledByReason).toEqual([])
  const stored = await opened.services.backtests.backtest(id)
  expect(stored?.settings.trading).toEqual({
    rules: 2,
    instrument: { kind: 'UNKNOWN', market: null, leverage: 1 },
    shortSales: {
      permitted: [{ from: '2021-05-03', to: '2023-11-05' }],
      unlisted: ['2009-06-01', '2011-11-10'],
    },
  })
})

it('a share that moved between markets is taxed and limited by the market of each day', async () => {
  const opened = await open('code,from,to\n005930,2021-05-03,\n')
  const { upsertSymbols } = await opened.query<{ upsertSymbols: { problems: unknown[] } }>(
    `mutation { upsertSymbols(input: [{ code: "005930", kind: COMMON_SHARE, markets: [
       { market: KOSDAQ, from: "1999-11-11", to: "2022-06-01" }, { market: KOSPI, from: "2022-06-01" }
     ] }]) { problems { message } } }`,
  )
  expect(upsertSymbols.problems).toEqual([])
  const { id } = await run(opened)
  const started = await opened.services.backtests.backtest(id)
  expect(started?.settings.trading?.instrument).toMatchObject({
    market: 'KOSPI',
    markets: [
      { from: '1999-11-11', market: 'KOSDAQ' },
      { from: '2022-06-01', market: 'KOSPI' },
    ],
  })
})
