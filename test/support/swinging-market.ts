/** Nights over a market that one recipe can predict at first and then no longer, for tests of promotions. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPool, parseDatabaseUrl } from '../../src/db/postgres/connection.js'
import { createCalendar } from '../../src/domain/calendar/calendar.js'
import type { RawBar } from '../../src/domain/bars/row-outcome.js'
import type { Session } from '../../src/domain/calendar/session.js'
import { delivery } from './bars.js'
import { createTestFolder } from './database.js'
import { createTestPlatform } from './platform.js'
import type { TestPlatform } from './platform.js'

const calendar = createCalendar()
export const CODE = '005930'
const RECIPE = {
  name: 'swing',
  extends: 'returns',
  members: 1,
  weightDecay: 0,
  windowSamples: 60,
  epochs: 60,
  learningRate: 0.01,
  hidden: 8,
}
/** Needs fewer bars than the drift measures. */
const SHORT = { ...RECIPE, name: 'short', windowSamples: 10, epochs: 2 }
const SESSIONS = 116
/** Sessions on which the market alternates up and down by 1 %; after them it hardly moves. */
export const READABLE = 90

export const MARKET: RawBar[] = []
for (let place = 0, close = 50_000, session = '2024-01-02' as Session; place < SESSIONS; place += 1) {
  const open = close
  const noise = ((place * 7_919) % 101) - 50
  close = Math.round(close * (1 + (place < READABLE ? (place % 2 === 0 ? 0.01 : -0.01) : 0)) + noise)
  const [high, low] = [Math.max(open, close) + 10, Math.min(open, close) - 10]
  MARKET.push({ row: place + 1, symbol: CODE, session, open, high, low, close, volume: 1_000_000 + noise })
  session = calendar.nextSession(session)
}
export const sessionAt = (place: number): Session => MARKET[place]?.session as Session

export const PIN = `mutation ($id: ID!, $reason: String!) { promoteModelVersion(id: $id, reason: $reason) { number kind effectiveFrom } }`
export const ROLLBACK = `mutation ($reason: String!) { rollbackPromotion(symbol: "${CODE}", reason: $reason) { number kind contender effectiveFrom replaces restores } }`

export const FIRST = 80

export interface Read {
  forecast: {
    targetSession: string
    servedBy: string
    contender: string
    servedReason: string
    predictedClose: number
    persistenceClose: number
    warmingUp: boolean
    drift: {
      liveSessions: number
      rangeExceededShare: number
      features: { feature: string; psi: number; psiBound: number }[]
      warnings: string[]
    } | null
    interval80: { lower: number; upper: number } | null
    modelVersion: { id: string; number: number }
    candidates: { contender: string; predictedClose: number; modelVersion: { id: string } | null }[]
  }
  promotions: { edges: { node: Record<string, unknown> }[] }
  champion: {
    contender: string
    pinnedVersion: { number: number } | null
    promotion: { number: number } | null
  }
  contenders: {
    recipe: string
    serves: boolean
    obstacle: string | null
    evaluation: Record<string, number>
  }[]
}

export interface SwingingMarket {
  /** Platform of the running test. */
  readonly platform: () => TestPlatform
  /** One connection. */
  readonly pool: () => ReturnType<typeof createPool>
  /** Stores the bars up to a place, and runs the night after it. */
  readonly night: (place: number) => Promise<Session>
  /** @param on the session of the champion; the next one by default */
  readonly read: (on?: string | null) => Promise<Read>
}

/** For the top of a test file. */
export function useSwingingMarket(): SwingingMarket {
  let platform: TestPlatform
  let pool: ReturnType<typeof createPool>

  beforeEach(async () => {
    const file = path.join(await createTestFolder(), 'recipes.json')
    await writeFile(file, JSON.stringify({ recipes: [RECIPE, SHORT] }))
    platform = await createTestPlatform('2024-01-02T12:00:00+09:00', {
      environment: { RECIPES_FILE: file, NIGHT_RECIPES: 'swing', PROMOTION_SESSIONS: '12' },
    })
    pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 1 })
  })
  afterEach(async () => {
    await pool.end()
    await platform.close()
  })

  const night = async (place: number): Promise<Session> => {
    const date = sessionAt(place)
    platform.clock.at = new Date(`${date}T18:30:00+09:00`)
    await platform.services.ingestBars(delivery(MARKET.slice(0, place + 1)))
    await platform.services.scheduleNights.runNow()
    for (let looks = 0; looks < 1_000; looks += 1) {
      const found = await platform.services.nights.night(date)
      if (found?.status === 'SUCCEEDED') return date
      if (found?.status !== 'RUNNING') break
      await sleep(10)
    }
    throw new Error(`the night of ${date}: ${JSON.stringify(await platform.services.nights.night(date))}`)
  }

  const read = (on: string | null = null): Promise<Read> =>
    platform.query<Read>(
      `query ($on: LocalDate) {
        forecast(symbol: "${CODE}") {
          targetSession servedBy contender servedReason predictedClose persistenceClose warmingUp interval80 { lower upper }
          drift { liveSessions rangeExceededShare saturatedShare features { feature psi psiBound } warnings }
          modelVersion { id number } candidates { contender predictedClose modelVersion { id } }
        }
        promotions(symbol: "${CODE}") { edges { node {
          number kind contender effectiveFrom reason replaces restores pinnedVersion { number }
          evaluation { sessions backfilled skill pValue } symbol { code }
        } } }
        champion(symbol: "${CODE}", on: $on) { contender pinnedVersion { number } promotion { number } }
        contenders(symbol: "${CODE}") { recipe serves obstacle evaluation { sessions backfilled skill pValue } }
      }`,
      { on },
    )

  return { platform: () => platform, pool: () => pool, night, read }
}
