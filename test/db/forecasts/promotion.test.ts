/** Who takes over, who gives way, and the ledger that keeps it. */
import { createPrisma } from '../../../src/db/postgres/connection.js'
import { createNightWriter } from '../../../src/db/nights/night-writer.js'
import { LedgerMovedError } from '../../../src/domain/forecasts/promotion.js'
import { delivery } from '../../support/bars.js'
import {
  CODE,
  FIRST,
  MARKET,
  PIN,
  READABLE,
  ROLLBACK,
  sessionAt,
  useSwingingMarket,
} from '../../support/swinging-market.js'

const { platform, pool, night, read } = useSwingingMarket()

describe('a recipe that predicts the market', () => {
  it('takes over on the first night by the backfilled walk-forward, and gives way when it fails', async () => {
    await night(FIRST)
    const first = await read()
    const target = sessionAt(FIRST + 1)
    expect(first.promotions.edges).toEqual([
      {
        node: {
          number: 1,
          kind: 'TAKEOVER',
          contender: 'swing',
          effectiveFrom: target,
          pinnedVersion: null,
          replaces: null,
          restores: null,
          symbol: { code: CODE },
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
      targetSession: target,
      servedBy: 'MODEL',
      contender: 'swing',
      modelVersion: { number: 1 },
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
      sessions: 12,
      backfilled: 11,
    })

    // The market stops swinging. Missed nights are backfilled, and the recipe was wrong in all of them.
    await night(READABLE + 9)
    const last = await read()
    expect(last.promotions.edges.map(({ node }) => node)).toMatchObject([
      {
        number: 2,
        kind: 'GIVE_WAY',
        contender: 'persistence',
        replaces: 1,
        reason: expect.stringMatching(/^the skill of recipe swing over 12 sessions fell to -/) as unknown,
      },
      { number: 1 },
    ])
    expect(last.forecast).toMatchObject({ servedBy: 'PERSISTENCE', contender: 'persistence' })
    expect(last.forecast.servedReason).toMatch(/fell to .*, so persistence serves$/)
    expect(last.forecast.predictedClose).toBe(last.forecast.persistenceClose)
    const why = `persistence serves ${CODE} since ${last.forecast.targetSession}, so there is nothing to roll back`
    expect((await platform().ask(ROLLBACK, { reason: 'no' })).errors?.[0]?.message).toContain(why)
  })

  it('has its takeover rolled back, and then has to earn it on later sessions', async () => {
    await night(FIRST)
    expect(await platform().query(ROLLBACK, { reason: '  not yet ' })).toEqual({
      rollbackPromotion: {
        number: 2,
        kind: 'ROLLBACK',
        contender: 'persistence',
        replaces: 1,
        restores: null,
        // The forecast for the session after the night is issued already.
        effectiveFrom: sessionAt(FIRST + 2),
      },
    })
    await night(FIRST + 1)
    const { forecast, promotions, contenders } = await read()
    expect(promotions.edges).toHaveLength(2)
    expect(forecast).toMatchObject({ servedBy: 'PERSISTENCE' })
    expect(contenders.find(({ recipe }) => recipe === 'swing')).toMatchObject({
      serves: false,
      obstacle: 'has been evaluated on 0 of 12 unseen sessions',
    })
    const { errors } = await platform().ask(ROLLBACK, { reason: 'again' })
    expect(errors?.[0]).toMatchObject({
      message: `symbol: persistence serves ${CODE} from the start, so there is nothing to roll back; promoteModelVersion pins a version`,
      extensions: { code: 'BAD_USER_INPUT' },
    })
  })

  it('takes over one session later where the forecast was issued by hand', async () => {
    platform().clock.at = new Date(`${sessionAt(FIRST)}T18:00:00+09:00`)
    await platform().services.ingestBars(delivery(MARKET.slice(0, FIRST + 1)))
    const retrain = { symbol: CODE, recipe: 'swing', seed: 1, origin: 'MANUAL' } as const
    await platform().services.runs.retrain(retrain)
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

describe('the ledger', () => {
  it('is append-only', async () => {
    await night(FIRST)
    for (const change of [
      "UPDATE promotion SET reason = 'x'",
      'DELETE FROM promotion',
      'TRUNCATE promotion',
    ]) {
      await expect(pool().query(change)).rejects.toThrow('the ledger of promotions is append-only')
    }
  })

  it('refuses a decision that is based on an outdated ledger', async () => {
    await night(FIRST)
    const { forecast } = await read()
    await platform().query(PIN, { id: forecast.modelVersion.id, reason: 'an audit' })
    // As if the night were still at it.
    await pool().query("UPDATE night SET status = 'RUNNING', finished_at = NULL")
    const prisma = createPrisma(pool())
    const { rows } = await pool().query<{ id: number }>('SELECT id FROM symbol')
    const close = Number(MARKET[FIRST + 1]?.close)
    const settled = createNightWriter(prisma).recordOutcome(sessionAt(FIRST), rows[0]?.id ?? 0, {
      fits: [],
      failures: [{ recipeName: 'other', failure: { status: 'FAILED', code: 'TEST', message: 'test' } }],
      served: {
        forecast: {
          targetSession: sessionAt(FIRST + 2),
          basedOnSession: sessionAt(FIRST + 1),
          dataVersion: 1,
          servedBy: 'PERSISTENCE',
          contender: 'persistence',
          servedReason: 'test',
          warmingUp: false,
          drift: null,
          predictedClose: close,
          persistenceClose: close,
          lower80: null,
          upper80: null,
          lower95: null,
          upper95: null,
          decimals: 2,
          tickTable: null,
        },
        servedVersion: null,
        predictions: [],
        promotion: null,
        basis: 1,
        followingSession: sessionAt(FIRST + 3),
        moment: () => ({ now: platform().clock.now(), origin: 'ISSUED' }),
      },
    })
    await expect(settled).rejects.toThrow(LedgerMovedError)
    await prisma.$disconnect()
  })
})
