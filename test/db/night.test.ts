import { setTimeout as sleep } from 'node:timers/promises'
import { runNight } from '../../src/cli/night.js'
import { createPool, createPrisma, parseDatabaseUrl } from '../../src/db/connection.js'
import { createNightLog } from '../../src/db/night-log.js'
import { ClaimLostError } from '../../src/domain/job.js'
import type { NightOutcome, NightRecord } from '../../src/domain/night-record.js'
import type { NightStatus } from '../../src/domain/night.js'
import type { Session } from '../../src/domain/session.js'
import { delivery, rawBars } from '../support/bars.js'
import { createTestPlatform } from '../support/platform.js'
import type { TestPlatform, TestPlatformOptions } from '../support/platform.js'

// 2024-07-09 was a Tuesday.
const TUESDAY = '2024-07-09' as Session
const EVENING = '2024-07-09T18:30:00+09:00'
const CODES = ['KOSPI', '005930', '000660']
const MARKET = CODES.flatMap((symbol, index) =>
  rawBars({
    ...{ symbol, from: '2023-07-03', count: 254, seed: index + 1 },
    decimals: symbol === 'KOSPI' ? 2 : 0,
  }),
)
const ALL = { limit: 1_000, fromEnd: false, after: undefined, before: undefined }

let platform: TestPlatform
let pool: ReturnType<typeof createPool>

async function open(now: string, options: TestPlatformOptions = {}): Promise<void> {
  platform = await createTestPlatform(now, options)
  pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 1 })
}
afterEach(async () => {
  await pool.end()
  await platform.close()
})

async function ingest(to: string, codes = CODES): Promise<void> {
  const rows = MARKET.filter(({ symbol, session }) => codes.includes(symbol) && session <= to)
  await platform.services.ingestBars(delivery(rows.map((bar, index) => ({ ...bar, row: index + 1 }))))
}

async function until(date: Session, status: NightStatus): Promise<NightRecord> {
  for (let looks = 0; looks < 1_000; looks += 1) {
    const night = await platform.services.nights.night(date)
    if (night?.status === status) return night
    await sleep(20)
  }
  const night = await platform.services.nights.night(date)
  throw new Error(`the night of ${date} is not ${status}: ${JSON.stringify(night)}`)
}

async function outcomesOf(date: Session): Promise<(NightOutcome & { readonly code: string })[]> {
  const { items } = await platform.services.nights.outcomes({ date }, ALL)
  const symbols = await platform.services.market.symbolsById(items.map(({ symbolId }) => symbolId))
  return items.map((item) => ({ ...item, code: symbols.find(({ id }) => id === item.symbolId)?.code ?? '' }))
}

/** The job that waits for its time, now: the queue goes by the database's clock, which no test sets. */
async function retryAt(time: string, date: Session): Promise<void> {
  platform.clock.at = new Date(time)
  await pool.query(`SELECT graphile_worker.add_job('night', $1::json, job_key := $2)`, [
    JSON.stringify({ date }),
    `night:${date}`,
  ])
}

async function rows<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
  return (await pool.query<Row>(sql, values)).rows
}

const issued = (): Promise<{ code: string; session: string; forecasts: number }[]> =>
  rows(
    `SELECT code, target_session::text AS session, count(*)::int AS forecasts FROM forecast
     JOIN symbol ON symbol.id = symbol_id WHERE origin = 'ISSUED' GROUP BY 1, 2 ORDER BY 2, 1`,
  )

describe('a night', () => {
  it('fits every recipe to every symbol, and issues one forecast each for the next session', async () => {
    await open(EVENING)
    await ingest(TUESDAY)
    expect(await platform.services.scheduleNights.fire()).toMatchObject({ claimed: TUESDAY })
    const night = await until(TUESDAY, 'SUCCEEDED')
    expect(night).toMatchObject({
      trigger: 'SCHEDULE',
      reason: null,
      expected: 6,
      recipes: ['seed', 'returns'],
    })
    expect(await platform.services.nights.counts([TUESDAY])).toEqual([
      { SUCCEEDED: 6, FAILED: 0, ALREADY_ISSUED: 0, STALE: 0 },
    ])
    expect(await issued()).toEqual(
      CODES.toSorted().map((code) => ({ code, session: '2024-07-10', forecasts: 1 })),
    )
    const versions = await rows(
      `SELECT recipe_name AS recipe, origin, night::text, window_last::text AS last, count(*)::int FROM model_version
       GROUP BY 1, 2, 3, 4 ORDER BY 1`,
    )
    const common = { origin: 'NIGHT', night: TUESDAY, last: TUESDAY, count: 3 }
    expect(versions).toEqual([
      { recipe: 'returns', ...common },
      { recipe: 'seed', ...common },
    ])
    // Each contender's, and what the recipes would have said of the sessions with a whole window before them.
    const predictions = await rows(
      `SELECT contender, refit_every AS "refitEvery", count(*)::int, min(target_session)::text AS first,
         max(target_session)::text AS last
       FROM prediction GROUP BY 1, 2 ORDER BY 1, 2`,
    )
    const next = { first: '2024-07-10', last: '2024-07-10', count: 3 }
    const known = MARKET.filter(({ symbol, session }) => symbol === 'KOSPI' && session <= TUESDAY)
    const from = (place: number) => ({
      ...{ first: known[place]?.session, last: TUESDAY },
      count: CODES.length * (known.length - place),
    })
    expect(predictions).toEqual([
      { contender: 'persistence', refitEvery: null, ...next },
      { contender: 'returns', refitEvery: 1, ...next },
      { contender: 'returns', refitEvery: 20, ...from(206) },
      { contender: 'seed', refitEvery: 1, ...next },
      { contender: 'seed', refitEvery: 20, ...from(205) },
    ])
  })

  it('gives the bytes that a manual retrain gives', async () => {
    await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI'])
    await platform.services.scheduleNights.fire()
    await until(TUESDAY, 'SUCCEEDED')
    const [outcome] = await outcomesOf(TUESDAY)
    const run = await platform.services.followRuns.retrain({
      ...{ symbol: 'KOSPI', recipe: 'seed', seed: 0, origin: 'MANUAL' },
    })
    expect(run).toMatchObject({
      ...{ versionCreated: false, forecastCreated: false },
      ...{ modelVersionId: outcome?.modelVersionId, forecastId: outcome?.forecastId },
    })
  })

  it('begins once, however many schedulers ask at once, and a restart in the same minute changes nothing', async () => {
    await open(EVENING)
    await ingest(TUESDAY, ['KOSPI'])
    const { scheduleNights } = platform.services
    const asked = await Promise.all(Array.from({ length: 20 }, () => scheduleNights.fire()))
    expect(asked.filter(({ claimed }) => claimed !== null)).toHaveLength(1)
    await until(TUESDAY, 'SUCCEEDED')
    expect(await scheduleNights.fire()).toMatchObject({
      claimed: null,
      message: expect.stringMatching(/on record/) as unknown,
    })
    expect(await scheduleNights.catchUp()).toMatchObject({ claimed: null })
    expect(await rows('SELECT claim FROM night')).toEqual([{ claim: 1 }])
    expect(await rows('SELECT count(*)::int AS jobs FROM graphile_worker.jobs')).toEqual([{ jobs: 0 }])
  })

  it('is skipped on a day that is no session, with the reason, and catches the night before up once', async () => {
    // 6 June is Memorial Day, a Thursday in 2024.
    await open('2024-06-05T18:30:00+09:00', { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest('2024-06-05', ['KOSPI'])
    await platform.services.scheduleNights.fire()
    await until('2024-06-05' as Session, 'SUCCEEDED')
    platform.clock.at = new Date('2024-06-06T18:30:00+09:00')
    expect(await platform.services.scheduleNights.fire()).toMatchObject({ claimed: null })
    expect(await platform.services.nights.night('2024-06-06' as Session)).toMatchObject({
      status: 'SKIPPED',
      reason: expect.stringMatching(/2024-06-06 is not a session/) as unknown,
    })
    expect(await issued()).toEqual([{ code: 'KOSPI', session: '2024-06-07', forecasts: 1 }])
  })

  it('waits for bars that are not there: at 20:00, at 07:00, and never beyond the opening', async () => {
    await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest('2024-07-08')
    await ingest(TUESDAY, ['KOSPI'])
    await platform.services.scheduleNights.fire()
    const first = await until(TUESDAY, 'STALE')
    expect(first).toMatchObject({
      ...{ expected: 3, finishedAt: null, nextTryAt: new Date('2024-07-09T20:00:00+09:00') },
      reason: `2 of 3 symbols have no bar of ${TUESDAY} yet`,
    })
    await retryAt('2024-07-09T20:00:00+09:00', TUESDAY)
    for (;;) {
      const night = await until(TUESDAY, 'STALE')
      if (night.nextTryAt?.getTime() === Date.parse('2024-07-10T07:00:00+09:00')) break
      await sleep(20)
    }
    await ingest(TUESDAY, ['005930'])
    await retryAt('2024-07-10T07:00:00+09:00', TUESDAY)
    expect(await until(TUESDAY, 'SUCCEEDED')).toMatchObject({ nextTryAt: null, expected: 3 })
    const outcomes = await outcomesOf(TUESDAY)
    expect(outcomes.map(({ code, status, errorCode }) => [code, status, errorCode]).sort()).toEqual([
      ['000660', 'STALE', 'NO_BAR'],
      ['005930', 'SUCCEEDED', null],
      ['KOSPI', 'SUCCEEDED', null],
    ])
    expect(await issued()).toEqual([
      { code: '005930', session: '2024-07-10', forecasts: 1 },
      { code: 'KOSPI', session: '2024-07-10', forecasts: 1 },
    ])
  })

  it('issues nothing once the target has opened, though the bars have come', async () => {
    await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest('2024-07-08', ['KOSPI', '005930'])
    await platform.services.scheduleNights.fire()
    await until(TUESDAY, 'STALE')
    await ingest(TUESDAY, ['KOSPI'])
    // A worker that was down all night comes back.
    await retryAt('2024-07-10T09:00:00+09:00', TUESDAY)
    expect(await until(TUESDAY, 'FAILED')).toMatchObject({
      reason: expect.stringMatching(/none of 1 fits/) as unknown,
    })
    expect((await outcomesOf(TUESDAY)).map(({ code, errorCode }) => [code, errorCode]).sort()).toEqual([
      ['005930', 'NO_BAR'],
      ['KOSPI', 'TARGET_OPENED'],
    ])
    expect(await issued()).toEqual([])
    expect(await rows('SELECT id FROM model_version')).toEqual([])
  })

  it('lets one bad symbol fail alone, and persistence serve it', async () => {
    await open(EVENING)
    await ingest(TUESDAY, ['KOSPI', '000660'])
    const few = MARKET.filter(({ symbol, session }) => symbol === '005930' && session <= TUESDAY).slice(-100)
    await platform.services.ingestBars(delivery(few.map((bar, index) => ({ ...bar, row: index + 1 }))))
    await platform.services.scheduleNights.fire()
    await until(TUESDAY, 'SUCCEEDED')
    const outcomes = await outcomesOf(TUESDAY)
    expect(outcomes.filter(({ status }) => status === 'SUCCEEDED')).toHaveLength(4)
    const bad = outcomes.filter(({ code }) => code === '005930')
    expect(bad.map(({ status, errorCode, modelVersionId }) => [status, errorCode, modelVersionId])).toEqual([
      ['FAILED', 'TOO_FEW_BARS', null],
      ['FAILED', 'TOO_FEW_BARS', null],
    ])
    const forecast = await platform.services.models.forecast('005930')
    expect(forecast).toMatchObject({
      ...{ origin: 'ISSUED', servedBy: 'PERSISTENCE', targetSession: '2024-07-10', modelVersionId: null },
      ...{ predictedClose: few.at(-1)?.close, id: bad[0]?.forecastId },
    })
    expect(await issued()).toHaveLength(3)
  })

  it('leaves a forecast that a manual retrain has issued, and says so', async () => {
    await open(EVENING)
    await ingest(TUESDAY, ['KOSPI'])
    const run = await platform.services.followRuns.retrain({
      ...{ symbol: 'KOSPI', recipe: 'seed', seed: 7, origin: 'MANUAL' },
    })
    await platform.services.scheduleNights.fire()
    await until(TUESDAY, 'SUCCEEDED')
    const outcomes = await outcomesOf(TUESDAY)
    expect(outcomes.map(({ status, forecastId }) => [status, forecastId])).toEqual([
      ['ALREADY_ISSUED', run.forecastId],
      ['ALREADY_ISSUED', run.forecastId],
    ])
    expect(await rows(`SELECT origin, count(*)::int FROM model_version GROUP BY 1 ORDER BY 1`)).toEqual([
      { origin: 'MANUAL', count: 1 },
      { origin: 'NIGHT', count: 2 },
    ])
    expect(await issued()).toEqual([{ code: 'KOSPI', session: '2024-07-10', forecasts: 1 }])
  })

  it('leaves out what has left the market and simulated symbols that have stopped', async () => {
    await open('2024-07-09T20:00:00+09:00')
    await platform.services.loadSampleMarket()
    platform.clock.at = new Date('2024-07-10T18:30:00+09:00')
    await ingest('2024-07-10', ['KOSPI'])
    // Its newest bar is 11 sessions old.
    await ingest('2024-06-25', ['005930'])
    const date = '2024-07-10' as Session
    await platform.services.scheduleNights.fire()
    expect(await until(date, 'SUCCEEDED')).toMatchObject({ expected: 2 })
    expect(new Set((await outcomesOf(date)).map(({ code }) => code))).toEqual(new Set(['KOSPI']))
  })

  it('goes on without new bars where no provider answers', async () => {
    const environment = { NIGHT_RECIPES: 'seed', PROVIDERS: '*=csv', CSV_FOLDER: '/nowhere' }
    await open(EVENING, { environment })
    await ingest(TUESDAY, ['KOSPI'])
    await platform.services.scheduleNights.fire()
    await until(TUESDAY, 'SUCCEEDED')
    const { items } = await platform.services.market.syncAttempts('KOSPI', { ...ALL })
    expect(items).toMatchObject([{ provider: 'csv', status: 'FAILED' }])
    expect(await issued()).toHaveLength(1)
  })

  it('says why there is nothing to do without bars', async () => {
    await open(EVENING)
    await platform.services.scheduleNights.fire()
    expect(await until(TUESDAY, 'SKIPPED')).toMatchObject({
      reason: expect.stringMatching(/no symbol has a bar/) as unknown,
    })
  })
})

describe('nights that were missed', () => {
  it('are recorded and never issued; only the newest is caught up', async () => {
    await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI'])
    expect(await platform.services.scheduleNights.catchUp()).toMatchObject({
      claimed: null,
      message: 'no night is on record, so none was missed',
    })
    await platform.services.scheduleNights.fire()
    await until(TUESDAY, 'SUCCEEDED')
    // Down from Wednesday to Friday evening.
    platform.clock.at = new Date('2024-07-12T22:00:00+09:00')
    await ingest('2024-07-12', ['KOSPI'])
    const asked = await Promise.all([1, 2, 3].map(() => platform.services.scheduleNights.catchUp()))
    expect(asked.filter(({ claimed }) => claimed !== null)).toHaveLength(1)
    const friday = '2024-07-12' as Session
    expect(await until(friday, 'SUCCEEDED')).toMatchObject({ trigger: 'CATCH_UP' })
    const { items } = await platform.services.nights.nights(ALL)
    expect(items.map(({ date, status }) => [date, status])).toEqual([
      [friday, 'SUCCEEDED'],
      ['2024-07-11', 'MISSED'],
      ['2024-07-10', 'MISSED'],
      [TUESDAY, 'SUCCEEDED'],
    ])
    expect((await issued()).map(({ session }) => session)).toEqual(['2024-07-10', '2024-07-15'])
  })

  it.each(['fire', 'runNow'] as const)('are recorded by whatever begins the next one: %s', async (begin) => {
    await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI'])
    await platform.services.scheduleNights.fire()
    await until(TUESDAY, 'SUCCEEDED')
    // The scheduler's machine slept, or an operator was first.
    platform.clock.at = new Date('2024-07-12T18:30:00+09:00')
    await ingest('2024-07-12', ['KOSPI'])
    await platform.services.scheduleNights[begin]()
    await until('2024-07-12' as Session, 'SUCCEEDED')
    await platform.services.scheduleNights.catchUp()
    const { items } = await platform.services.nights.nights(ALL)
    expect(items.map(({ status }) => status)).toEqual(['SUCCEEDED', 'MISSED', 'MISSED', 'SUCCEEDED'])
  })

  it.each([
    ['the next afternoon', '2024-07-10T16:00:00+09:00'],
    ['a Saturday, which has no moment', '2024-07-13T18:30:00+09:00'],
  ])('are nothing that a question asked late makes of %s', async (_, now) => {
    await open(now, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest('2024-07-12', ['KOSPI'])
    expect(await platform.services.scheduleNights.fire()).toMatchObject({ claimed: null })
    expect(await platform.services.nights.nights(ALL)).toMatchObject({ items: [] })
  })

  it('are not caught up before the schedule would have begun them, nor after the next session has opened', async () => {
    await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI'])
    await platform.services.scheduleNights.fire()
    await until(TUESDAY, 'SUCCEEDED')
    platform.clock.at = new Date('2024-07-10T16:00:00+09:00')
    expect(await platform.services.scheduleNights.catchUp()).toMatchObject({
      ...{ claimed: null, message: 'the night of 2024-07-10 is not due yet' },
    })
    platform.clock.at = new Date('2024-07-11T10:00:00+09:00')
    expect(await platform.services.scheduleNights.catchUp()).toMatchObject({ claimed: null })
    expect(await platform.services.nights.night('2024-07-10' as Session)).toMatchObject({ status: 'MISSED' })
  })
})

describe('the schedule', () => {
  it('is paused for a reason, which skips its nights, and resumed', async () => {
    await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI'])
    const { scheduleNights, nights } = platform.services
    await expect(scheduleNights.pause(' ')).rejects.toThrow(/reason: say why/)
    expect(await scheduleNights.pause('vendor changes its prices')).toMatchObject({
      ...{ paused: true, pausedReason: 'vendor changes its prices', recipes: ['seed'] },
      ...{ expression: '30 18 * * 1-5', nextRun: new Date('2024-07-10T18:30:00+09:00') },
    })
    await scheduleNights.fire()
    expect(await nights.night(TUESDAY)).toMatchObject({
      ...{ status: 'SKIPPED', reason: 'paused: vendor changes its prices' },
    })
    expect(await scheduleNights.resume()).toMatchObject({ paused: false, pausedReason: null })
    // What was skipped stays skipped, until somebody wants it.
    expect(await scheduleNights.fire()).toMatchObject({ claimed: null })
    expect(await scheduleNights.runNow()).toMatchObject({
      date: TUESDAY,
      status: 'RUNNING',
      trigger: 'MANUAL',
    })
    await until(TUESDAY, 'SUCCEEDED')
    await expect(scheduleNights.runNow()).rejects.toThrow(/the night of 2024-07-09 has been done/)
    platform.clock.at = new Date('2024-07-10T10:00:00+09:00')
    await expect(scheduleNights.runNow()).rejects.toThrow(/2024-07-10 has opened/)
  })

  it('is refused at start where it is none, and so are recipes that do not exist', async () => {
    await open(EVENING, { worker: false })
    const start = (environment: Record<string, string>) => createTestPlatform(EVENING, { environment })
    await expect(start({ NIGHT_SCHEDULE: '30 25 * * *' })).rejects.toThrow(/NIGHT_SCHEDULE.*"25" is no hour/)
    await expect(start({ NIGHT_RECIPES: 'seed,gru' })).rejects.toThrow(/NIGHT_RECIPES.*"gru" does not exist/)
  })
})

describe('GraphQL', () => {
  it('begins a night, shows what it came to page by page, and pauses the schedule', async () => {
    await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI', '005930'])
    const few = MARKET.filter(({ symbol, session }) => symbol === '000660' && session <= TUESDAY).slice(-50)
    await platform.services.ingestBars(delivery(few.map((bar, index) => ({ ...bar, row: index + 1 }))))
    expect(await platform.query('mutation { runNightNow { date status trigger expected } }')).toEqual({
      runNightNow: { date: TUESDAY, status: 'RUNNING', trigger: 'MANUAL', expected: null },
    })
    await until(TUESDAY, 'SUCCEEDED')
    const page = `query ($after: String) {
      night(date: "${TUESDAY}") { status expected counts { succeeded failed alreadyIssued stale } }
      nights(first: 5) { edges { node { date } } }
      nightOutcomes(date: "${TUESDAY}", first: 2, after: $after) {
        edges { cursor node { recipe status errorCode symbol { code } modelVersion { night origin }
          forecast { targetSession origin } } }
        pageInfo { hasNextPage }
      }
    }`
    interface Answer {
      readonly night: unknown
      readonly nights: unknown
      readonly nightOutcomes: {
        readonly edges: readonly {
          readonly cursor: string
          readonly node: { readonly symbol: { code: string } }
        }[]
        readonly pageInfo: unknown
      }
    }
    const first = await platform.query<Answer>(page)
    expect(first.night).toEqual({
      ...{ status: 'SUCCEEDED', expected: 3 },
      counts: { succeeded: 2, failed: 1, alreadyIssued: 0, stale: 0 },
    })
    expect(first.nights).toEqual({ edges: [{ node: { date: TUESDAY } }] })
    const second = await platform.query<Answer>(page, { after: first.nightOutcomes.edges[1]?.cursor })
    const nodes = [first, second].flatMap(({ nightOutcomes }) => nightOutcomes.edges.map(({ node }) => node))
    expect(first.nightOutcomes.pageInfo).toEqual({ hasNextPage: true })
    const forecast = { targetSession: '2024-07-10', origin: 'ISSUED' }
    const good = { recipe: 'seed', status: 'SUCCEEDED', errorCode: null, forecast }
    const modelVersion = { night: TUESDAY, origin: 'NIGHT' }
    expect(nodes.toSorted((a, b) => (a.symbol.code < b.symbol.code ? -1 : 1))).toEqual([
      {
        ...good,
        symbol: { code: '000660' },
        status: 'FAILED',
        errorCode: 'TOO_FEW_BARS',
        modelVersion: null,
      },
      { ...good, symbol: { code: '005930' }, modelVersion },
      { ...good, symbol: { code: 'KOSPI' }, modelVersion },
    ])
    const failed = await platform.query<Answer>(
      `{ nightOutcomes(date: "${TUESDAY}", status: FAILED) { edges { node { symbol { code } } } } }`,
    )
    expect(failed.nightOutcomes.edges).toEqual([{ node: { symbol: { code: '000660' } } }])
    const again = await platform.ask('mutation { runNightNow { date } }')
    expect(again.errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })

    const fields = '{ expression timeZone recipes paused pausedReason nextRun }'
    const schedule = {
      ...{ expression: '30 18 * * 1-5', timeZone: 'Asia/Seoul', recipes: ['seed'] },
      nextRun: '2024-07-10T09:30:00.000Z',
    }
    expect(await platform.query(`mutation { pauseSchedule(reason: "moving house") ${fields} }`)).toEqual({
      pauseSchedule: { ...schedule, paused: true, pausedReason: 'moving house' },
    })
    expect(await platform.query(`mutation { resumeSchedule ${fields} }`)).toEqual({
      resumeSchedule: { ...schedule, paused: false, pausedReason: null },
    })
    expect(await platform.query(`{ schedule ${fields} }`)).toEqual({
      schedule: { ...schedule, paused: false, pausedReason: null },
    })
  })
})

describe('the command', () => {
  it('runs the night, follows it, and prints what it came to with the reasons of failures', async () => {
    await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI'])
    const few = MARKET.filter(({ symbol, session }) => symbol === '000660' && session <= TUESDAY).slice(-50)
    await platform.services.ingestBars(delivery(few.map((bar, index) => ({ ...bar, row: index + 1 }))))
    const lines: string[] = []
    const terminal = {
      print: (line: string) => lines.push(line),
      note: () => undefined,
      progress: () => ({ update: () => undefined, stop: () => undefined }),
    }
    const { signal } = new AbortController()
    expect(await runNight(platform.services, terminal, { signal })).toBe(0)
    expect(lines.join('\n')).toMatch(/status +SUCCEEDED\nfits +1 of 2 succeeded\nfailed +1\n/)
    expect(lines.at(-1)).toMatch(/^000660 +seed +TOO_FEW_BARS +000660: .*needs 205 bars and there are 50/)
    await expect(runNight(platform.services, terminal, { signal })).rejects.toThrow(/has been done/)
  })
})

describe('a worker that has lost its night', () => {
  it('can neither plan it nor end it, and what its successor finds done stays done', async () => {
    await open(EVENING, { worker: false, environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY)
    await platform.services.scheduleNights.fire()
    const prisma = createPrisma(pool)
    const log = createNightLog(prisma)
    const first = await log.claim(TUESDAY, platform.clock.at)
    const second = await log.claim(TUESDAY, platform.clock.at)
    if (!first || !second) throw new Error('the night cannot be claimed')
    expect([first.claim, second.claim]).toEqual([1, 2])
    const plan = { expected: 3, chunks: new Map([['lost', [1]]]), retry: null, givenUp: [] }
    await expect(log.plan(first, plan, platform.clock.at)).rejects.toThrow(ClaimLostError)
    await expect(log.end(first, 'FAILED', 'of the first', platform.clock.at)).rejects.toThrow(ClaimLostError)
    expect(await rows(`SELECT key FROM graphile_worker.jobs`)).toEqual([{ key: `night:${TUESDAY}` }])

    // The first had come as far as one outcome.
    await pool.query(
      `INSERT INTO night_outcome (date, symbol_id, recipe_name, status, error_code, error_message, at)
       SELECT $1, id, 'seed', 'FAILED', 'INTERNAL', 'of the first', now() FROM symbol WHERE code = 'KOSPI'`,
      [TUESDAY],
    )
    await log.plan(second, { ...plan, expected: 1, chunks: new Map() }, platform.clock.at)
    await log.finish(first, platform.clock.at)
    expect(await platform.services.nights.night(TUESDAY)).toMatchObject({ status: 'RUNNING' })
    await prisma.$disconnect()

    await platform.work()
    await until(TUESDAY, 'SUCCEEDED')
    const outcomes = await outcomesOf(TUESDAY)
    expect(outcomes.map(({ code, status, errorMessage }) => [code, status, errorMessage]).sort()).toEqual([
      ['000660', 'SUCCEEDED', null],
      ['005930', 'SUCCEEDED', null],
      ['KOSPI', 'FAILED', 'of the first'],
    ])
    expect(await rows('SELECT claim FROM night')).toEqual([{ claim: 3 }])
  })
})
