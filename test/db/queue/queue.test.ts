import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { createPool, createPrisma, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import { createEventStore } from '../../../src/db/queue/events.js'
import type { EventNews } from '../../../src/db/queue/events.js'
import { listenForEvents } from '../../../src/db/queue/event-listener.js'
import type { PrismaClient } from '../../../src/db/generated/client.js'
import { createRetrainWriter } from '../../../src/db/forecasts/retrain-writer.js'
import type { RetrainWriter } from '../../../src/db/forecasts/retrain-writer.js'
import { createRunWriter } from '../../../src/db/models/run-writer.js'
import type { Claimed, RunWriter } from '../../../src/db/models/run-writer.js'
import { DEFAULT_RULES } from '../../../src/domain/forecasts/promotion.js'
import { createModelVersionStore } from '../../../src/db/models/model-versions.js'
import { createPromotionStore } from '../../../src/db/forecasts/promotions.js'
import { createWalkForwardStore } from '../../../src/db/forecasts/walk-forwards.js'
import { createBarReader } from '../../../src/db/bars/bar-reader.js'
import { createSymbolStore } from '../../../src/db/symbols.js'
import { openWorkerLocks } from '../../../src/db/queue/worker-locks.js'
import { FAILED_PROGRESS } from '../../../src/domain/backtests/backtest.js'
import { createCalendar } from '../../../src/domain/calendar/calendar.js'
import { ClaimLostError } from '../../../src/domain/queue/job.js'
import { RECIPES } from '../../../src/domain/models/recipe.js'
import { createEngines } from '../../../src/ml/engine/engines.js'
import { createWasmEngine } from '../../../src/ml/engine/wasm/wasm-engine.js'
import { createRunRetrain } from '../../../src/services/forecasts/run-retrain.js'
import type { RunRetrain } from '../../../src/services/forecasts/run-retrain.js'
import { createBacktestWriter } from '../../../src/db/backtests/backtest-writer.js'
import { createMaintenance } from '../../../src/services/queue/maintenance.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const EVENING = new Date('2024-07-09T20:00:00+09:00')
const DAY_MS = 86_400_000
const REQUEST = { symbol: 'KOSPI', recipe: 'seed', seed: 0, origin: 'MANUAL' } as const

const ROWS = rawBars({ symbol: 'KOSPI', from: '2023-07-03', count: 250 }).filter(
  ({ session }) => session <= '2024-07-09',
)

let platform: TestPlatform
let pool: pg.Pool
let prisma: PrismaClient
let runWriter: RunWriter

beforeEach(async () => {
  platform = await createTestPlatform(EVENING.toISOString(), { worker: false })
  pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 4 })
  prisma = createPrisma(pool)
  runWriter = createRunWriter(prisma)
  await platform.services.ingestBars(delivery(ROWS))
})
afterEach(async () => {
  await prisma.$disconnect()
  await pool.end()
  await platform.close()
})

async function claimOf(id: string): Promise<Claimed> {
  const claimed = await runWriter.claim(id, EVENING)
  if (!claimed) throw new Error(`run ${id} cannot be claimed`)
  return claimed
}

async function one<Row>(sql: string, values: unknown[] = []): Promise<Row | undefined> {
  return (await pool.query(sql, values)).rows[0] as Row | undefined
}

function retrainingWith(log: RetrainWriter): {
  readonly runRetrain: RunRetrain
  readonly close: () => Promise<void>
} {
  const engines = createEngines({
    setting: 'wasm',
    wasm: createWasmEngine({ threads: 1 }),
    loadTensorflow: () => Promise.reject(new Error('not asked for')),
    tell: () => undefined,
  })
  const runRetrain = createRunRetrain({
    runs: runWriter,
    log,
    engines,
    recipes: RECIPES,
    calendar: createCalendar(),
    clock: platform.clock,
    symbols: createSymbolStore(prisma),
    bars: createBarReader(pool),
    rules: DEFAULT_RULES,
    versions: createModelVersionStore(prisma),
    walkForwards: createWalkForwardStore(pool, pool),
    promotions: createPromotionStore(prisma, pool),
  })
  return { runRetrain, close: () => engines.close() }
}

const ATTEMPT = { signal: new AbortController().signal, lastAttempt: false }
const COUNTS = `SELECT (SELECT count(*) FROM event WHERE topic = 'forecast')::int AS events,
  (SELECT count(*) FROM model_version)::int AS versions, (SELECT count(*) FROM prediction)::int AS predictions,
  (SELECT count(*) FROM forecast)::int AS forecasts, (SELECT count(*) FROM recipe)::int AS recipes`

describe('a claim', () => {
  it('that another worker has taken over refuses success and stores nothing', async () => {
    const { id } = await platform.services.runs.request(REQUEST)
    const log = createRetrainWriter(prisma)
    let taken: Claimed | undefined
    const { runRetrain, close } = retrainingWith({
      async recordSuccess(...fitted) {
        taken ??= await claimOf(id)
        return log.recordSuccess(...fitted)
      },
    })
    try {
      await expect(runRetrain(id, ATTEMPT)).rejects.toThrow(ClaimLostError)
      expect(await one(COUNTS)).toEqual({ events: 0, versions: 0, predictions: 0, forecasts: 0, recipes: 0 })
      expect(await one('SELECT status, claim FROM run')).toEqual({ status: 'RUNNING', claim: 2 })
      // The successor's successor, say.
      await runRetrain(id, ATTEMPT)
      expect(await one(COUNTS)).toEqual({ events: 1, versions: 1, predictions: 2, forecasts: 1, recipes: 1 })
      expect(await one('SELECT status, claim FROM run')).toEqual({ status: 'SUCCEEDED', claim: 3 })
      await runRetrain(id, ATTEMPT)
      expect(await one('SELECT claim FROM run')).toEqual({ claim: 3 })
    } finally {
      await close()
    }
  })

  it('that another worker has taken over refuses progress and failure', async () => {
    const { id } = await platform.services.runs.request(REQUEST)
    const [old, held] = [await claimOf(id), await claimOf(id)]
    const progress = { status: 'RUNNING', epoch: 1, epochs: 2, loss: 1 } as const
    const failure = { code: 'INTERNAL', message: 'late', at: EVENING }
    await expect(runWriter.progress(old, progress, EVENING)).rejects.toThrow(ClaimLostError)
    await expect(runWriter.fail(old, null, failure)).rejects.toThrow(ClaimLostError)
    expect(await one('SELECT count(*)::int AS told FROM event WHERE subject = $1', [id])).toEqual({ told: 2 })
    await runWriter.progress(held, progress, EVENING)
    expect(await runWriter.fail(held, null, failure)).toMatchObject({
      status: 'FAILED',
      errorMessage: 'late',
    })
    expect(await runWriter.claim(id, EVENING)).toBeUndefined()
  })

  it('is lost when its run is cancelled, even on a machine whose clock is behind', async () => {
    const { id } = await platform.services.runs.request(REQUEST)
    const held = await claimOf(id)
    await runWriter.cancel(id, new Date(EVENING.getTime() - 60_000))
    const failure = { code: 'INTERNAL', message: 'late', at: EVENING }
    await expect(runWriter.fail(held, null, failure)).rejects.toThrow(ClaimLostError)
    expect(await platform.services.runs.byId(id)).toMatchObject({ status: 'FAILED', errorCode: 'ABORTED' })
  })
})

describe('the queue', () => {
  it('leaves jobs of unknown tasks, and fails one with a wrong payload for good', async () => {
    await pool.query(`SELECT graphile_worker.add_job('of another version', '{}')`)
    await pool.query(`SELECT graphile_worker.add_job('retrain', '{"runId": 1}', max_attempts := 1)`)
    await platform.work()
    const run = await platform.services.runs.retrain(REQUEST)
    expect(run.status).toBe('SUCCEEDED')
    const jobs =
      'SELECT task_identifier AS task, attempts, locked_by AS "lockedBy" FROM graphile_worker.jobs ORDER BY id'
    for (let looks = 0; looks < 200; looks += 1) {
      const { rows } = await pool.query<{ lockedBy: string | null; attempts: number }>(jobs)
      if (rows.length === 2 && rows[1]?.attempts === 1 && rows[1].lockedBy === null) break
      await sleep(20)
    }
    expect((await pool.query(jobs)).rows).toEqual([
      { task: 'of another version', attempts: 0, lockedBy: null },
      { task: 'retrain', attempts: 1, lockedBy: null },
    ])
  })

  it('continues after the result of a job could not be stored', async () => {
    await pool.query(`
      CREATE SEQUENCE completion;
      CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('completion') = 1 THEN RAISE 'the disk is full'; END IF;
        RETURN OLD;
      END $$;
      CREATE TRIGGER fail_once BEFORE DELETE ON graphile_worker._private_jobs FOR EACH ROW EXECUTE FUNCTION fail_once()`)
    await platform.work()
    const { runs } = platform.services
    expect(await runs.retrain(REQUEST)).toMatchObject({ status: 'SUCCEEDED' })
    // Freed when the pool that could not complete it has gone, and found to be done.
    for (let looks = 0; looks < 1_000; looks += 1) {
      if (await one('SELECT 1 WHERE NOT EXISTS (SELECT FROM graphile_worker.jobs)')) break
      await sleep(20)
    }
    expect(await one('SELECT count(*)::int AS jobs FROM graphile_worker.jobs')).toEqual({ jobs: 0 })
    expect(await one('SELECT status, claim FROM run')).toEqual({ status: 'SUCCEEDED', claim: 1 })
    expect(await runs.retrain({ ...REQUEST, seed: 1 })).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('frees the jobs of workers that hold no lock, and of no others', async () => {
    const connection = parseDatabaseUrl(platform.databaseUrl)
    const warnings: string[] = []
    const [alive, other] = await Promise.all([
      openWorkerLocks(connection, (line) => warnings.push(line)),
      openWorkerLocks(connection, () => undefined),
    ])
    try {
      expect(alive.isHeld()).toBe(false)
      await alive.hold('pool-alive')
      for (const [key, worker] of [
        ['a', 'pool-alive'],
        ['b', 'pool-dead'],
        ['c', null],
      ] as const) {
        await pool.query(`SELECT graphile_worker.add_job('retrain', '{}', job_key := $1)`, [key])
        await pool.query(
          'UPDATE graphile_worker._private_jobs SET locked_by = $2, locked_at = CASE WHEN $2::text IS NULL THEN NULL ELSE now() END WHERE key = $1',
          [key, worker],
        )
      }
      await pool.query(
        `UPDATE graphile_worker._private_jobs SET attempts = max_attempts, last_error = 'disk full' WHERE key = 'b'`,
      )
      expect(await other.freeDeadWorkers()).toEqual(['pool-dead'])
      expect(await other.freeDeadWorkers()).toEqual([])
      // After its last attempt no worker claims it again, so the run fails with a reason.
      expect(await one(`SELECT last_error AS error FROM graphile_worker.jobs WHERE key = 'b'`)).toEqual({
        error: 'the worker of its last attempt died; the attempt before: disk full',
      })

      // A connection that breaks makes it dead for the others, until it has taken its lock again.
      await pool.query(
        `SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
         WHERE locktype = 'advisory' AND application_name = 'kospigraph-worker'`,
      )
      for (let looks = 0; alive.isHeld() && looks < 200; looks += 1) await sleep(10)
      expect(alive.isHeld()).toBe(false)
      expect(warnings).toHaveLength(1)
      await alive.freeDeadWorkers()
      expect(alive.isHeld()).toBe(true)
      await pool.query(
        `UPDATE graphile_worker._private_jobs SET locked_by = 'pool-alive', locked_at = now() WHERE key = 'a'`,
      )
      expect(await other.freeDeadWorkers()).toEqual([])
      await alive.hold('pool-next')
      expect(await other.freeDeadWorkers()).toEqual(['pool-alive'])
    } finally {
      await Promise.all([alive.close(), other.close()])
    }
  })
})

describe('maintenance', () => {
  const tidyAt = (clock: { now(): Date }) =>
    createMaintenance({
      events: createEventStore(pool),
      failAbandoned: [
        (now) => runWriter.failAbandoned(now),
        (now) => createBacktestWriter(prisma, pool).failAbandoned(FAILED_PROGRESS, now),
      ],
      clock,
    })
  const eventsLeft = async (): Promise<unknown> =>
    (await pool.query(`SELECT topic, count(*)::int AS events FROM event GROUP BY topic ORDER BY topic`)).rows

  it('deletes what is a week old, once an hour, but nothing of a running run', async () => {
    const ended = await platform.services.runs.request(REQUEST)
    await runWriter.cancel((await claimOf(ended.id)).run.id, EVENING)
    const open = await platform.services.runs.request(REQUEST)
    await claimOf(open.id)
    await pool.query(
      `INSERT INTO event (topic, subject, seq, payload, at) VALUES ('other', 'x', 1, '{}', $1)`,
      [EVENING],
    )
    const clock = { at: new Date(EVENING.getTime() + 7 * DAY_MS), now: () => clock.at }
    const maintain = tidyAt(clock)
    expect(await maintain()).toEqual({ deletedEvents: 0, abandoned: [] })
    clock.at = new Date(clock.at.getTime() + 3_599_999)
    expect(await maintain()).toEqual({ deletedEvents: 0, abandoned: [] })
    clock.at = new Date(clock.at.getTime() + 1)
    expect(await maintain()).toEqual({ deletedEvents: 3, abandoned: [] })
    expect(await eventsLeft()).toEqual([
      { topic: 'other', events: 1 },
      { topic: 'run', events: 1 },
    ])

    // Who asks for a run of then hears at once that there is nothing more to come.
    const told: unknown[] = []
    for (const seq of [0, 1, 2]) {
      for await (const event of platform.services.runs.follow(ended.id, seq)) told.push(event)
    }
    expect(told).toEqual([])
  })

  it('fails a run whose job was abandoned, and its followers receive the end', async () => {
    const ids: string[] = []
    for (const seed of [1, 2, 3, 4]) {
      ids.push((await platform.services.runs.request({ ...REQUEST, seed })).id)
    }
    const [gone = '', usedUp = '', lastTry = ''] = ids
    await claimOf(usedUp)
    await pool.query('DELETE FROM graphile_worker._private_jobs WHERE key = $1', [`run:${gone}`])
    await pool.query('UPDATE graphile_worker._private_jobs SET attempts = max_attempts WHERE key = ANY($1)', [
      [`run:${usedUp}`, `run:${lastTry}`],
    ])
    await pool.query(
      `UPDATE graphile_worker._private_jobs SET locked_by = 'pool-x', locked_at = now() WHERE key = $1`,
      [`run:${lastTry}`],
    )
    const following = platform.services.runs.untilFinished(usedUp)
    const { abandoned } = await tidyAt(platform.clock)()
    expect([...abandoned].sort()).toEqual([gone, usedUp].sort())
    expect(await following).toMatchObject({ status: 'FAILED', errorCode: 'INTERNAL' })
    expect((await following).errorMessage).toMatch(/no attempt of its job finished/)
    expect((await tidyAt(platform.clock)()).abandoned).toEqual([])
  })
})

describe('the listening connection', () => {
  const EVENTS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE datname = current_database() AND application_name = 'kospigraph-events'`

  it('reconnects where it breaks, and catches up on missed events', async () => {
    const warnings: string[] = []
    const listener = await listenForEvents(parseDatabaseUrl(platform.databaseUrl), {
      events: createEventStore(pool),
      warn: (line) => warnings.push(line),
    })
    try {
      const news: EventNews[] = []
      listener.onNews((one) => news.push(one))
      const { id } = await platform.services.runs.request(REQUEST)
      await claimOf(id)
      await pool.query(EVENTS)
      for (let claims = 0; claims < 5; claims += 1) await claimOf(id)
      for (let looks = 0; looks < 300 && !news.some(({ seq }) => seq === 6); looks += 1) await sleep(10)
      const seqs = new Set(news.filter(({ subject }) => subject === id).map(({ seq }) => seq))
      expect([...seqs].sort()).toEqual([1, 2, 3, 4, 5, 6])
      expect(warnings).toHaveLength(1)
      await claimOf(id)
      for (let looks = 0; looks < 300 && !news.some(({ seq }) => seq === 7); looks += 1) await sleep(10)
      expect(news.at(-1)).toMatchObject({ topic: 'run', subject: id, seq: 7 })
    } finally {
      await listener.close()
    }
  })

  it('may break under followers and listeners: they receive every event once', async () => {
    const { runs, ingestions, ingestBars } = platform.services
    const { id } = await runs.request(REQUEST)
    const held = await claimOf(id)
    const heard: number[] = []
    const deliveries = await ingestions.ingested(undefined)
    const hearing = (async () => {
      for await (const { storedRows } of deliveries) {
        heard.push(storedRows)
        if (heard.length === 6) return
      }
    })()
    const seen: number[] = []
    const following = (async () => {
      for await (const { seq } of runs.follow(id, 0)) seen.push(seq)
    })()
    for (let looks = 0; looks < 300 && seen.length === 0; looks += 1) await sleep(10)
    for (let round = 1; round <= 6; round += 1) {
      if (round === 2 || round === 5) await pool.query(EVENTS)
      const symbol = String(100_000 + round)
      await ingestBars(delivery(rawBars({ symbol, from: '2024-01-02', count: round, decimals: 0 })))
      await runWriter.progress(held, { status: 'RUNNING', epoch: round, epochs: 6, loss: 1 }, EVENING)
    }
    await runWriter.fail(held, null, { code: 'INTERNAL', message: 'the end', at: EVENING })
    await Promise.all([following, hearing])
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect([...heard].sort()).toEqual([1, 2, 3, 4, 5, 6])
    const late: number[] = []
    for await (const { seq } of runs.follow(id, 6)) late.push(seq)
    expect(late).toEqual([7, 8])
  })
})
