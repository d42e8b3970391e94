import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { cancelNight } from '../../../src/cli/nights/night.js'
import { createPool, createPrisma, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import type { PrismaClient } from '../../../src/db/generated/client.js'
import { createNightWriter } from '../../../src/db/nights/night-writer.js'
import type { ClaimedNight, NightWriter } from '../../../src/db/nights/night-writer.js'
import { ClaimLostError } from '../../../src/domain/queue/job.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestFolder } from '../../support/database.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'
import { createRecordingTerminal } from '../../support/terminal.js'

const TUESDAY = '2024-07-09' as Session
const EVENING = '2024-07-09T18:30:00+09:00'
const CODES = ['KOSPI', '005930']
const FAILURE = { status: 'FAILED', code: 'INTERNAL', message: 'x' } as const

let platform: TestPlatform
let pool: pg.Pool
let prisma: PrismaClient
let log: NightWriter

async function open(recipes: string, to: string = TUESDAY): Promise<void> {
  const recipesFile = path.join(await createTestFolder(), 'recipes.json')
  // Minutes of work on one thread.
  const endless = { name: 'endless', extends: 'seed', hidden: 192, epochs: 10_000 }
  await writeFile(recipesFile, JSON.stringify({ recipes: [endless] }))
  platform = await createTestPlatform(EVENING, {
    worker: false,
    environment: { NIGHT_RECIPES: recipes, RECIPES_FILE: recipesFile },
  })
  pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 4 })
  prisma = createPrisma(pool)
  log = createNightWriter(prisma)
  const bars = CODES.flatMap((symbol, index) =>
    rawBars({
      symbol,
      from: '2023-07-03',
      count: 254,
      seed: index + 1,
      decimals: symbol === 'KOSPI' ? 2 : 0,
    }),
  ).filter(({ session }) => session <= to)
  await platform.services.ingestBars(delivery(bars.map((bar, index) => ({ ...bar, row: index + 1 }))))
}
afterEach(async () => {
  await prisma.$disconnect()
  await pool.end()
  await platform.close()
})

async function rows<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
  return (await pool.query<Row>(sql, values)).rows
}

const jobs = (): Promise<{ key: string }[]> => rows('SELECT key FROM graphile_worker.jobs ORDER BY key')

async function untilRow(what: string, sql: string): Promise<void> {
  for (let looks = 0; looks < 1_500; looks += 1) {
    if ((await rows(sql)).length > 0) return
    await sleep(20)
  }
  throw new Error(`still waiting until ${what}`)
}

async function claimed(): Promise<ClaimedNight> {
  const found = await log.claim(TUESDAY, platform.clock.at)
  if (!found) throw new Error('the night cannot be claimed')
  return found
}

const cancel = (reason = 'wrong bars') =>
  platform.ask(
    `mutation ($reason: String!) { cancelNight(session: "${TUESDAY}", reason: $reason) { status reason finishedAt nextTryAt } }`,
    { reason },
  )

const CANCELLED = { status: 'CANCELLED', reason: 'wrong bars', nextTryAt: null }

describe('a night that is cancelled', () => {
  it('ends with the reason, loses its jobs, and is not started again by the schedule', async () => {
    await open('seed')
    await platform.services.scheduleNights.fire()
    const night = await claimed()
    const chunks = new Map([[`nightChunk:${TUESDAY}:0`, [1, 2]]])
    await log.plan(night, { expected: 2, chunks, retry: null, givenUp: [] }, platform.clock.at)
    const retrain = { symbol: 'KOSPI', recipe: 'seed', seed: 0, origin: 'MANUAL' } as const
    const run = await platform.services.runs.request(retrain)
    expect(await jobs()).toHaveLength(3)
    const finishedAt = platform.clock.at.toISOString()
    expect(await cancel()).toEqual({ data: { cancelNight: { ...CANCELLED, finishedAt } } })
    expect(await jobs()).toEqual([{ key: `run:${run.id}` }])
    expect(await platform.services.scheduleNights.fire()).toMatchObject({ claimed: null })
    expect(await platform.services.scheduleNights.catchUp()).toMatchObject({ claimed: null })
    expect(await jobs()).toHaveLength(1)
  })

  it('refuses what its workers still write', async () => {
    await open('seed')
    await platform.services.scheduleNights.fire()
    const night = await claimed()
    const plan = { expected: 2, chunks: new Map(), retry: null, givenUp: [] }
    await log.plan(night, plan, platform.clock.at)
    await log.fail(TUESDAY, 1, 'seed', FAILURE, platform.clock.at)
    await cancel()
    const late = log.fail(TUESDAY, 2, 'seed', FAILURE, platform.clock.at)
    await expect(late).rejects.toThrow(ClaimLostError)
    await expect(late).rejects.toThrow(`the night of ${TUESDAY} has ended meanwhile`)
    await expect(log.plan(night, plan, platform.clock.at)).rejects.toThrow(ClaimLostError)
    await expect(log.end(night, 'FAILED', 'x', platform.clock.at)).rejects.toThrow(ClaimLostError)
    await log.finish(night, platform.clock.at)
    expect(await log.open(TUESDAY)).toBeUndefined()
    expect(await log.claim(TUESDAY, platform.clock.at)).toBeUndefined()
    expect(await rows('SELECT symbol_id AS id FROM night_outcome')).toEqual([{ id: 1 }])
    expect(await rows('SELECT status FROM night')).toEqual([{ status: 'CANCELLED' }])
  })

  it('waits for an outcome that is being written, and for no more', async () => {
    await open('seed')
    await platform.services.scheduleNights.fire()
    await claimed()
    const holder = await pool.connect()
    try {
      // The symbol is locked by somebody else, so the writer stands between its look at the night and its outcome.
      await holder.query('BEGIN')
      await holder.query('SELECT 1 FROM symbol WHERE id = 1 FOR UPDATE')
      const WAITING = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE `
      const writing = log.fail(TUESDAY, 1, 'seed', FAILURE, platform.clock.at)
      await untilRow('the writer waits', `${WAITING} '%night_outcome%'`)
      const cancelling = cancel()
      await untilRow('the cancellation waits', `${WAITING} '%UPDATE night%'`)
      // Longer than Prisma waits by itself, as a large ingest may take.
      await sleep(5_500)
      await holder.query('COMMIT')
      await writing
      expect((await cancelling).errors).toBeUndefined()
    } finally {
      holder.release()
    }
    expect(await rows('SELECT symbol_id AS id FROM night_outcome')).toEqual([{ id: 1 }])
  })

  it('stops its workers', async () => {
    await open('endless')
    await platform.services.scheduleNights.fire()
    await platform.work()
    await untilRow(
      'a chunk is at work',
      `SELECT 1 FROM graphile_worker.jobs WHERE key LIKE 'nightChunk:%' AND locked_at IS NOT NULL`,
    )
    expect((await cancel()).errors).toBeUndefined()
    // Its next attempt finds nothing to do.
    await untilRow('the chunk has ended', 'SELECT 1 WHERE NOT EXISTS (SELECT FROM graphile_worker.jobs)')
    expect(await rows('SELECT 1 FROM night_outcome')).toEqual([])
    expect(await rows('SELECT status FROM night')).toEqual([{ status: 'CANCELLED' }])
    expect(await rows('SELECT 1 FROM forecast')).toEqual([])
  }, 60_000)

  it('no longer waits for bars', async () => {
    await open('seed', '2024-07-08')
    await platform.services.scheduleNights.fire()
    const night = await claimed()
    await pool.query('SELECT graphile_worker.remove_job($1)', [`night:${TUESDAY}`])
    const retry = { at: new Date('2024-07-09T20:00:00+09:00'), delayMs: 5_400_000, reason: 'no bars yet' }
    await log.plan(night, { expected: 2, chunks: new Map(), retry, givenUp: [] }, platform.clock.at)
    expect(await jobs()).toEqual([{ key: `night:${TUESDAY}` }])
    expect(await cancel()).toMatchObject({ data: { cancelNight: CANCELLED } })
    expect(await jobs()).toEqual([])
  })

  it('may be started again, and its issued forecasts remain', async () => {
    await open('seed')
    await platform.services.scheduleNights.fire()
    await platform.work()
    await untilRow('it has succeeded', `SELECT 1 FROM night WHERE status = 'SUCCEEDED'`)
    const issued = await rows('SELECT id, symbol_id, created_at FROM forecast ORDER BY id')
    expect(issued).toHaveLength(2)
    // As if it had been cancelled after the first symbol.
    await pool.query(`UPDATE night SET status = 'RUNNING', finished_at = NULL`)
    await pool.query('DELETE FROM night_outcome WHERE symbol_id = 2')
    expect((await cancel()).errors).toBeUndefined()
    expect(await rows('SELECT id, symbol_id, created_at FROM forecast ORDER BY id')).toEqual(issued)
    const { runNightNow } = await platform.query<{ runNightNow: unknown }>(
      'mutation { runNightNow { status reason trigger } }',
    )
    expect(runNightNow).toEqual({ status: 'RUNNING', reason: null, trigger: 'MANUAL' })
    await untilRow('it has succeeded again', `SELECT 1 FROM night WHERE status = 'SUCCEEDED'`)
    expect(await rows('SELECT id, symbol_id, created_at FROM forecast ORDER BY id')).toEqual(issued)
    expect(await rows('SELECT status FROM night_outcome ORDER BY symbol_id')).toEqual([
      { status: 'SUCCEEDED' },
      { status: 'ALREADY_ISSUED' },
    ])
  })

  it('may be started again with fewer recipes, and waits only for theirs', async () => {
    await open('seed')
    await platform.services.scheduleNights.fire()
    const plan = { expected: 2, chunks: new Map(), retry: null, givenUp: [] }
    const night = await claimed()
    await log.plan(night, plan, platform.clock.at)
    // As what recipes came to that it fitted at first.
    for (const id of [1, 2]) await log.fail(TUESDAY, id, 'returns', FAILURE, platform.clock.at)
    await log.finish(night, platform.clock.at)
    expect(await rows('SELECT status FROM night')).toEqual([{ status: 'RUNNING' }])
    for (const id of [1, 2]) await log.fail(TUESDAY, id, 'seed', FAILURE, platform.clock.at)
    await log.finish(night, platform.clock.at)
    expect(await rows('SELECT status, reason FROM night')).toEqual([
      { status: 'FAILED', reason: 'none of 2 fits succeeded; nightOutcomes lists the reasons' },
    ])
  })

  it('is refused where it does not exist or has ended, and without a reason', async () => {
    await open('seed')
    const message = async (reason?: string) => (await cancel(reason)).errors?.[0]?.message
    expect(await message()).toMatch(/there is no night of 2024-07-09; nights lists them/)
    await platform.services.scheduleNights.fire()
    expect(await message('  ')).toMatch(/reason: it is empty/)
    await cancel()
    expect(await message()).toMatch(/the night of 2024-07-09 has ended already, as CANCELLED/)
  })

  it('is cancelled by the command, which reports what remains', async () => {
    await open('seed')
    const terminal = createRecordingTerminal()
    const lines = terminal.printed
    await expect(cancelNight(platform.services, terminal, 'wrong bars')).rejects.toThrow(/no night runs/)
    await platform.services.scheduleNights.fire()
    // A day that is no session is on record after it.
    await pool.query(
      `INSERT INTO night (date, status, trigger, reason, requested_at, finished_at)
       VALUES ('2024-07-13', 'SKIPPED', 'SCHEDULE', 'not a session', now(), now())`,
    )
    expect(await cancelNight(platform.services, terminal, 'wrong bars')).toBe(0)
    expect(lines).toEqual([`The night of ${TUESDAY} is cancelled. Its outcomes stand: 0 succeeded.`])
    expect(await platform.services.nights.night(TUESDAY)).toMatchObject({ status: 'CANCELLED' })
  })
})

describe('a run that is cancelled', () => {
  const cancelRun = (id: string) =>
    platform.ask(`mutation { cancelRun(id: "${id}") { id status errorCode errorMessage } }`)
  const request = (recipe: string) =>
    platform.services.runs.request({ symbol: 'KOSPI', recipe, seed: 0, origin: 'MANUAL' })

  it('fails before any worker claims it, and its job is removed', async () => {
    await open('seed')
    const { id } = await request('seed')
    const cancelled = { id, status: 'FAILED', errorCode: 'ABORTED', errorMessage: 'it was cancelled' }
    expect(await cancelRun(id)).toEqual({ data: { cancelRun: cancelled } })
    expect(await jobs()).toEqual([])
    const statuses: string[] = []
    for await (const { status } of platform.services.runs.follow(id, 0)) statuses.push(status)
    expect(statuses).toEqual(['FAILED'])
    expect((await cancelRun(id)).errors?.[0]).toMatchObject({
      message: `id: run ${id} has ended already, as FAILED`,
      extensions: { code: 'BAD_USER_INPUT' },
    })
    const unknown = await cancelRun('00000000-0000-4000-8000-000000000000')
    expect(unknown.errors?.[0]?.message).toMatch(/there is no run .*; runs lists them/)
  })

  it('stops its worker and stores nothing', async () => {
    await open('seed')
    const { id } = await request('endless')
    await platform.work()
    await untilRow('it runs', `SELECT 1 FROM run WHERE status = 'RUNNING'`)
    expect((await cancelRun(id)).errors).toBeUndefined()
    await untilRow('its job has ended', 'SELECT 1 WHERE NOT EXISTS (SELECT FROM graphile_worker.jobs)')
    expect(await rows('SELECT status, error_code AS code FROM run')).toEqual([
      { status: 'FAILED', code: 'ABORTED' },
    ])
    expect(await rows('SELECT 1 FROM model_version')).toEqual([])
  }, 60_000)
})
