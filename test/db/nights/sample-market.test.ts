import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { createPool, createPrisma, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import { createNightWriter } from '../../../src/db/nights/night-writer.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import { KospigraphError } from '../../../src/errors.js'
import { delivery, rawBars } from '../../support/bars.js'
import { storeSimulatedSymbols } from '../../support/sample-bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

// 2024-07-09 was a Tuesday.
const TUESDAY = '2024-07-09' as Session
const EVENING = '2024-07-09T20:00:00+09:00'
const CODES = ['SIM001', 'SIM002', 'SIM003']
const NOTHING = { symbols: [], bars: 0, nights: 0, fits: 0, failedFits: 0 }
const REAL = rawBars({ symbol: 'KOSPI', from: '2023-07-03', count: 254 }).filter(
  ({ session }) => session <= '2024-07-10',
)

let platform: TestPlatform
let pool: pg.Pool

async function open(): Promise<void> {
  // Without a worker: simulated nights have no jobs.
  platform = await createTestPlatform(EVENING, { worker: false })
  pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 2 })
}

async function close(): Promise<void> {
  await pool.end()
  await platform.close()
}

async function rows<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
  return (await pool.query<Row>(sql, values)).rows
}

/** The newest versions of the simulated symbols, whatever their ids. */
async function newestVersions(): Promise<unknown[]> {
  const versions = await rows<Record<string, string>>(
    `SELECT code, recipe_name AS recipe, engine_version AS engine, content_hash AS hash
     FROM model_version JOIN symbol ON symbol.id = symbol_id
     WHERE simulated AND night = $1 ORDER BY code, recipe_name`,
    [TUESDAY],
  )
  return versions.map((version) => Object.values(version))
}

/** What the nights of simulated symbols have left behind. */
async function countHistory(): Promise<unknown> {
  const [counts] = await rows(
    `SELECT count(*)::int AS forecasts, count(actual_close)::int AS realised,
       (SELECT count(*)::int FROM night WHERE simulated AND status = 'SUCCEEDED') AS nights,
       (SELECT count(*)::int FROM night_outcome WHERE simulated AND status = 'SUCCEEDED') AS outcomes,
       (SELECT string_agg(kind::text, ' ' ORDER BY symbol_id, number) FROM promotion) AS ledger
     FROM forecast JOIN symbol ON symbol.id = symbol_id AND simulated`,
  )
  return counts
}

const HISTORY = { forecasts: 120, realised: 117, nights: 40, outcomes: 240, ledger: 'TAKEOVER GIVE_WAY' }
const VERSIONS = [
  ['SIM001', 'returns', 'wasm-2', '5cbf9ada1c967d40462c748dbbd740ba29df73b74c62ae2cf91dfb056666ae9c'],
  ['SIM001', 'seed', 'wasm-2', '0ea29142718fcb4fd460c6b143835811f178cb6addd7bf7d59ab491ce2dd1adc'],
  ['SIM002', 'returns', 'wasm-2', '8fbc5ca1c0f796ee57979afaa7af56755f55f336be56a22a51ac6ee8a66a46e9'],
  ['SIM002', 'seed', 'wasm-2', 'c3a71fadf6b07a30eb6f19e7efd62d26fe7571adae7d651a5b6565c04a2e2912'],
  ['SIM003', 'returns', 'wasm-2', '59610f2ac36980f4e78f811591a3c4b83beb135db654bbb33740d0af3c9347b1'],
  ['SIM003', 'seed', 'wasm-2', 'a61b0bf71171e0d4cbc371468f8568c0d8f3e40c7350815a6b6ecb5a7fe139bb'],
]

async function untilEnded(date: Session): Promise<void> {
  for (let looks = 0; looks < 1_000; looks += 1) {
    const night = await platform.services.nights.night(date)
    if (night?.finishedAt != null) return
    await sleep(20)
  }
  throw new Error(`the night of ${date} has not ended`)
}

describe('the sample market of an empty database', () => {
  let bars: number
  let told: number[]

  beforeAll(async () => {
    await open()
    told = []
    const onNight = (done: number): number => told.push(done)
    const sample = await platform.services.loadSampleMarket({ onNight })
    expect(sample).toMatchObject({ symbols: CODES, nights: 40, fits: 240, failedFits: 0 })
    bars = sample.bars
  })
  afterAll(close)

  it('has 1,500 bars and 40 nights, the newest of the newest closed session', async () => {
    expect(bars).toBe(1_500)
    expect(told).toEqual(Array.from({ length: 40 }, (_, place) => place + 1))
    const { nights } = await platform.query<{
      nights: { edges: { node: { session: string; simulated: boolean; status: string } }[] }
    }>('{ nights { edges { node { session simulated status expected counts { succeeded failed } } } } }')
    expect(nights.edges).toHaveLength(40)
    const common = { simulated: true, status: 'SUCCEEDED', expected: 6, counts: { succeeded: 6, failed: 0 } }
    expect(nights.edges.map(({ node }) => node)).toEqual(
      nights.edges.map(({ node: { session } }) => ({ session, ...common })),
    )
    expect(nights.edges[0]?.node.session).toBe(TUESDAY)
  })

  it('has a track record of 39 realised forecasts a symbol, with intervals that cover most closes', async () => {
    const { symbols } = await platform.query<{
      symbols: {
        edges: {
          node: {
            code: string
            simulated: boolean
            trackRecord: { forecasts: number; coverage80: number; coverage95: number; servedByModel: number }
          }
        }[]
      }
    }>(
      '{ symbols { edges { node { code simulated trackRecord { forecasts coverage80 coverage95 servedByModel } } } } }',
    )
    const found = symbols.edges.map(({ node }) => node)
    expect(found.map(({ code, simulated, trackRecord }) => [code, simulated, trackRecord.forecasts])).toEqual(
      CODES.map((code) => [code, true, 39]),
    )
    for (const { trackRecord } of found) {
      expect(trackRecord.coverage80).toBeGreaterThan(0.6)
      expect(trackRecord.coverage80).toBeLessThan(0.95)
      expect(trackRecord.coverage95).toBeGreaterThan(0.85)
    }
    expect(found[2]?.trackRecord.servedByModel).toBeGreaterThan(0)
  })

  it('has a takeover and a giving-way in the ledger of one symbol, and none in the others', async () => {
    const ledgers = await platform.query<
      Record<
        string,
        { edges: { node: { kind: string; contender: string; symbol: { simulated: boolean } } }[] }
      >
    >(
      `{ ${CODES.map((code) => `${code}: promotions(symbol: "${code}") { edges { node { kind contender symbol { simulated } } } }`).join(' ')} }`,
    )
    const symbol = { simulated: true }
    expect(ledgers).toEqual({
      SIM001: { edges: [] },
      SIM002: { edges: [] },
      SIM003: {
        edges: [
          { node: { kind: 'GIVE_WAY', contender: 'persistence', symbol } },
          { node: { kind: 'TAKEOVER', contender: 'returns', symbol } },
        ],
      },
    })
  })

  it('has the forecast of the next session issued, and marked as that of a simulated symbol', async () => {
    const { forecast } = await platform.query<{ forecast: unknown }>(
      '{ forecast(symbol: "SIM002") { origin basedOnSession targetSession symbol { simulated } } }',
    )
    expect(forecast).toEqual({
      origin: 'ISSUED',
      basedOnSession: TUESDAY,
      targetSession: '2024-07-10',
      symbol: { simulated: true },
    })
  })

  it('was issued and realised at the closes of its sessions, and nothing of it lies in the future', async () => {
    const [times] = await rows(
      `SELECT count(*)::int AS forecasts, count(*) FILTER (WHERE origin = 'ISSUED')::int AS issued,
         count(*) FILTER (WHERE forecast.created_at = (based_on_session + time '15:30') AT TIME ZONE 'Asia/Seoul')::int AS "atClose",
         count(*) FILTER (WHERE realised_at = (target_session + time '15:30') AT TIME ZONE 'Asia/Seoul')::int AS realised
       FROM forecast`,
    )
    expect(times).toEqual({ forecasts: 120, issued: 120, atClose: 120, realised: 117 })
    const [newest] = await rows<{ at: Date }>(
      `SELECT max(at) AS at FROM (SELECT max(at) AS at FROM event UNION ALL SELECT max(known_at) FROM bar
         UNION ALL SELECT max(finished_at) FROM night UNION ALL SELECT max(created_at) FROM prediction) AS times`,
    )
    expect(newest?.at.toISOString()).toBe('2024-07-09T06:30:00.000Z')
  })

  it('leaves no job, and has missed no night of real symbols', async () => {
    expect(await rows('SELECT id FROM graphile_worker.jobs')).toEqual([])
    const asked = await platform.services.scheduleNights.catchUp()
    expect(asked).toEqual({
      claimed: null,
      message: 'no night of real symbols is on record, so none was missed',
    })
  })

  it('gives the same bytes on every machine: these hashes were written down once and must never change', async () => {
    expect(await newestVersions()).toEqual(VERSIONS)
    expect(await countHistory()).toEqual(HISTORY)
  })

  it('is played once', async () => {
    expect(await platform.services.loadSampleMarket()).toEqual(NOTHING)
    platform.clock.at = new Date('2024-07-15T20:00:00+09:00')
    expect(await platform.services.loadSampleMarket()).toEqual(NOTHING)
    platform.clock.at = new Date(EVENING)
  })

  it('admits no real symbol to a simulated night, and no simulated one to a real night', async () => {
    await platform.services.ingestBars(delivery(REAL.filter(({ session }) => session <= TUESDAY)))
    const ids = new Map(
      (await rows<{ code: string; id: number }>('SELECT code, id FROM symbol')).map(({ code, id }) => [
        code,
        id,
      ]),
    )
    const prisma = createPrisma(pool)
    try {
      const failure = { status: 'FAILED', code: 'TEST', message: 'refused' } as const
      for (const [simulated, code] of [
        [true, 'KOSPI'],
        [false, 'SIM001'],
      ] as const) {
        const log = createNightWriter(prisma, { simulated })
        expect((await log.symbols(TUESDAY, TUESDAY)).map((symbol) => symbol.code)).not.toContain(code)
        const session = '2024-07-10' as Session
        const requestedAt = new Date(EVENING)
        await log.start({ session, trigger: 'MANUAL', recipes: ['seed'], requestedAt })
        await expect(log.fail(session, ids.get(code) ?? 0, 'seed', failure, requestedAt)).rejects.toThrow(
          /[Ff]oreign key/,
        )
      }
      expect(await rows(`SELECT 1 FROM night_outcome WHERE date = '2024-07-10'`)).toEqual([])
    } finally {
      await prisma.$disconnect()
      await pool.query(`DELETE FROM night WHERE date = '2024-07-10'`)
      await pool.query('DELETE FROM graphile_worker._private_jobs')
    }
  })

  it('stays apart from the night of real symbols of the same session', async () => {
    await platform.work()
    expect(await platform.services.scheduleNights.runNow()).toMatchObject({ simulated: false })
    await untilEnded(TUESDAY)
    const { nights, real, simulated } = await platform.query<Record<string, unknown>>(
      `{ nights(first: 2) { edges { node { session simulated expected counts { succeeded } } } }
         real: nightOutcomes(session: "${TUESDAY}") { edges { node { symbol { code } recipe } } }
         simulated: nightOutcomes(session: "${TUESDAY}", simulated: true, first: 1) { edges { node { symbol { code } } } } }`,
    )
    expect(nights).toEqual({
      edges: [
        { node: { session: TUESDAY, simulated: false, expected: 2, counts: { succeeded: 2 } } },
        { node: { session: TUESDAY, simulated: true, expected: 6, counts: { succeeded: 6 } } },
      ],
    })
    expect(real).toEqual({
      edges: ['returns', 'seed'].map((recipe) => ({ node: { symbol: { code: 'KOSPI' }, recipe } })),
    })
    expect(simulated).toEqual({ edges: [{ node: { symbol: { code: 'SIM001' } } }] })
    const page = (
      args: string,
    ): Promise<{
      nights: { edges: { node: unknown }[]; pageInfo: { startCursor: string; endCursor: string } }
    }> =>
      platform.query(
        `{ nights(${args}) { edges { node { session simulated } } pageInfo { startCursor endCursor } } }`,
      )
    const first = await page('first: 1')
    const second = await page(`first: 1, after: "${first.nights.pageInfo.endCursor}"`)
    const back = await page(`last: 1, before: "${second.nights.pageInfo.startCursor}"`)
    expect([first, second, back].map((found) => found.nights.edges)).toEqual(
      [false, true, false].map((kind) => [{ node: { session: TUESDAY, simulated: kind } }]),
    )
    expect((await page('simulated: false')).nights.edges).toHaveLength(1)
    expect(await newestVersions()).toEqual(VERSIONS)
    expect(await countHistory()).toEqual(HISTORY)
  })
})

describe('a start that begins the sample market', () => {
  beforeEach(open)
  afterEach(close)

  it('is completed by the next one after it was stopped in a night, and leaves real symbols alone', async () => {
    const stopped = new AbortController()
    const onNight = (done: number): void => {
      // Somewhere in the fourth night.
      if (done === 3) setTimeout(() => stopped.abort(new KospigraphError('ABORTED', 'stopped')), 20)
    }
    const loading = platform.services.loadSampleMarket({ signal: stopped.signal, onNight })
    await expect(loading).rejects.toThrow(KospigraphError)
    const [{ nights }] = (await rows('SELECT count(*)::int AS nights FROM night')) as [{ nights: number }]
    expect(nights).toBeLessThan(40)
    expect(await rows('SELECT 1 FROM bar WHERE session = $1', [TUESDAY])).toEqual([])

    platform.clock.at = new Date('2024-07-10T20:00:00+09:00')
    await platform.services.ingestBars(delivery(REAL))
    const rest = await platform.services.loadSampleMarket()
    expect(rest).toMatchObject({ symbols: CODES, failedFits: 0 })
    expect(rest.nights).toBeLessThan(38)
    expect(await newestVersions()).toEqual(VERSIONS)
    expect(await countHistory()).toEqual(HISTORY)
    expect(await rows('SELECT 1 FROM night WHERE NOT simulated')).toEqual([])
    expect(
      await rows('SELECT 1 FROM forecast JOIN symbol ON symbol.id = symbol_id WHERE NOT simulated'),
    ).toEqual([])
    expect(await platform.services.loadSampleMarket()).toEqual(NOTHING)
  })

  it('is the only one of two that run together, and the other does not wait for it', async () => {
    const load = () => {
      const stopped = new AbortController()
      return platform.services.loadSampleMarket({ signal: stopped.signal, onNight: () => stopped.abort() })
    }
    const [playing, other] = (await Promise.allSettled([load(), load()])).toSorted((a, b) =>
      a.status > b.status ? -1 : 1,
    )
    expect(playing).toMatchObject({ status: 'rejected', reason: { code: 'ABORTED' } })
    expect(other).toEqual({ status: 'fulfilled', value: NOTHING })
    expect(await rows('SELECT 1 FROM night')).toHaveLength(1)
  })

  it('leaves a database that has bars as it is', async () => {
    await platform.services.ingestBars(delivery(REAL.slice(0, 5)))
    expect(await platform.services.loadSampleMarket()).toEqual(NOTHING)
  })

  it('leaves the sample market of an earlier release, which has no nights, as it is', async () => {
    await storeSimulatedSymbols(platform.databaseUrl, TUESDAY)
    expect(await platform.services.loadSampleMarket()).toEqual(NOTHING)
  })
})

describe('simulated symbols where intervals are those of the market', () => {
  beforeEach(open)
  afterEach(close)

  it('are no market for a real symbol that has too few bars of its own', async () => {
    await storeSimulatedSymbols(platform.databaseUrl, TUESDAY)
    const young = rawBars({ symbol: '005930', from: '2024-06-03', count: 60, decimals: 0 })
    await platform.services.ingestBars(delivery(young.filter(({ session }) => session <= TUESDAY)))
    await platform.work()
    await platform.services.scheduleNights.runNow()
    await untilEnded(TUESDAY)
    const none = { lower80: null, upper95: null, warmingUp: false }
    expect(await platform.services.forecasts.forecast('005930')).toMatchObject({
      contender: 'persistence',
      ...none,
    })
  })
})
