/** Who serves, over some nights of a market that one recipe can read, and then cannot any more. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPool, createPrisma, parseDatabaseUrl } from '../../src/db/connection.js'
import { createNightLog } from '../../src/db/night-log.js'
import { createCalendar } from '../../src/domain/calendar.js'
import { LedgerMovedError } from '../../src/domain/promotion.js'
import type { RawBar } from '../../src/domain/row-outcome.js'
import type { Session } from '../../src/domain/session.js'
import { delivery } from '../support/bars.js'
import { createTestFolder } from '../support/database.js'
import { createTestPlatform } from '../support/platform.js'
import type { TestPlatform } from '../support/platform.js'

const calendar = createCalendar()
const CODE = '005930'
const RECIPE = {
  ...{ name: 'swing', extends: 'returns', members: 1, weightDecay: 0 },
  ...{ windowSamples: 60, epochs: 60, learningRate: 0.01, hidden: 8 },
}
/** Needs fewer bars than drift is measured by. */
const SHORT = { ...RECIPE, name: 'short', windowSamples: 10, epochs: 2 }
const SESSIONS = 116
/** Sessions on which the market swings by 1 %, up and down in turn; after them it hardly moves. */
const READABLE = 90

const MARKET: RawBar[] = []
for (let place = 0, close = 50_000, session = '2024-01-02' as Session; place < SESSIONS; place += 1) {
  const open = close
  const noise = ((place * 7_919) % 101) - 50
  close = Math.round(close * (1 + (place < READABLE ? (place % 2 === 0 ? 0.01 : -0.01) : 0)) + noise)
  const [high, low] = [Math.max(open, close) + 10, Math.min(open, close) - 10]
  MARKET.push({ row: place + 1, symbol: CODE, session, open, high, low, close, volume: 1_000_000 + noise })
  session = calendar.nextSession(session)
}
const sessionAt = (place: number): Session => MARKET[place]?.session as Session

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

/** Brings the bars up to a place in, and has the night after it. */
async function night(place: number): Promise<Session> {
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

interface Read {
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

const PIN = `mutation ($id: ID!, $reason: String!) { promoteModelVersion(id: $id, reason: $reason) { number kind effectiveFrom } }`
const ROLLBACK = `mutation ($reason: String!) { rollbackPromotion(symbol: "${CODE}", reason: $reason) { number kind contender effectiveFrom replaces restores } }`

const FIRST = 80

describe('a recipe that reads the market', () => {
  it('takes over on the first night by the walk-forward that is made up for, and gives way when it fails', async () => {
    await night(FIRST)
    const first = await read()
    const target = sessionAt(FIRST + 1)
    expect(first.promotions.edges).toEqual([
      {
        node: {
          ...{ number: 1, kind: 'TAKEOVER', contender: 'swing', effectiveFrom: target, pinnedVersion: null },
          ...{ replaces: null, restores: null, symbol: { code: CODE } },
          reason: expect.stringMatching(
            /^over 12 sessions its skill is \d\d\.\d\d %, at least 1\.00 %, and p is/,
          ) as unknown,
          evaluation: expect.objectContaining({ sessions: 12, backfilled: 12 }) as unknown,
        },
      },
    ])
    // Fitted tonight, so what it is asked about is the end of what it was fitted on.
    expect(first.forecast.drift).toMatchObject({ liveSessions: 20, warnings: [] })
    const own = first.forecast.candidates.find(({ contender }) => contender === 'swing')
    expect(first.forecast).toMatchObject({
      ...{ targetSession: target, servedBy: 'MODEL', contender: 'swing', modelVersion: { number: 1 } },
      predictedClose: own?.predictedClose,
    })
    // Place 81 goes down.
    expect(first.forecast.predictedClose).toBeLessThan(first.forecast.persistenceClose * 0.995)
    expect(first.champion).toEqual({ contender: 'swing', pinnedVersion: null, promotion: { number: 1 } })
    expect((await read(sessionAt(FIRST))).champion).toMatchObject({
      contender: 'persistence',
      promotion: null,
    })
    expect((await read(target)).champion).toMatchObject({ contender: 'swing' })
    const contender = first.contenders.find(({ recipe }) => recipe === 'swing')
    expect(contender).toMatchObject({ serves: true, obstacle: null, evaluation: { sessions: 12 } })

    // The next night adds a point of its own, and changes nothing.
    await night(FIRST + 1)
    const second = await read()
    expect(second.promotions.edges).toHaveLength(1)
    expect(second.forecast).toMatchObject({ servedBy: 'MODEL', modelVersion: { number: 2 } })
    expect(second.forecast.servedReason).toMatch(`recipe swing serves since ${target}: over 12 sessions`)
    expect(second.contenders.find(({ recipe }) => recipe === 'swing')?.evaluation).toMatchObject({
      ...{ sessions: 12, backfilled: 11 },
    })

    // The market stops swinging: nights that nobody ran are made up for, and the recipe has been wrong all along.
    await night(READABLE + 9)
    const last = await read()
    expect(last.promotions.edges.map(({ node }) => node)).toMatchObject([
      {
        ...{ number: 2, kind: 'GIVE_WAY', contender: 'persistence', replaces: 1 },
        reason: expect.stringMatching(/^the skill of recipe swing over 12 sessions fell to -/) as unknown,
      },
      { number: 1 },
    ])
    expect(last.forecast).toMatchObject({ servedBy: 'PERSISTENCE', contender: 'persistence' })
    expect(last.forecast.servedReason).toMatch(/fell to .*, so persistence serves$/)
    expect(last.forecast.predictedClose).toBe(last.forecast.persistenceClose)
    const why = `persistence serves ${CODE} since ${last.forecast.targetSession}, so there is nothing to roll back`
    expect((await platform.ask(ROLLBACK, { reason: 'no' })).errors?.[0]?.message).toContain(why)
  })

  it('has its takeover rolled back, and then has to earn it on later sessions', async () => {
    await night(FIRST)
    expect(await platform.query(ROLLBACK, { reason: '  not yet ' })).toEqual({
      rollbackPromotion: {
        ...{ number: 2, kind: 'ROLLBACK', contender: 'persistence', replaces: 1, restores: null },
        // The forecast for the session after the night is issued already.
        effectiveFrom: sessionAt(FIRST + 2),
      },
    })
    await night(FIRST + 1)
    const { forecast, promotions, contenders } = await read()
    expect(promotions.edges).toHaveLength(2)
    expect(forecast).toMatchObject({ servedBy: 'PERSISTENCE' })
    expect(contenders.find(({ recipe }) => recipe === 'swing')).toMatchObject({
      ...{ serves: false, obstacle: 'has been evaluated on 0 of 12 unseen sessions' },
    })
    const { errors } = await platform.ask(ROLLBACK, { reason: 'again' })
    expect(errors?.[0]).toMatchObject({
      message: `symbol: persistence serves ${CODE} and has from the start, so there is nothing to roll back; promoteModelVersion has a version serve`,
      extensions: { code: 'BAD_USER_INPUT' },
    })
  })

  it('takes over one session later where somebody has issued the forecast by hand', async () => {
    platform.clock.at = new Date(`${sessionAt(FIRST)}T18:00:00+09:00`)
    await platform.services.ingestBars(delivery(MARKET.slice(0, FIRST + 1)))
    const retrain = { symbol: CODE, recipe: 'swing', seed: 1, origin: 'MANUAL' } as const
    await platform.services.followRuns.retrain(retrain)
    await night(FIRST)
    const first = await read()
    expect(first.forecast).toMatchObject({ targetSession: sessionAt(FIRST + 1), servedBy: 'PERSISTENCE' })
    expect(first.promotions.edges.map(({ node }) => node)).toMatchObject([
      { number: 1, kind: 'TAKEOVER', effectiveFrom: sessionAt(FIRST + 2) },
    ])
    expect((await read(sessionAt(FIRST + 1))).champion).toMatchObject({ contender: 'persistence' })
    await night(FIRST + 1)
    const second = await read()
    expect(second.promotions.edges).toHaveLength(1)
    expect(second.forecast).toMatchObject({ servedBy: 'MODEL', contender: 'swing' })
  })
})

describe('a pinned version', () => {
  it('serves from the next forecast on that is not issued, whatever nights find, until it is rolled back', async () => {
    await night(FIRST)
    const { modelVersion } = (await read()).forecast
    const pinned = await platform.query(PIN, { id: modelVersion.id, reason: 'an audit' })
    expect(pinned).toEqual({
      promoteModelVersion: { number: 2, kind: 'PIN', effectiveFrom: sessionAt(FIRST + 2) },
    })
    expect((await read(sessionAt(FIRST + 1))).champion).toMatchObject({
      contender: 'swing',
      pinnedVersion: null,
    })
    const again = await platform.ask(PIN, { id: modelVersion.id, reason: 'twice' })
    expect(again.errors?.[0]?.message).toMatch(/^id: version 1 of recipe swing is pinned already/)

    await night(FIRST + 1)
    const second = await read()
    expect(second.champion).toMatchObject({ contender: 'swing', pinnedVersion: { number: 1 } })
    expect(second.forecast).toMatchObject({ servedBy: 'MODEL', modelVersion: { id: modelVersion.id } })
    expect(second.forecast.servedReason).toBe(
      `a version of recipe swing is pinned since ${sessionAt(FIRST + 2)}: an audit`,
    )
    // Both versions of the recipe are weighed, and the newer one is its walk-forward.
    const said = second.forecast.candidates.filter(({ contender }) => contender === 'swing')
    expect(said).toHaveLength(2)
    expect(said.find((one) => one.modelVersion?.id === modelVersion.id)?.predictedClose).toBe(
      second.forecast.predictedClose,
    )
    const { rows } = await pool.query(
      `SELECT number FROM prediction JOIN model_version ON model_version.id = model_version_id
       WHERE refit_every = 1 AND target_session = $1`,
      [sessionAt(FIRST + 2)],
    )
    expect(rows).toEqual([{ number: 2 }])

    // The market stops swinging, and a recipe would have to give way.
    await night(READABLE + 8)
    const late = await read()
    expect(late.promotions.edges).toHaveLength(2)
    expect(late.forecast).toMatchObject({ modelVersion: { id: modelVersion.id }, servedBy: 'MODEL' })
    await platform.query(ROLLBACK, { reason: 'the audit is over' })
    expect((await read()).champion).toMatchObject({ contender: 'swing', pinnedVersion: null })
    await night(READABLE + 9)
    const last = await read()
    expect(
      last.promotions.edges.map(({ node }) => [node['kind'], node['replaces'], node['restores']]),
    ).toEqual([
      ['GIVE_WAY', 1, null],
      ['ROLLBACK', 2, 1],
      ['PIN', 1, null],
      ['TAKEOVER', null, null],
    ])
  })

  it('is warned about once what it is asked about is not what it was fitted on', async () => {
    await night(FIRST)
    const { modelVersion } = (await read()).forecast
    await platform.query(PIN, { id: modelVersion.id, reason: 'an audit' })
    await night(READABLE + 24)
    const late = await read()
    expect(late.forecast).toMatchObject({
      modelVersion: { id: modelVersion.id },
      drift: { liveSessions: 34 },
    })
    const moved = late.forecast.drift?.features.find(({ feature }) => feature === 'closeReturn')
    expect(moved?.psi).toBeGreaterThan(moved?.psiBound ?? Infinity)
    expect(late.forecast.drift?.warnings.join()).toMatch(
      /the population stability index of closeReturn is \d+\.\d\d over the last 34 sessions, above/,
    )
  })

  it('serves without a word on drift where there are too few bars to measure it by', async () => {
    const retrain = async (bars: number) => {
      platform.clock.at = new Date(`${sessionAt(bars - 1)}T20:00:00+09:00`)
      await platform.services.ingestBars(delivery(MARKET.slice(0, bars)))
      return platform.services.followRuns.retrain({
        ...{ symbol: CODE, recipe: 'short', seed: 0, origin: 'MANUAL' },
      })
    }
    const first = await retrain(18)
    await platform.query(PIN, { id: first.modelVersionId, reason: 'a test' })
    for (const bars of [19, 20, 21]) {
      await retrain(bars)
      expect((await read()).forecast).toMatchObject({ servedBy: 'MODEL', drift: null })
    }
  })

  it('waits for whoever writes about the symbol, a large ingest too', async () => {
    await night(FIRST)
    const { modelVersion } = (await read()).forecast
    await pool.query('BEGIN')
    await pool.query('SELECT 1 FROM symbol FOR UPDATE')
    const pinning = platform.ask(PIN, { id: modelVersion.id, reason: 'an audit' })
    await sleep(5_500)
    await pool.query('COMMIT')
    expect((await pinning).errors).toBeUndefined()
  })

  it('needs a version and a reason', async () => {
    await night(FIRST)
    const { modelVersion } = (await read()).forecast
    const messages = async (id: string, reason: string) =>
      (await platform.ask(PIN, { id, reason })).errors?.map(({ message }) => message)
    expect(await messages(modelVersion.id, ' ')).toEqual(['reason: say why, in at most 500 characters'])
    expect(await messages('00000000-0000-4000-8000-000000000000', 'why not')).toEqual([
      'id: there is no model version "00000000-0000-4000-8000-000000000000"; modelVersions lists them',
    ])
  })
})

describe('a replay', () => {
  const replay = async (place: number) => {
    const run = await platform.services.followRuns.retrain({
      ...{ symbol: CODE, recipe: 'swing', seed: 0, origin: 'MANUAL', asOfSession: sessionAt(place) },
    })
    const [forecast] = await platform.services.models.forecastsById([run.forecastId ?? ''])
    if (!forecast) throw new Error(`no forecast: ${run.errorMessage ?? ''}`)
    return forecast
  }

  it('is served by whoever served its session, never by what was decided or fitted later', async () => {
    await night(FIRST)
    await night(FIRST + 1)
    const { modelVersion } = (await read()).forecast
    await platform.query(PIN, { id: modelVersion.id, reason: 'an audit' })
    await night(FIRST + 2)
    // The takeover counts from the session after the first night, and the pin from two sessions later.
    expect(await replay(FIRST - 1)).toMatchObject({
      ...{ origin: 'REPLAY', targetSession: sessionAt(FIRST), servedBy: 'PERSISTENCE' },
      servedReason: 'no recipe has taken over from persistence on unseen sessions, so persistence serves',
    })
    const { rows } = await pool.query(
      `SELECT 1 FROM prediction JOIN model_version ON model_version.id = model_version_id
       WHERE target_session <= window_last`,
    )
    expect(rows).toEqual([])
  })
})

describe('a fit that went wrong', () => {
  it('does not serve; the version before it does', async () => {
    await night(FIRST)
    const before = (await read()).forecast.modelVersion
    // As if every fit before had ended with a hundredth of its loss.
    await pool.query(
      `UPDATE model_version SET metrics = jsonb_set(metrics, '{finalLoss}', to_jsonb((metrics->>'finalLoss')::float8 / 100))`,
    )
    await night(FIRST + 1)
    const { forecast, promotions } = await read()
    expect(forecast).toMatchObject({ servedBy: 'MODEL', modelVersion: { id: before.id, number: 1 } })
    expect(forecast.servedReason).toMatch(
      /; its newest version ended with a loss of \S+, more than 3 times \S+, the median before it, so version 1 serves$/,
    )
    expect(promotions.edges).toHaveLength(1)
  })
})

describe('the newest versions of a recipe', () => {
  it('are found by an index, however many there are', async () => {
    await pool.query('SET enable_sort = off; SET enable_seqscan = off; SET enable_bitmapscan = off')
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT id FROM model_version
       WHERE symbol_id = 1 AND recipe_name = 'swing' AND window_last <= '2024-07-09' AND adjusted_version IS NULL
       ORDER BY window_last DESC, number DESC LIMIT 40`,
    )
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toContain('Index Scan Backward')
    expect(plan).not.toContain('Sort')
  })
})

describe('the ledger', () => {
  it('is only written on', async () => {
    await night(FIRST)
    for (const change of [
      "UPDATE promotion SET reason = 'x'",
      'DELETE FROM promotion',
      'TRUNCATE promotion',
    ]) {
      await expect(pool.query(change)).rejects.toThrow('the ledger of promotions is append-only')
    }
  })

  it('refuses a decision that rests on less than it has', async () => {
    await night(FIRST)
    const { forecast } = await read()
    await platform.query(PIN, { id: forecast.modelVersion.id, reason: 'an audit' })
    // As if the night were still at it.
    await pool.query("UPDATE night SET status = 'RUNNING', finished_at = NULL")
    const prisma = createPrisma(pool)
    const { rows } = await pool.query<{ id: number }>('SELECT id FROM symbol')
    const close = Number(MARKET[FIRST + 1]?.close)
    const settled = createNightLog(prisma).settle(sessionAt(FIRST), rows[0]?.id ?? 0, {
      fits: [],
      failures: [{ recipeName: 'other', failure: { status: 'FAILED', code: 'TEST', message: 'test' } }],
      served: {
        forecast: {
          ...{ targetSession: sessionAt(FIRST + 2), basedOnSession: sessionAt(FIRST + 1), dataVersion: 1 },
          ...{
            servedBy: 'PERSISTENCE',
            contender: 'persistence',
            servedReason: 'test',
            warmingUp: false,
            drift: null,
          },
          ...{ predictedClose: close, persistenceClose: close },
          ...{ lower80: null, upper80: null, lower95: null, upper95: null },
        },
        ...{ servedVersion: null, predictions: [], promotion: null, basis: 1 },
        followingSession: sessionAt(FIRST + 3),
        moment: () => ({ now: platform.clock.now(), origin: 'ISSUED' }),
      },
    })
    await expect(settled).rejects.toThrow(LedgerMovedError)
    await prisma.$disconnect()
  })
})
