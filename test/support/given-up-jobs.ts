/**
 * Nights with jobs that used up all attempts: three symbols up to a Tuesday, and no worker until a test starts
 * one.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { createPool, createPrisma, parseDatabaseUrl } from '../../src/db/postgres/connection.js'
import { createNightWriter } from '../../src/db/nights/night-writer.js'
import type { NightRecord } from '../../src/domain/nights/night-record.js'
import type { NightStatus } from '../../src/domain/nights/night.js'
import { delivery, rawBars } from './bars.js'
import { CODES, TUESDAY } from './nights.js'
import { createTestPlatform } from './platform.js'
import type { TestPlatform } from './platform.js'

export const LATE_EVENING = '2024-07-09T20:00:00+09:00'

export interface Letters {
  readonly deadLetters: {
    readonly edges: readonly { readonly cursor: string; readonly node: Record<string, unknown> }[]
    readonly pageInfo: { readonly hasNextPage: boolean }
  }
}
export const LETTERS = `query ($first: Int, $after: String) { deadLetters(first: $first, after: $after) {
  edges { cursor node { id task attempts lastError runId backtestId nightSession } } pageInfo { hasNextPage } } }`

export interface GivenUpJobs {
  /** Platform of the running test. */
  readonly platform: () => TestPlatform
  readonly pool: () => pg.Pool
  readonly rows: <Row extends object>(sql: string, values?: unknown[]) => Promise<Row[]>
  /**
   * Marks a job as if every attempt had failed, or its worker had died.
   * @returns the job's id
   */
  readonly giveUp: (key: string, error?: string | null) => Promise<string>
  readonly until: <Found>(what: string, look: () => Promise<Found | undefined>) => Promise<Found>
  readonly untilNight: (status: NightStatus) => Promise<NightRecord>
  readonly symbolIds: () => Promise<number[]>
  /**
   * Starts a night whose symbols are queued, each in its own chunk.
   * @returns the keys of the chunks
   */
  readonly planNight: () => Promise<string[]>
  /** The night's outcomes by symbol: the error's code, or else the status. */
  readonly outcomes: () => Promise<Record<string, string>>
}

/** For the top of a test file. */
export function useGivenUpJobs(): GivenUpJobs {
  let platform: TestPlatform
  let pool: pg.Pool

  beforeEach(async () => {
    platform = await createTestPlatform(LATE_EVENING, {
      worker: false,
      environment: { NIGHT_RECIPES: 'seed' },
    })
    pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 2 })
    const bars = CODES.flatMap((symbol, index) =>
      rawBars({
        symbol,
        from: '2023-07-03',
        count: 254,
        seed: index + 1,
        decimals: symbol === 'KOSPI' ? 2 : 0,
      }),
    ).filter(({ session }) => session <= TUESDAY)
    await platform.services.ingestBars(delivery(bars.map((bar, index) => ({ ...bar, row: index + 1 }))))
  })
  afterEach(async () => {
    await pool.end()
    await platform.close()
  })

  async function rows<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await pool.query<Row>(sql, values)).rows
  }

  async function giveUp(key: string, error: string | null = null): Promise<string> {
    const [job] = await rows<{ id: string }>(
      `UPDATE graphile_worker._private_jobs SET attempts = max_attempts, last_error = $2 WHERE key = $1 RETURNING id`,
      [key, error],
    )
    if (!job) throw new Error(`there is no job ${key}`)
    return job.id
  }

  async function until<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
    for (let looks = 0; looks < 1_000; looks += 1) {
      const found = await look()
      if (found !== undefined) return found
      await sleep(20)
    }
    throw new Error(`still waiting until ${what}`)
  }

  const untilNight = (status: NightStatus): Promise<NightRecord> =>
    until(`the night is ${status}`, async () => {
      const night = await platform.services.nights.night(TUESDAY)
      return night?.status === status ? night : undefined
    })

  const symbolIds = async (): Promise<number[]> =>
    (await rows<{ id: number }>('SELECT id FROM symbol ORDER BY id')).map(({ id }) => id)

  async function planNight(): Promise<string[]> {
    await platform.services.scheduleNights.fire()
    const prisma = createPrisma(pool)
    try {
      const log = createNightWriter(prisma)
      const claimed = await log.claim(TUESDAY, platform.clock.at)
      if (!claimed) throw new Error('the night cannot be claimed')
      await pool.query('SELECT graphile_worker.remove_job($1)', [`night:${TUESDAY}`])
      const ids = await symbolIds()
      const keys = ids.map((_, at) => `nightChunk:${TUESDAY}:${at}`)
      const chunks = new Map(ids.map((id, at) => [keys[at] ?? '', [id]]))
      await log.plan(claimed, { expected: ids.length, chunks, retry: null, givenUp: [] }, platform.clock.at)
      return keys
    } finally {
      await prisma.$disconnect()
    }
  }

  async function outcomes(): Promise<Record<string, string>> {
    const found = await rows<{ code: string; outcome: string }>(
      `SELECT code, coalesce(error_code, night_outcome.status::text) AS outcome FROM night_outcome
       JOIN symbol ON symbol.id = symbol_id`,
    )
    return Object.fromEntries(found.map(({ code, outcome }) => [code, outcome]))
  }

  return {
    platform: () => platform,
    pool: () => pool,
    rows,
    giveUp,
    until,
    untilNight,
    symbolIds,
    planNight,
    outcomes,
  }
}
