import { createAbandonedNights } from '../../../src/db/nights/abandoned-nights.js'
import { createPrisma } from '../../../src/db/postgres/connection.js'
import { createNightWriter } from '../../../src/db/nights/night-writer.js'
import { createCalendar } from '../../../src/domain/calendar/calendar.js'
import { createFailAbandonedNights } from '../../../src/services/nights/fail-abandoned-nights.js'
import { LETTERS, useGivenUpJobs } from '../../support/given-up-jobs.js'
import type { Letters } from '../../support/given-up-jobs.js'
import { TUESDAY } from '../../support/nights.js'

const { platform, pool, giveUp, until, untilNight, planNight, outcomes } = useGivenUpJobs()

describe('an abandoned night', () => {
  it('fails missing outcomes with the remedy, which starts it again', async () => {
    const keys = await planNight()
    for (const key of keys.slice(1)) await giveUp(key)
    await platform().work()
    // One chunk can still be done, so nothing is given up before it has been.
    const night = await until('the night has ended', async () => {
      const found = await platform().services.nights.night(TUESDAY)
      if (found?.status === 'FAILED') return found
      const all = await outcomes()
      // The next minute's look.
      if (Object.keys(all).length === 1) await tidyNow()
      return undefined
    })
    expect(night.reason).toMatch(
      /^2 of 3 outcomes are missing: .*runNightNow restarts the night until 2024-07-10/,
    )
    expect(night.finishedAt).not.toBeNull()
    expect(Object.values(await outcomes()).sort()).toEqual(['ABANDONED', 'ABANDONED', 'SUCCEEDED'])
    const listed = await platform().query<Letters>(LETTERS, {})
    expect(listed.deadLetters.edges).toHaveLength(2)

    await platform().services.scheduleNights.runNow()
    await untilNight('SUCCEEDED')
    expect(Object.values(await outcomes())).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED'])
    expect((await platform().query<Letters>(LETTERS, {})).deadLetters.edges).toEqual([])
  })

  it('fails as a whole where it was never planned', async () => {
    await platform().services.scheduleNights.fire()
    await giveUp(`night:${TUESDAY}`)
    await platform().work()
    expect(await untilNight('FAILED')).toMatchObject({ expected: 3 })
    expect(Object.values(await outcomes())).toEqual(['ABANDONED', 'ABANDONED', 'ABANDONED'])
  })

  it('ends normally where nothing is missing', async () => {
    const keys = await planNight()
    for (const key of keys) await pool().query('SELECT graphile_worker.remove_job($1)', [key])
    await pool().query(
      `INSERT INTO night_outcome (date, symbol_id, recipe_name, status, error_code, error_message, at)
       SELECT $1, id, 'seed', 'STALE', 'NO_BAR', 'x', now() FROM symbol`,
      [TUESDAY],
    )
    await platform().work()
    expect((await untilNight('STALE')).reason).toMatch(/no symbol had a bar/)
  })

  it('is left alone while one of its jobs waits or runs', async () => {
    const keys = await planNight()
    for (const key of keys) await giveUp(key)
    const [, waits = '', works = ''] = keys
    await pool().query(
      `UPDATE graphile_worker._private_jobs SET attempts = 9, run_at = now() + interval '1 day' WHERE key = $1`,
      [waits],
    )
    await tidyNow()
    expect(await platform().services.nights.night(TUESDAY)).toMatchObject({ status: 'RUNNING' })
    await pool().query('SELECT graphile_worker.remove_job($1)', [waits])
    await pool().query(
      `UPDATE graphile_worker._private_jobs SET locked_at = now(), locked_by = 'x' WHERE key = $1`,
      [works],
    )
    await tidyNow()
    expect(await platform().services.nights.night(TUESDAY)).toMatchObject({ status: 'RUNNING' })
    await pool().query(
      `UPDATE graphile_worker._private_jobs SET locked_at = NULL, locked_by = NULL WHERE key = $1`,
      [works],
    )
    await tidyNow()
    expect(await platform().services.nights.night(TUESDAY)).toMatchObject({ status: 'FAILED' })
  })
})

/** What a worker does every minute. */
async function tidyNow(): Promise<void> {
  const prisma = createPrisma(pool())
  try {
    const [calendar, clock] = [createCalendar(), platform().clock]
    const [log, abandoned] = [createNightWriter(prisma), createAbandonedNights(prisma)]
    await createFailAbandonedNights({ log, abandoned, calendar, clock })()
  } finally {
    await prisma.$disconnect()
  }
}
