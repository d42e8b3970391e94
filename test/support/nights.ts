/** Nights on a test platform: three symbols up to a Tuesday, and helpers that read the results. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createPool, parseDatabaseUrl } from '../../src/db/postgres/connection.js'
import type { NightOutcome, NightRecord } from '../../src/domain/nights/night-record.js'
import type { NightStatus } from '../../src/domain/nights/night.js'
import type { RawBar } from '../../src/domain/bars/row-outcome.js'
import type { Session } from '../../src/domain/calendar/session.js'
import { delivery, rawBars } from './bars.js'
import { createTestPlatform } from './platform.js'
import type { TestPlatform, TestPlatformOptions } from './platform.js'

// 2024-07-09 was a Tuesday.
export const TUESDAY = '2024-07-09' as Session
export const EVENING = '2024-07-09T18:30:00+09:00'
export const CODES = ['KOSPI', '005930', '000660']
export const MARKET = CODES.flatMap((symbol, index) =>
  rawBars({
    symbol,
    from: '2023-07-03',
    count: 254,
    seed: index + 1,
    decimals: symbol === 'KOSPI' ? 2 : 0,
  }),
)
export const ALL = { limit: 1_000, fromEnd: false, after: undefined, before: undefined }

export interface Nights {
  /** Opens the platform of one test, which is closed after it. */
  readonly open: (now: string, options?: TestPlatformOptions) => Promise<TestPlatform>
  /** Stores bars up to a session. */
  readonly ingest: (to: string, codes?: readonly string[]) => Promise<void>
  /** Stores only the newest `count` bars of one symbol, up to the Tuesday. */
  readonly ingestFew: (code: string, count: number) => Promise<RawBar[]>
  /** Waits until a night has a status. */
  readonly until: (date: Session, status: NightStatus) => Promise<NightRecord>
  readonly outcomesOf: (date: Session) => Promise<(NightOutcome & { readonly code: string })[]>
  /** Makes a waiting job due now. The queue uses the database's clock, which no test sets. */
  readonly retryAt: (time: string, date: Session) => Promise<void>
  /** One connection, for tests that need more than `rows`. */
  readonly pool: () => ReturnType<typeof createPool>
  readonly rows: <Row extends object>(sql: string, values?: unknown[]) => Promise<Row[]>
  /** Returns the number of issued forecasts, by session and symbol. */
  readonly issued: () => Promise<{ code: string; session: string; forecasts: number }[]>
}

/** For the top of a test file. */
export function useNights(): Nights {
  let platform: TestPlatform
  let pool: ReturnType<typeof createPool>

  afterEach(async () => {
    await pool.end()
    await platform.close()
  })

  const open: Nights['open'] = async (now, options = {}) => {
    // By name, so that a further recipe changes no count.
    const environment = { NIGHT_RECIPES: 'seed,returns', ...options.environment }
    platform = await createTestPlatform(now, { ...options, environment })
    pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 1 })
    return platform
  }

  const ingest: Nights['ingest'] = async (to, codes = CODES) => {
    const rows = MARKET.filter(({ symbol, session }) => codes.includes(symbol) && session <= to)
    await platform.services.ingestBars(delivery(rows.map((bar, index) => ({ ...bar, row: index + 1 }))))
  }

  const ingestFew: Nights['ingestFew'] = async (code, count) => {
    const few = MARKET.filter(({ symbol, session }) => symbol === code && session <= TUESDAY).slice(-count)
    await platform.services.ingestBars(delivery(few.map((bar, index) => ({ ...bar, row: index + 1 }))))
    return few
  }

  const until: Nights['until'] = async (date, status) => {
    for (let looks = 0; looks < 1_000; looks += 1) {
      const night = await platform.services.nights.night(date)
      if (night?.status === status) return night
      await sleep(20)
    }
    const night = await platform.services.nights.night(date)
    throw new Error(`the night of ${date} is not ${status}: ${JSON.stringify(night)}`)
  }

  const outcomesOf: Nights['outcomesOf'] = async (date) => {
    const { items } = await platform.services.nights.outcomes({ session: date }, ALL)
    const symbols = await platform.services.market.symbolsById(items.map(({ symbolId }) => symbolId))
    return items.map((item) => ({
      ...item,
      code: symbols.find(({ id }) => id === item.symbolId)?.code ?? '',
    }))
  }

  const retryAt: Nights['retryAt'] = async (time, date) => {
    platform.clock.at = new Date(time)
    await pool.query(`SELECT graphile_worker.add_job('night', $1::json, job_key := $2)`, [
      JSON.stringify({ date }),
      `night:${date}`,
    ])
  }

  const rows: Nights['rows'] = async <Row extends object>(sql: string, values: unknown[] = []) => {
    return (await pool.query<Row>(sql, values)).rows
  }

  const issued: Nights['issued'] = () =>
    rows(
      `SELECT code, target_session::text AS session, count(*)::int AS forecasts FROM forecast
       JOIN symbol ON symbol.id = symbol_id WHERE origin = 'ISSUED' GROUP BY 1, 2 ORDER BY 2, 1`,
    )

  return { open, ingest, ingestFew, until, outcomesOf, retryAt, pool: () => pool, rows, issued }
}
