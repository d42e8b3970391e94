/** Which version serves: the one that is pinned, the newest that may, or the one of a replay's session. */
import { delivery } from '../../support/bars.js'
import { setTimeout as sleep } from 'node:timers/promises'
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

describe('a pinned version', () => {
  it('serves from the next unissued forecast until it is rolled back, whatever nights decide', async () => {
    await night(FIRST)
    const { modelVersion } = (await read()).forecast
    const pinned = await platform().query(PIN, { id: modelVersion.id, reason: 'an audit' })
    expect(pinned).toEqual({
      promoteModelVersion: { number: 2, kind: 'PIN', effectiveFrom: sessionAt(FIRST + 2) },
    })
    expect((await read(sessionAt(FIRST + 1))).champion).toMatchObject({
      contender: 'swing',
      pinnedVersion: null,
    })
    const again = await platform().ask(PIN, { id: modelVersion.id, reason: 'twice' })
    expect(again.errors?.[0]?.message).toMatch(/^id: version 1 of recipe swing is already pinned/)

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
    const { rows } = await pool().query(
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
    await platform().query(ROLLBACK, { reason: 'the audit is over' })
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

  it('gets a warning once its inputs differ from those it was fitted on', async () => {
    await night(FIRST)
    const { modelVersion } = (await read()).forecast
    await platform().query(PIN, { id: modelVersion.id, reason: 'an audit' })
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

  it('serves without drift measures where there are too few bars', async () => {
    const retrain = async (bars: number) => {
      platform().clock.at = new Date(`${sessionAt(bars - 1)}T20:00:00+09:00`)
      await platform().services.ingestBars(delivery(MARKET.slice(0, bars)))
      return platform().services.runs.retrain({
        symbol: CODE,
        recipe: 'short',
        seed: 0,
        origin: 'MANUAL',
      })
    }
    const first = await retrain(18)
    await platform().query(PIN, { id: first.modelVersionId, reason: 'a test' })
    for (const bars of [19, 20, 21]) {
      await retrain(bars)
      expect((await read()).forecast).toMatchObject({ servedBy: 'MODEL', drift: null })
    }
  })

  it('waits for other writers of the symbol, even a large ingest', async () => {
    await night(FIRST)
    const { modelVersion } = (await read()).forecast
    await pool().query('BEGIN')
    await pool().query('SELECT 1 FROM symbol FOR UPDATE')
    const pinning = platform().ask(PIN, { id: modelVersion.id, reason: 'an audit' })
    await sleep(5_500)
    await pool().query('COMMIT')
    expect((await pinning).errors).toBeUndefined()
  })

  it('requires a version and a reason', async () => {
    await night(FIRST)
    const { modelVersion } = (await read()).forecast
    const messages = async (id: string, reason: string) =>
      (await platform().ask(PIN, { id, reason })).errors?.map(({ message }) => message)
    expect(await messages(modelVersion.id, ' ')).toEqual(['reason: it is empty; give 1 to 500 characters'])
    expect(await messages('00000000-0000-4000-8000-000000000000', 'why not')).toEqual([
      'id: there is no model version "00000000-0000-4000-8000-000000000000"; modelVersions lists them',
    ])
  })
})

describe('a replay', () => {
  const replay = async (place: number) => {
    const run = await platform().services.runs.retrain({
      symbol: CODE,
      recipe: 'swing',
      seed: 0,
      origin: 'MANUAL',
      asOfSession: sessionAt(place),
    })
    const [forecast] = await platform().services.forecasts.forecastsById([run.forecastId ?? ''])
    if (!forecast) throw new Error(`no forecast: ${run.errorMessage ?? ''}`)
    return forecast
  }

  it('is served by the champion of its session, never by a later decision or fit', async () => {
    await night(FIRST)
    await night(FIRST + 1)
    const { modelVersion } = (await read()).forecast
    await platform().query(PIN, { id: modelVersion.id, reason: 'an audit' })
    await night(FIRST + 2)
    // The takeover counts from the session after the first night, and the pin from two sessions later.
    expect(await replay(FIRST - 1)).toMatchObject({
      origin: 'REPLAY',
      targetSession: sessionAt(FIRST),
      servedBy: 'PERSISTENCE',
      servedReason: 'no recipe has taken over from persistence on unseen sessions, so persistence serves',
    })
    const { rows } = await pool().query(
      `SELECT 1 FROM prediction JOIN model_version ON model_version.id = model_version_id
       WHERE target_session <= window_last`,
    )
    expect(rows).toEqual([])
  })
})

describe('a fit that did not converge', () => {
  it('does not serve; the version before it does', async () => {
    await night(FIRST)
    const before = (await read()).forecast.modelVersion
    // As if every fit before had ended with a hundredth of its loss.
    await pool().query(
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
    await pool().query('SET enable_sort = off; SET enable_seqscan = off; SET enable_bitmapscan = off')
    const { rows } = await pool().query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT id FROM model_version
       WHERE symbol_id = 1 AND recipe_name = 'swing' AND window_last <= '2024-07-09' AND adjusted_version IS NULL
       ORDER BY window_last DESC, number DESC LIMIT 40`,
    )
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toContain('Index Scan Backward')
    expect(plan).not.toContain('Sort')
  })
})
