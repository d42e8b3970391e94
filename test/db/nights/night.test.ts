import { setTimeout as sleep } from 'node:timers/promises'
import { createPrisma } from '../../../src/db/postgres/connection.js'
import { createNightWriter } from '../../../src/db/nights/night-writer.js'
import { ClaimLostError } from '../../../src/domain/queue/job.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import { storeSimulatedSymbols } from '../../support/sample-bars.js'
import { ALL, CODES, EVENING, MARKET, TUESDAY, useNights } from '../../support/nights.js'

const { open, ingest, ingestFew, until, outcomesOf, retryAt, pool, rows, issued } = useNights()

describe('a symbol whose outcome cannot be stored', () => {
  it('does not prevent the forecasts of its chunk, even on the last attempt', async () => {
    const platform = await open(EVENING, { worker: false, environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY)
    await platform.services.scheduleNights.fire()
    const prisma = createPrisma(pool())
    const log = createNightWriter(prisma)
    const night = await log.claim(TUESDAY, platform.clock.at)
    if (!night) throw new Error('the night cannot be claimed')
    const ids = (await rows<{ id: number }>('SELECT id FROM symbol ORDER BY id')).map(({ id }) => id)
    const chunks = new Map([[`nightChunk:${TUESDAY}:0`, ids]])
    await log.plan(night, { expected: ids.length, chunks, retry: null, givenUp: [] }, platform.clock.at)
    await prisma.$disconnect()
    await pool().query('SELECT graphile_worker.remove_job($1)', [`night:${TUESDAY}`])
    await pool().query('UPDATE graphile_worker._private_jobs SET attempts = max_attempts - 1')
    // Stands for an unforeseen error of the first symbol.
    await pool().query(`ALTER TABLE forecast ADD CONSTRAINT unthought CHECK (symbol_id <> ${ids[0]})`)
    await platform.work()
    await until(TUESDAY, 'SUCCEEDED')
    expect(
      (await outcomesOf(TUESDAY)).map(({ code, status, errorCode }) => [code, status, errorCode]),
    ).toEqual([
      ['000660', 'FAILED', 'INTERNAL'],
      ['005930', 'SUCCEEDED', null],
      ['KOSPI', 'SUCCEEDED', null],
    ])
  })
})

describe('a night', () => {
  it('fits every recipe to every symbol, and issues one forecast each for the next session', async () => {
    const platform = await open(EVENING)
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
      first: known[place]?.session,
      last: TUESDAY,
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

  it('gives the same bytes as a manual retrain', async () => {
    const platform = await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI'])
    await platform.services.scheduleNights.fire()
    await until(TUESDAY, 'SUCCEEDED')
    const [outcome] = await outcomesOf(TUESDAY)
    const run = await platform.services.runs.retrain({
      symbol: 'KOSPI',
      recipe: 'seed',
      seed: 0,
      origin: 'MANUAL',
    })
    expect(run).toMatchObject({
      versionCreated: false,
      forecastCreated: false,
      modelVersionId: outcome?.modelVersionId,
      forecastId: outcome?.forecastId,
    })
  })

  it('starts once, however many schedulers request it, and a restart in the same minute changes nothing', async () => {
    const platform = await open(EVENING)
    await ingest(TUESDAY, ['KOSPI'])
    const { scheduleNights } = platform.services
    const asked = await Promise.all(Array.from({ length: 20 }, () => scheduleNights.fire()))
    expect(asked.filter(({ claimed }) => claimed !== null)).toHaveLength(1)
    await until(TUESDAY, 'SUCCEEDED')
    expect(await scheduleNights.fire()).toMatchObject({
      claimed: null,
      message: expect.stringMatching(/recorded already/) as unknown,
    })
    expect(await scheduleNights.catchUp()).toMatchObject({ claimed: null })
    expect(await rows('SELECT claim FROM night')).toEqual([{ claim: 1 }])
    expect(await rows('SELECT count(*)::int AS jobs FROM graphile_worker.jobs')).toEqual([{ jobs: 0 }])
  })

  it('is skipped with the reason on a day without a session, and the night before is caught up once', async () => {
    // 6 June is Memorial Day, a Thursday in 2024.
    const platform = await open('2024-06-05T18:30:00+09:00', { environment: { NIGHT_RECIPES: 'seed' } })
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

  it('retries without bars at 20:15 and at 07:00, and never after the opening', async () => {
    const platform = await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest('2024-07-08')
    await ingest(TUESDAY, ['KOSPI'])
    await platform.services.scheduleNights.fire()
    const first = await until(TUESDAY, 'STALE')
    expect(first).toMatchObject({
      expected: 3,
      finishedAt: null,
      nextTryAt: new Date('2024-07-09T20:15:00+09:00'),
      reason: `2 of 3 symbols have no bar of ${TUESDAY} yet`,
    })
    await retryAt('2024-07-09T20:15:00+09:00', TUESDAY)
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

  it('issues nothing once the target has opened, even with bars', async () => {
    const platform = await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
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

  it('fails one bad symbol alone, which persistence serves', async () => {
    const platform = await open(EVENING)
    await ingest(TUESDAY, ['KOSPI', '000660'])
    const few = await ingestFew('005930', 100)
    await platform.services.scheduleNights.fire()
    await until(TUESDAY, 'SUCCEEDED')
    const outcomes = await outcomesOf(TUESDAY)
    expect(outcomes.filter(({ status }) => status === 'SUCCEEDED')).toHaveLength(4)
    const bad = outcomes.filter(({ code }) => code === '005930')
    expect(bad.map(({ status, errorCode, modelVersionId }) => [status, errorCode, modelVersionId])).toEqual([
      ['FAILED', 'TOO_FEW_BARS', null],
      ['FAILED', 'TOO_FEW_BARS', null],
    ])
    const forecast = await platform.services.forecasts.forecast('005930')
    expect(forecast).toMatchObject({
      origin: 'ISSUED',
      servedBy: 'PERSISTENCE',
      targetSession: '2024-07-10',
      modelVersionId: null,
      predictedClose: few.at(-1)?.close,
      id: bad[0]?.forecastId,
    })
    expect(await issued()).toHaveLength(3)
  })

  it('keeps a forecast that a manual retrain has issued, and reports it', async () => {
    const platform = await open(EVENING)
    await ingest(TUESDAY, ['KOSPI'])
    const run = await platform.services.runs.retrain({
      symbol: 'KOSPI',
      recipe: 'seed',
      seed: 7,
      origin: 'MANUAL',
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

  it('leaves out delisted symbols, and simulated symbols that have a bar of its session', async () => {
    const platform = await open('2024-07-10T18:30:00+09:00')
    const date = '2024-07-10' as Session
    await storeSimulatedSymbols(platform.databaseUrl, date)
    await ingest('2024-07-10', ['KOSPI'])
    // Its newest bar is 11 sessions old.
    await ingest('2024-06-25', ['005930'])
    await platform.services.scheduleNights.fire()
    expect(await until(date, 'SUCCEEDED')).toMatchObject({ expected: 2 })
    expect(new Set((await outcomesOf(date)).map(({ code }) => code))).toEqual(new Set(['KOSPI']))
  })

  it('continues without new bars where no provider answers', async () => {
    const environment = { NIGHT_RECIPES: 'seed', PROVIDERS: '*=csv', CSV_FOLDER: '/nowhere' }
    const platform = await open(EVENING, { environment })
    await ingest(TUESDAY, ['KOSPI'])
    await platform.services.scheduleNights.fire()
    await until(TUESDAY, 'SUCCEEDED')
    const { items } = await platform.services.market.syncAttempts('KOSPI', { ...ALL })
    expect(items).toMatchObject([{ provider: 'csv', status: 'FAILED' }])
    expect(await issued()).toHaveLength(1)
  })

  it('gives the reason where there are no bars', async () => {
    const platform = await open(EVENING)
    await platform.services.scheduleNights.fire()
    expect(await until(TUESDAY, 'SKIPPED')).toMatchObject({
      reason: expect.stringMatching(/no real symbol has a bar/) as unknown,
    })
  })
})

describe('a worker that has lost its claim on a night', () => {
  it('can neither plan nor end it, and its successor keeps what is done', async () => {
    const platform = await open(EVENING, { worker: false, environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY)
    await platform.services.scheduleNights.fire()
    const prisma = createPrisma(pool())
    const log = createNightWriter(prisma)
    const first = await log.claim(TUESDAY, platform.clock.at)
    const second = await log.claim(TUESDAY, platform.clock.at)
    if (!first || !second) throw new Error('the night cannot be claimed')
    expect([first.claim, second.claim]).toEqual([1, 2])
    const plan = { expected: 3, chunks: new Map([['lost', [1]]]), retry: null, givenUp: [] }
    await expect(log.plan(first, plan, platform.clock.at)).rejects.toThrow(ClaimLostError)
    await expect(log.end(first, 'FAILED', 'of the first', platform.clock.at)).rejects.toThrow(ClaimLostError)
    expect(await rows(`SELECT key FROM graphile_worker.jobs`)).toEqual([{ key: `night:${TUESDAY}` }])

    // The first had come as far as one outcome.
    await rows(
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
