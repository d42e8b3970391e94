import { LATE_EVENING, LETTERS, useGivenUpJobs } from '../../support/given-up-jobs.js'
import type { Letters } from '../../support/given-up-jobs.js'
import { ALL, TUESDAY } from '../../support/nights.js'

const RETRAIN = { symbol: 'KOSPI', recipe: 'seed', seed: 0, origin: 'MANUAL' } as const
const { platform, pool, rows, giveUp, until, untilNight, symbolIds, planNight, outcomes } = useGivenUpJobs()

describe('a retry', () => {
  it('waits for a concurrent restart of the same night, and neither ends the other', async () => {
    const [chunk = ''] = await planNight()
    const id = await giveUp(chunk)
    await pool().query(`UPDATE night SET status = 'FAILED', reason = 'x', finished_at = requested_at`)
    const beginner = await pool().connect()
    try {
      // What runNightNow does, with the retry in between.
      await beginner.query('BEGIN')
      await beginner.query(`UPDATE night SET claim = claim + 1 WHERE date = $1`, [TUESDAY])
      const retrying = platform()
        .services.deadLetters.retry(id)
        .then(
          () => undefined,
          (error: unknown) => error,
        )
      await until('the retry waits', async () => {
        const found = await rows(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
        return found.length > 0 ? true : undefined
      })
      await beginner.query('SELECT 1 FROM graphile_worker.complete_jobs(ARRAY[$1::int8])', [id])
      await beginner.query('COMMIT')
      expect(await retrying).toMatchObject({ code: 'BAD_USER_INPUT' })
    } finally {
      beginner.release()
    }
  })
})

describe('jobs that used up their attempts', () => {
  it('are listed with their subject, and no other jobs', async () => {
    const run = await platform().services.runs.request(RETRAIN)
    const waiting = await platform().services.runs.request({ ...RETRAIN, seed: 1 })
    const atWork = await platform().services.runs.request({ ...RETRAIN, seed: 2 })
    const replaced = await platform().services.runs.request({ ...RETRAIN, seed: 3 })
    const { backtest } = await startBacktest()
    const [chunk = ''] = await planNight()
    const runJob = await giveUp(`run:${run.id}`, 'disk full')
    const backtestJob = await giveUp(`backtest:${backtest}`)
    const chunkJob = await giveUp(chunk, 'out of memory')
    await giveUp(`run:${atWork.id}`)
    await giveUp(`run:${replaced.id}`)
    await pool().query(
      `UPDATE graphile_worker._private_jobs SET locked_at = now(), locked_by = 'pool' WHERE key = $1`,
      [`run:${atWork.id}`],
    )
    await pool().query(`UPDATE graphile_worker._private_jobs SET key = NULL WHERE key = $1`, [
      `run:${replaced.id}`,
    ])
    expect(
      await rows(`SELECT 1 FROM graphile_worker.jobs WHERE key = $1`, [`run:${waiting.id}`]),
    ).toHaveLength(1)
    // Jobs of other programs that share the queue are left alone.
    await pool().query(`SELECT graphile_worker.add_job('mail', '{}', job_key := 'mail:1')`)
    await giveUp('mail:1')

    const about = { runId: null, backtestId: null, nightSession: null }
    const expected = [
      {
        ...about,
        id: chunkJob,
        task: 'NIGHT_CHUNK',
        attempts: 10,
        lastError: 'out of memory',
        nightSession: TUESDAY,
      },
      { ...about, id: backtestJob, task: 'BACKTEST', attempts: 10, lastError: null, backtestId: backtest },
      { ...about, id: runJob, task: 'RETRAIN', attempts: 10, lastError: 'disk full', runId: run.id },
    ]
    const { deadLetters: all } = await platform().query<Letters>(LETTERS, {})
    expect(all.edges.map(({ node }) => node)).toEqual(expected)
    const { deadLetters: first } = await platform().query<Letters>(LETTERS, { first: 2 })
    expect(first.edges.map(({ node }) => node)).toEqual(expected.slice(0, 2))
    expect(first.pageInfo).toEqual({ hasNextPage: true })
    const { deadLetters: rest } = await platform().query<Letters>(LETTERS, { after: first.edges[1]?.cursor })
    expect(rest.edges.map(({ node }) => node)).toEqual(expected.slice(2))
    const { errors } = await platform().ask(LETTERS, { after: 'bm90aGluZw' })
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })
  })

  it('have the time of the last failure, however it failed', async () => {
    const run = await platform().services.runs.request(RETRAIN)
    const key = `run:${run.id}`
    await giveUp(key, 'disk full')
    // As the library leaves it: only the time of the next attempt says when this one failed.
    await pool().query(
      `UPDATE graphile_worker._private_jobs SET created_at = '2024-07-01', updated_at = '2024-07-01',
         run_at = '2024-07-02T00:00:00Z'::timestamptz + exp(10) * interval '1 second' WHERE key = $1`,
      [key],
    )
    const failedAt = async () =>
      (await platform().services.deadLetters.page(ALL)).items[0]?.failedAt.toISOString()
    expect(await failedAt()).toBe('2024-07-02T00:00:00.000Z')
    // And as it is left where its worker was found dead.
    await pool().query(
      `UPDATE graphile_worker._private_jobs SET updated_at = '2024-07-03T00:00:00Z' WHERE key = $1`,
      [key],
    )
    expect(await failedAt()).toBe('2024-07-03T00:00:00.000Z')
  })

  it('are removed for good, and their subjects remain', async () => {
    const run = await platform().services.runs.request(RETRAIN)
    const id = await giveUp(`run:${run.id}`)
    const discard = `mutation { discardDeadLetter(id: "${id}") { id runId } }`
    expect(await platform().query(discard)).toEqual({ discardDeadLetter: { id, runId: run.id } })
    expect(await rows('SELECT 1 FROM graphile_worker.jobs')).toEqual([])
    expect((await platform().ask(discard)).errors?.[0]).toMatchObject({
      message: expect.stringMatching(/no dead letter \d+; deadLetters lists them/) as unknown,
    })
    const { errors } = await platform().ask('mutation { retryDeadLetter(id: "x") { id } }')
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })
    await platform().work()
    await until('it is failed', async () => {
      const found = await platform().services.runs.byId(run.id)
      return found?.status === 'FAILED' ? found : undefined
    })
  })
})

async function startBacktest(): Promise<{ readonly backtest: string }> {
  const { startBacktest } = await platform().query<{ startBacktest: { id: string } }>(
    `mutation { startBacktest(input: { symbol: "KOSPI", recipe: "returns", from: "2024-06-20" }) { id } }`,
  )
  return { backtest: startBacktest.id }
}

const retry = (id: string) => platform().ask(`mutation { retryDeadLetter(id: "${id}") { id task } }`)

describe('trying again', () => {
  it('reopens a failed run, and its followers receive only its new end', async () => {
    const { id } = await platform().services.runs.request(RETRAIN)
    const job = await giveUp(`run:${id}`, 'disk full')
    await pool().query(
      `UPDATE run SET status = 'FAILED', finished_at = requested_at, error_code = 'INTERNAL', error_message = 'x' WHERE id = $1`,
      [id],
    )
    await pool().query(
      `INSERT INTO event (topic, subject, seq, payload, at)
       VALUES ('run', $1, 1, '{"status": "FAILED", "epoch": 0, "epochs": 0, "loss": null}', now())`,
      [id],
    )
    expect(await retry(job)).toEqual({ data: { retryDeadLetter: { id: job, task: 'RETRAIN' } } })
    expect(await rows('SELECT attempts::int FROM graphile_worker.jobs')).toEqual([{ attempts: 0 }])
    expect(await platform().services.runs.byId(id)).toMatchObject({
      status: 'QUEUED',
      errorCode: null,
      finishedAt: null,
    })
    expect((await retry(job)).errors?.[0]?.message).toMatch(/no dead letter/)
    const statuses: string[] = []
    await platform().work()
    for await (const { status } of platform().services.runs.follow(id, 0)) statuses.push(status)
    expect(statuses.at(-1)).toBe('SUCCEEDED')
    expect(statuses).not.toContain('FAILED')
  })

  it('does not reopen a run that was cancelled meanwhile', async () => {
    const { id } = await platform().services.runs.request(RETRAIN)
    const key = `run:${id}`
    // Its last attempt was under way, so the job could not be taken away.
    await pool().query(
      `UPDATE graphile_worker._private_jobs SET locked_at = now(), locked_by = 'x' WHERE key = $1`,
      [key],
    )
    await platform().services.runs.cancel(id)
    const job = await giveUp(key, 'has been taken over')
    await pool().query(
      `UPDATE graphile_worker._private_jobs SET locked_at = NULL, locked_by = NULL WHERE key = $1`,
      [key],
    )
    expect((await retry(job)).errors).toBeUndefined()
    await platform().work()
    await until('the queue is empty', async () =>
      (await rows('SELECT 1 FROM graphile_worker.jobs')).length === 0 ? true : undefined,
    )
    expect(await platform().services.runs.byId(id)).toMatchObject({ status: 'FAILED', errorCode: 'ABORTED' })
  })

  it('resumes a failed backtest to its end', async () => {
    const { backtest } = await startBacktest()
    const job = await giveUp(`backtest:${backtest}`)
    await platform().work()
    await until('it is failed', async () => {
      const found = await platform().services.backtests.backtest(backtest)
      return found?.status === 'FAILED' ? found : undefined
    })
    expect((await retry(job)).errors).toBeUndefined()
    const statuses: string[] = []
    for await (const { status } of platform().services.backtests.follow(backtest, 0)) statuses.push(status)
    expect(statuses.at(-1)).toBe('SUCCEEDED')
    expect(statuses).not.toContain('FAILED')
    const found = await platform().services.backtests.backtest(backtest)
    expect(found).toMatchObject({ status: 'SUCCEEDED', doneSessions: found?.sessions, errorCode: null })
  })

  it('repeats a chunk of a night without what is done', async () => {
    const [first = ''] = await planNight()
    const job = await giveUp(first, 'out of memory')
    const [symbol] = await symbolIds()
    await pool().query(
      `INSERT INTO night_outcome (date, symbol_id, recipe_name, status, error_code, error_message, at)
       VALUES ($1, $2, 'seed', 'FAILED', 'INTERNAL', 'x', now())`,
      [TUESDAY, symbol],
    )
    await platform().work()
    await untilNight('SUCCEEDED')
    expect(Object.values(await outcomes()).sort()).toEqual(['INTERNAL', 'SUCCEEDED', 'SUCCEEDED'])
    const versions = await rows('SELECT id FROM model_version ORDER BY id')
    expect(await retry(job)).toEqual({ data: { retryDeadLetter: { id: job, task: 'NIGHT_CHUNK' } } })
    await until('all have succeeded', async () => {
      const all = Object.values(await outcomes())
      return all.length === 3 && all.every((one) => one === 'SUCCEEDED') ? all : undefined
    })
    await untilNight('SUCCEEDED')
    expect(await rows('SELECT id FROM model_version ORDER BY id')).toEqual(expect.arrayContaining(versions))
    expect(await rows(`SELECT count(*)::int AS issued FROM forecast WHERE origin = 'ISSUED'`)).toEqual([
      { issued: 3 },
    ])
  })

  it('restarts a failed night, but not once its next session has opened', async () => {
    await platform().services.scheduleNights.fire()
    const job = await giveUp(`night:${TUESDAY}`, 'disk full')
    platform().clock.at = new Date('2024-07-10T09:00:00+09:00')
    expect((await retry(job)).errors?.[0]?.message).toMatch(/2024-07-10 has opened, .*; discardDeadLetter/)
    platform().clock.at = new Date(LATE_EVENING)
    await pool().query(
      `UPDATE night SET status = 'FAILED', reason = 'it failed 10 times: disk full', finished_at = now()`,
    )
    expect((await retry(job)).errors).toBeUndefined()
    await platform().work()
    expect(await untilNight('SUCCEEDED')).toMatchObject({ reason: null, expected: 3 })
  })
})
