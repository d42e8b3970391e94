import { createBacktestWriter } from '../../../src/db/backtests/backtest-writer.js'
import { createPool, createPrisma, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import type { Backtest, BacktestProgress, BacktestRow } from '../../../src/domain/backtests/backtest.js'
import { NO_METRICS, hasEnded } from '../../../src/domain/backtests/backtest.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import type { BacktestEvent } from '../../../src/services/backtests/backtests.js'
import type { StartBacktestRequest } from '../../../src/services/backtests/start-backtest.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const ROWS = rawBars({ symbol: 'KOSPI', from: '2022-01-03', count: 420 })
const sessionAt = (place: number): Session => ROWS[place]?.session as Session

let platform: TestPlatform
beforeEach(async () => {
  platform = await createTestPlatform('2024-07-10T20:00:00+09:00')
  await platform.services.ingestBars(delivery(ROWS))
})
afterEach(async () => {
  await platform.close()
})

const REQUEST: StartBacktestRequest = {
  symbol: 'KOSPI',
  recipe: 'seed',
  seed: 0,
  protocol: 'WALK_FORWARD',
  refitEvery: 1,
  window: 'ROLLING',
  trainSamples: 200,
  scalerFit: 'TRAINING_ROWS',
  strategy: { kind: 'LONG_FLAT', threshold: 0, execution: 'NEXT_OPEN', commissionBps: 1.5, slippageBps: 2 },
}

interface Ran {
  readonly backtest: Backtest
  readonly events: readonly BacktestEvent[]
  readonly rows: readonly BacktestRow[]
}

async function follow(id: string, seq = 0): Promise<BacktestEvent[]> {
  const events: BacktestEvent[] = []
  for await (const event of platform.services.backtests.follow(id, seq)) events.push(event)
  return events
}

async function rowsOf(id: string): Promise<BacktestRow[]> {
  const rows: BacktestRow[] = []
  for await (const page of platform.services.backtests.allRows(id)) rows.push(...page)
  return rows
}

async function run(options: Partial<StartBacktestRequest> = {}): Promise<Ran> {
  const started = await platform.services.startBacktest({ ...REQUEST, ...options })
  const events = await follow(started.id)
  const backtest = await platform.services.backtests.backtest(started.id)
  if (!backtest) throw new Error('the backtest is gone')
  return { backtest, events, rows: await rowsOf(started.id) }
}

it('a walk-forward fits before every session, streams every fold in order, and ends with its metrics', async () => {
  const { backtest, events, rows } = await run({ from: sessionAt(300) })
  expect(backtest).toMatchObject({
    status: 'SUCCEEDED',
    sessions: 120,
    folds: 120,
    doneSessions: 120,
    doneFolds: 120,
  })
  expect(backtest).toMatchObject({ leaky: false, optimistic: false, engine: 'wasm', dataVersion: 1 })
  expect(rows.map(({ session }) => session)).toEqual(ROWS.slice(300).map(({ session }) => session))
  expect(rows.map(({ ordinal }) => ordinal)).toEqual(rows.map((_, place) => place))
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 121 }, (_, place) => place + 1))
  expect(events.flatMap((event) => event.rows)).toEqual(rows)
  expect(events.filter(hasEnded)).toHaveLength(1)
  const [metrics] = await platform.services.backtests.metrics([backtest.id])
  expect(metrics?.forecast?.sessions).toBe(120)
  expect(metrics?.strategy.sessions).toBe(120)
  expect(events.at(-1)?.metrics).toMatchObject({
    sessions: 120,
    skill: metrics?.forecast?.skill,
    netReturn: metrics?.strategy.net.totalReturn,
  })
  expect(rows.filter(({ lower80 }) => lower80 !== null)).toHaveLength(80)
})

it('the same backtest gives the same bytes, and a later end changes no earlier row', async () => {
  const [first, again, longer] = [
    await run({ from: sessionAt(300), to: sessionAt(360) }),
    await run({ from: sessionAt(300), to: sessionAt(360) }),
    await run({ from: sessionAt(300) }),
  ]
  expect(again.rows).toEqual(first.rows)
  expect(longer.rows.slice(0, 61)).toEqual(first.rows)
  expect(again.backtest.fingerprint).toBe(first.backtest.fingerprint)
  expect(longer.backtest.fingerprint).not.toBe(first.backtest.fingerprint)
})

it('a fixed split has the rows of both sides of its boundary, and leaks where its scaler sees all', async () => {
  const { backtest, rows, events } = await run({ protocol: 'FIXED_SPLIT' })
  expect(backtest).toMatchObject({ status: 'SUCCEEDED', sessions: 415, folds: 1, leaky: false })
  expect(backtest.lossCurve).toHaveLength(100)
  expect(rows.filter(({ part }) => part === 'TRAIN')).toHaveLength(200)
  expect(rows.filter(({ part }) => part === 'TEST')).toHaveLength(215)
  expect(rows[0]).toMatchObject({ session: sessionAt(5), netEquity: null, position: null })
  expect(rows[200]).toMatchObject({ session: sessionAt(205), part: 'TEST' })
  expect(events.map(({ rows: some }) => some.length)).toEqual([250, 0])
  const [metrics] = await platform.services.backtests.metrics([backtest.id])
  expect(metrics).toMatchObject({ forecast: { sessions: 215 }, training: { sessions: 200 } })

  const leaky = await run({ protocol: 'FIXED_SPLIT', scalerFit: 'ALL_ROWS' })
  expect(leaky.backtest.leaky).toBe(true)
  const { certifyBacktest } = platform.services
  expect(await certifyBacktest(backtest.id, sessionAt(250))).toMatchObject({
    passed: true,
    comparedRows: 246,
  })
  expect(await certifyBacktest(leaky.backtest.id, sessionAt(250))).toMatchObject({
    passed: false,
    firstDifference: sessionAt(5),
  })
})

it('is certified against corrupted later bars, for every recipe', async () => {
  for (const recipe of ['seed', 'returns']) {
    const { backtest } = await run({ recipe, from: sessionAt(330), refitEvery: 7, window: 'EXPANDING' })
    const certificate = await platform.services.certifyBacktest(backtest.id, sessionAt(380))
    expect(certificate).toMatchObject({
      passed: true,
      comparedRows: 51,
      corruptedBars: 39,
      differingField: null,
    })
    expect(await platform.services.backtests.certificates([backtest.id])).toEqual([[certificate]])
  }
})

describe('what a backtest sees', () => {
  it('is fixed at its request: a later correction changes nothing, and asOf an earlier instant sees the earlier bars', async () => {
    const from = sessionAt(340)
    const before = await run({ from })
    const asOf = new Date(platform.clock.at)
    platform.clock.at = new Date(platform.clock.at.getTime() + 60_000)
    const corrected = ROWS.map((bar, place) => (place === 300 ? { ...bar, volume: 1 } : bar))
    await platform.services.ingestBars(delivery(corrected))
    const after = await run({ from })
    expect(after.backtest.dataVersion).toBe(2)
    expect(after.rows).not.toEqual(before.rows)
    const past = await run({ from, asOf })
    expect(past.backtest).toMatchObject({ dataVersion: 1, asOf, fingerprint: before.backtest.fingerprint })
    expect(past.rows).toEqual(before.rows)
    expect(await platform.services.certifyBacktest(before.backtest.id, sessionAt(380))).toMatchObject({
      passed: true,
    })
  })

  it('is refused by name where it is too little', async () => {
    const { startBacktest, certifyBacktest } = platform.services
    const refused = (options: Partial<StartBacktestRequest>, message: RegExp) =>
      expect(startBacktest({ ...REQUEST, ...options })).rejects.toThrow(message)
    await refused(
      { from: sessionAt(100) },
      /from: KOSPI has 100 bars before .*, and recipe seed needs 205; begin at/,
    )
    await refused({ from: '2024-01-02' as Session }, /from: KOSPI has no bar at or after 2024-01-02/)
    await refused({ to: sessionAt(100) }, /KOSPI has 101 bars .* needs 205 before the first session/)
    await refused({ from: sessionAt(300), to: sessionAt(299) }, /from: .* is after to/)
    await refused(
      { protocol: 'FIXED_SPLIT', trainSamples: 415 },
      /trainSamples: 415 is not between 1 and 414/,
    )
    await refused({ recipe: 'gru' }, /recipe "gru" does not exist/)
    await refused({ refitEvery: 0 }, /refitEvery: 0/)
    await refused({ strategy: { ...REQUEST.strategy, commissionBps: -1 } }, /commissionBps: -1/)
    await refused({ asOf: new Date('2030-01-01') }, /asOf: .* has not passed/)
    const { backtest } = await run({ from: sessionAt(410) })
    await expect(certifyBacktest(backtest.id, sessionAt(419))).rejects.toThrow(
      /is not a session of the backtest, with one after it to corrupt; choose one from/,
    )
  })
})

describe('a cancelled backtest', () => {
  it('ends within a second and keeps what is done', async () => {
    const { id } = await platform.services.startBacktest(REQUEST)
    const events: BacktestEvent[] = []
    let askedMs = 0
    for await (const event of platform.services.backtests.follow(id, 0)) {
      events.push(event)
      if (events.length !== 20) continue
      askedMs = performance.now()
      await platform.services.backtests.cancel(id)
    }
    expect(performance.now() - askedMs).toBeLessThan(5_000)
    const backtest = await platform.services.backtests.backtest(id)
    expect(backtest?.status).toBe('CANCELLED')
    expect(backtest?.doneFolds).toBeLessThan(215)
    expect(events.at(-1)).toMatchObject({ status: 'CANCELLED', doneFolds: backtest?.doneFolds })
    expect(await rowsOf(id)).toHaveLength(backtest?.doneSessions ?? -1)
    const [metrics] = await platform.services.backtests.metrics([id])
    expect(metrics?.strategy.sessions).toBe(backtest?.doneSessions)
    expect(await platform.services.backtests.cancel(id)).toMatchObject({ status: 'CANCELLED' })
  })

  it('ends at once where no worker has begun it', async () => {
    const idle = await createTestPlatform('2024-07-10T20:00:00+09:00', { worker: false })
    try {
      await idle.services.ingestBars(delivery(ROWS))
      const { id } = await idle.services.startBacktest(REQUEST)
      expect(await idle.services.backtests.cancel(id)).toMatchObject({ status: 'CANCELLED', doneFolds: 0 })
      const events: BacktestEvent[] = []
      for await (const event of idle.services.backtests.follow(id, 0)) events.push(event)
      expect(events).toMatchObject([{ status: 'CANCELLED', rows: [] }])
    } finally {
      await idle.close()
    }
  })
})

it('orders at the close that a forecast was made from are marked optimistic', async () => {
  const strategy = { ...REQUEST.strategy, execution: 'SAME_CLOSE' } as const
  const { backtest, rows } = await run({ from: sessionAt(400), strategy })
  expect(backtest.optimistic).toBe(true)
  const filled = rows.filter(({ order }) => order === 'FILLED')
  expect(filled.length).toBeGreaterThan(0)
  expect(filled.every(({ fillPrice, previousClose }) => fillPrice === previousClose)).toBe(true)
})

it('a lost claim writes no row, no event and no end', async () => {
  const { id } = await platform.services.startBacktest({ ...REQUEST, from: sessionAt(415) })
  await follow(id)
  const pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 2 })
  const prisma = createPrisma(pool)
  try {
    await pool.query(`UPDATE backtest SET status = 'RUNNING', metrics = NULL WHERE id = $1`, [id])
    const log = createBacktestWriter(prisma, pool)
    const now = platform.clock.now()
    const stale = await log.claim(id, now)
    const newer = await log.claim(id, now)
    if (!stale || !newer) throw new Error('no claim')
    const progress: BacktestProgress = {
      status: 'RUNNING',
      fold: 5,
      foldFailure: null,
      rows: [],
      doneFolds: 5,
      doneSessions: 5,
      metrics: NO_METRICS,
    }
    const lost = { name: 'ClaimLostError' }
    await expect(log.addFolds(stale, [{ progress, rows: [] }], now)).rejects.toMatchObject(lost)
    const end = {
      status: 'SUCCEEDED',
      metrics: null,
      progress: { ...progress, fold: null },
      at: now,
    } as const
    await expect(log.end(stale, end)).rejects.toMatchObject(lost)
    await expect(log.setLossCurve(stale, [1])).rejects.toMatchObject(lost)
    const engine = { engine: 'wasm', engineVersion: 'x', device: 'x', engineReason: 'x' }
    await expect(log.chose(stale, engine)).rejects.toMatchObject(lost)
    const { rows } = await pool.query(`SELECT count(*)::int AS events FROM event WHERE subject = $1`, [id])
    expect(rows).toEqual([{ events: 6 }])
    await log.chose(newer, engine)
  } finally {
    await prisma.$disconnect()
    await pool.end()
  }
})

it('a backtest whose workers all died is failed by others, and its followers receive the end', async () => {
  const idle = await createTestPlatform('2024-07-10T20:00:00+09:00', { worker: false })
  const pool = createPool(parseDatabaseUrl(idle.databaseUrl), { max: 2 })
  const prisma = createPrisma(pool)
  try {
    await idle.services.ingestBars(delivery(ROWS))
    const log = createBacktestWriter(prisma, pool)
    const progress: BacktestProgress = {
      status: 'FAILED',
      fold: null,
      foldFailure: null,
      rows: [],
      doneFolds: 0,
      doneSessions: 0,
      metrics: NO_METRICS,
    }
    const { id } = await idle.services.startBacktest(REQUEST)
    expect(await log.failAbandoned(progress, idle.clock.now())).toEqual([])
    await pool.query(`SELECT graphile_worker.permanently_fail_jobs(array_agg(id)) FROM graphile_worker.jobs`)
    expect(await log.failAbandoned(progress, idle.clock.now())).toEqual([id])
    expect(await idle.services.backtests.backtest(id)).toMatchObject({
      status: 'FAILED',
      errorCode: 'INTERNAL',
    })
    const events: BacktestEvent[] = []
    for await (const event of idle.services.backtests.follow(id, 0)) events.push(event)
    expect(events).toMatchObject([{ status: 'FAILED' }])
  } finally {
    await prisma.$disconnect()
    await pool.end()
    await idle.close()
  }
})

it('a backtest is started, followed and certified over GraphQL', async () => {
  interface Started {
    startBacktest: { id: string; status: string; sessions: number; folds: number; symbol: { code: string } }
  }
  const { startBacktest } = await platform.query<Started>(
    `mutation ($from: LocalDate!) { startBacktest(input: { symbol: "KOSPI", recipe: "returns", from: $from, refitEvery: 5,
       strategy: LONG_SHORT, threshold: 0.0001 }) { id status sessions folds symbol { code } } }`,
    { from: sessionAt(360) },
  )
  expect(startBacktest).toEqual({
    id: expect.any(String) as string,
    status: 'QUEUED',
    sessions: 60,
    folds: 12,
    symbol: { code: 'KOSPI' },
  })
  const { id } = startBacktest
  expect(await follow(id)).toHaveLength(13)
  const { certifyBacktest } = await platform.query<{ certifyBacktest: unknown }>(
    `mutation ($id: ID!, $session: LocalDate!) { certifyBacktest(id: $id, session: $session) { passed comparedRows } }`,
    { id, session: sessionAt(390) },
  )
  expect(certifyBacktest).toEqual({ passed: true, comparedRows: 31 })
  const read = await platform.query<Record<string, unknown>>(
    `query ($id: ID!) {
       backtest(id: $id) {
         status protocol refitEvery window trainSamples strategy threshold execution leaky optimistic engine
         metrics {
           forecast { sessions skill dieboldMariano { untested } } training { sessions } intervals { level coverage }
           strategy { sessions unfilledOrders net { totalReturn maxDrawdown { depth peak } } holdNet { totalReturn } breakEvenCostBps }
         }
         certificates { passed session }
       }
       backtests(symbol: "KOSPI", first: 1) { edges { node { id } } pageInfo { hasNextPage } }
       backtestRows(backtest: $id, first: 2) { edges { cursor node { ordinal session part order position } } }
     }`,
    { id },
  )
  expect(read).toMatchObject({
    backtest: {
      status: 'SUCCEEDED',
      protocol: 'WALK_FORWARD',
      refitEvery: 5,
      window: 'ROLLING',
      trainSamples: null,
      strategy: 'LONG_SHORT',
      threshold: 0.0001,
      execution: 'NEXT_OPEN',
      leaky: false,
      engine: 'wasm',
      metrics: { forecast: { sessions: 60 }, training: null, strategy: { sessions: 60 } },
      certificates: [{ passed: true, session: sessionAt(390) }],
    },
    backtests: { edges: [{ node: { id } }], pageInfo: { hasNextPage: false } },
    backtestRows: {
      edges: [{ node: { ordinal: 0, session: sessionAt(360), part: 'TEST' } }, { node: { ordinal: 1 } }],
    },
  })
  const none = '00000000-0000-4000-8000-000000000000'
  expect(await platform.ask(`mutation { cancelBacktest(id: "${none}") { id } }`)).toMatchObject({
    errors: [{ message: `id: there is no backtest "${none}"; backtests lists them` }],
  })
})
