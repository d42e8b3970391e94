import { createPool, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'
import type { ModelVersion } from '../../../src/domain/models/model-version.js'
import { KospigraphError } from '../../../src/errors.js'
import type { RetrainRequest } from '../../../src/services/models/runs.js'
import type { Run } from '../../../src/domain/models/run.js'
import type { Session } from '../../../src/domain/calendar/session.js'

// 2024-07-10 was a Wednesday; the rows below end on 2024-07-09.
const EVENING = '2024-07-09T20:00:00+09:00'
const ROWS = rawBars({ symbol: 'KOSPI', from: '2023-07-03', count: 250 })
const LAST = '2024-07-09'

let platform: TestPlatform

beforeEach(async () => {
  platform = await createTestPlatform(EVENING)
})
afterEach(async () => {
  await platform.close()
})

type Options = Partial<RetrainRequest>
const retrain = (options: Options = {}): Promise<Run> =>
  platform.services.runs.retrain({
    symbol: 'KOSPI',
    recipe: 'seed',
    seed: 0,
    origin: 'MANUAL',
    ...options,
  })

async function versionOf(run: Run): Promise<ModelVersion> {
  const [version] = await platform.services.models.modelVersionsById([run.modelVersionId ?? ''])
  if (!version) throw new Error(`run ${run.id} has no version: ${run.errorMessage ?? ''}`)
  return version
}

async function forecastOf(run: Run) {
  const [forecast] = await platform.services.forecasts.forecastsById([run.forecastId ?? ''])
  if (!forecast) throw new Error(`run ${run.id} has no forecast`)
  const candidates = (await platform.services.forecasts.candidates([forecast.id])).get(forecast.id) ?? []
  return { ...forecast, candidates }
}

describe('retrain', () => {
  it('stores a version of the newest window and issues the forecast for the next session', async () => {
    await platform.services.ingestBars(delivery(ROWS.filter((bar) => bar.session <= LAST)))
    const run = await retrain()
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      versionCreated: true,
      forecastCreated: true,
      errorCode: null,
    })
    const version = await versionOf(run)
    expect(version).toMatchObject({
      number: 1,
      windowLast: LAST,
      barCount: 205,
      sampleCount: 200,
      dataVersion: 1,
    })
    expect(version.members).toHaveLength(1)
    expect(version.members[0]?.losses).toHaveLength(100)
    expect(version.scaler.columns).toEqual(['open', 'high', 'low', 'volume', 'close'])

    const lastClose = ROWS.find((bar) => bar.session === LAST)?.close
    const forecast = await forecastOf(run)
    expect(forecast).toMatchObject({
      targetSession: '2024-07-10',
      basedOnSession: LAST,
      origin: 'ISSUED',
      servedBy: 'PERSISTENCE',
      predictedClose: lastClose,
      persistenceClose: lastClose,
    })
    expect(forecast.candidates.map(({ contender }) => contender)).toEqual(['persistence', 'seed'])
    const model = forecast.candidates[1]
    expect(model?.modelVersionId).toBe(version.id)
    expect(model?.predictedClose).not.toBe(lastClose)
  })

  it('finds an identical version instead of storing it twice, and keeps the issued forecast', async () => {
    await platform.services.ingestBars(delivery(ROWS.filter((bar) => bar.session <= LAST)))
    const first = await retrain()
    const second = await retrain()
    expect(second).toMatchObject({ versionCreated: false, forecastCreated: false })
    expect(second.modelVersionId).toBe(first.modelVersionId)
    expect(second.forecastId).toBe(first.forecastId)

    const other = await retrain({ seed: 1 })
    expect(other).toMatchObject({
      versionCreated: true,
      forecastCreated: false,
      forecastId: first.forecastId,
    })
    expect((await versionOf(other)).number).toBe(2)
    expect((await forecastOf(other)).modelVersionId).toBe(first.modelVersionId)
  })

  it('gives the same bytes on another database, for the same bars, recipe and seed', async () => {
    const rows = ROWS.filter((bar) => bar.session <= LAST)
    await platform.services.ingestBars(delivery(rows))
    const here = await versionOf(await retrain())
    const elsewhere = await createTestPlatform(EVENING)
    try {
      await elsewhere.services.ingestBars(delivery(rows))
      const run = await elsewhere.services.runs.retrain({
        symbol: 'KOSPI',
        recipe: 'seed',
        seed: 0,
        origin: 'MANUAL',
      })
      const [there] = await elsewhere.services.models.modelVersionsById([run.modelVersionId ?? ''])
      expect(there?.contentHash).toBe(here.contentHash)
      expect(there?.members).toEqual(here.members)
    } finally {
      await elsewhere.close()
    }
  })

  it('reads nothing after its last session: changed later bars move no byte', async () => {
    const cut = '2024-06-05' as Session
    const past = ROWS.filter((bar) => bar.session <= cut)
    const future = ROWS.filter((bar) => bar.session > cut && bar.session <= LAST)
    await platform.services.ingestBars(delivery([...past, ...future]))
    const run = await retrain({ asOfSession: cut })
    const real = { version: await versionOf(run), forecast: await forecastOf(run) }

    const elsewhere = await createTestPlatform(EVENING)
    try {
      const corrupted = future.map((bar) => ({
        ...bar,
        open: 9_000,
        high: 9_999,
        low: 1,
        close: 5_000,
        volume: 1,
      }))
      await elsewhere.services.ingestBars(delivery([...past, ...corrupted]))
      const other = await elsewhere.services.runs.retrain({
        symbol: 'KOSPI',
        recipe: 'seed',
        seed: 0,
        origin: 'MANUAL',
        asOfSession: cut,
      })
      const [version] = await elsewhere.services.models.modelVersionsById([other.modelVersionId ?? ''])
      expect(version?.contentHash).toBe(real.version.contentHash)
      expect(version?.scaler).toEqual(real.version.scaler)
      expect(version?.members).toEqual(real.version.members)
      const [forecast] = await elsewhere.services.forecasts.forecastsById([other.forecastId ?? ''])
      expect(forecast?.predictedClose).toBe(real.forecast.predictedClose)
      const candidates = (await elsewhere.services.forecasts.candidates([other.forecastId ?? '']))
        .values()
        .next().value
      expect(candidates?.map(({ predictedClose }) => predictedClose)).toEqual(
        real.forecast.candidates.map(({ predictedClose }) => predictedClose),
      )
    } finally {
      await elsewhere.close()
    }
  })

  it('issues only before the session opens; afterwards it is a replay', async () => {
    await platform.services.ingestBars(delivery(ROWS.filter((bar) => bar.session <= LAST)))
    platform.clock.at = new Date('2024-07-10T09:00:00+09:00')
    const replay = await retrain()
    expect((await forecastOf(replay)).origin).toBe('REPLAY')
    expect((await retrain()).forecastId).toBe(replay.forecastId)

    platform.clock.at = new Date('2024-07-10T08:59:59+09:00')
    const issued = await retrain({ seed: 1 })
    expect((await forecastOf(issued)).origin).toBe('ISSUED')
    expect(await platform.services.forecasts.forecast('KOSPI')).toMatchObject({ origin: 'ISSUED' })
  })

  it('replays an old session without touching the latest forecast', async () => {
    await platform.services.ingestBars(delivery(ROWS.filter((bar) => bar.session <= LAST)))
    await retrain()
    const replay = await forecastOf(await retrain({ asOfSession: '2024-06-05' as Session }))
    // 6 June is Memorial Day.
    expect(replay).toMatchObject({
      origin: 'REPLAY',
      basedOnSession: '2024-06-05',
      targetSession: '2024-06-07',
    })
    expect(await platform.services.forecasts.forecast('KOSPI')).toMatchObject({ targetSession: '2024-07-10' })
  })

  it('records why a symbol could not be fitted, and stores no version', async () => {
    await platform.services.ingestBars(delivery(ROWS.slice(0, 204)))
    const few = await retrain()
    expect(few).toMatchObject({
      status: 'FAILED',
      errorCode: 'TOO_FEW_BARS',
      modelVersionId: null,
      forecastId: null,
    })
    expect(few.errorMessage).toMatch(/KOSPI.*204.*205|KOSPI.*205.*204/)

    const flat = ROWS.map((bar) => ({ ...bar, symbol: '005930', open: 100, high: 100, low: 100, close: 100 }))
    await platform.services.ingestBars(delivery(flat))
    expect(await retrain({ symbol: '005930' })).toMatchObject({
      status: 'FAILED',
      errorCode: 'CONSTANT_LABEL',
    })
    const { items } = await platform.services.models.modelVersions('KOSPI', undefined, {
      limit: 10,
      fromEnd: false,
      after: undefined,
      before: undefined,
    })
    expect(items).toEqual([])
  })

  it('forecasts no session of the years that the calendar does not know, and fits nothing for it', async () => {
    const weekdays: string[] = []
    for (let day = Date.parse('1989-01-02T00:00:00Z'); weekdays.length < ROWS.length; day += 86_400_000) {
      const date = new Date(day)
      if (date.getUTCDay() !== 0) weekdays.push(date.toISOString().slice(0, 10))
    }
    const old = ROWS.map((bar, index) => ({ ...bar, session: weekdays[index] ?? '' }))
    expect(await platform.services.ingestBars(delivery(old))).toMatchObject({ stored: 250, flagged: 250 })
    expect(await platform.services.market.dataSummary('KOSPI')).toMatchObject({
      missingCount: 0,
      uncheckedRows: 250,
    })
    const run = await retrain()
    expect(run).toMatchObject({ status: 'FAILED', errorCode: 'OUTSIDE_CALENDAR', engine: null })
    expect(run.errorMessage).toMatch(/newest bar is of 1989-.*no next session before 1999-01-01/)
  })

  it('fits a symbol whose volume never changes, as the scaler maps a constant column to 0', async () => {
    const rows = ROWS.filter((bar) => bar.session <= LAST).map((bar) => ({ ...bar, volume: 5 }))
    await platform.services.ingestBars(delivery(rows))
    expect(await retrain()).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('does not take a version with other numbers for the stored one', async () => {
    await platform.services.ingestBars(delivery(ROWS.filter((bar) => bar.session <= LAST)))
    const first = await retrain()
    const pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 1 })
    await pool.query('UPDATE model_version SET content_hash = $1', ['0'.repeat(64)])
    await pool.end()
    const second = await retrain()
    expect(second).toMatchObject({ status: 'FAILED', errorCode: 'NOT_REPRODUCIBLE', modelVersionId: null })
    expect((await versionOf(first)).contentHash).toBe('0'.repeat(64))
  })

  it('stores a version that can be verified even after an older bar was added', async () => {
    const rows = ROWS.filter((bar) => bar.session <= LAST)
    await platform.services.ingestBars(delivery(rows.filter((bar) => bar.session !== '2024-05-02')))
    const version = await versionOf(await retrain())
    await platform.services.ingestBars(delivery(rows))
    const verification = await platform.services.verifyModelVersion(version.id)
    expect(verification).toMatchObject({ outcome: 'IDENTICAL', changes: [] })
    expect((await versionOf(await retrain())).fingerprint).not.toBe(version.fingerprint)
  })

  it('refuses unknown symbols and recipes, and an invalid seed', async () => {
    await expect(retrain()).rejects.toThrow(/symbol "KOSPI" has no bars here; ingest them/)
    await expect(retrain({ symbol: 'nope' })).rejects.toThrow(
      /neither an index such as KOSPI nor a six-character KRX code/,
    )
    await expect(retrain({ recipe: 'gru' })).rejects.toThrow(
      /recipe "gru" does not exist; choose one of seed/,
    )
    await expect(retrain({ seed: -1 })).rejects.toThrow(/seed: -1/)
  })

  it('issues one forecast when many retrain the symbol at once', async () => {
    await platform.services.ingestBars(delivery(ROWS.filter((bar) => bar.session <= LAST)))
    const runs = await Promise.all([0, 1, 2, 0, 1].map((seed) => retrain({ seed })))
    expect(new Set(runs.map((run) => run.forecastId)).size).toBe(1)
    expect(runs.filter((run) => run.forecastCreated)).toHaveLength(1)
    const numbers = await Promise.all(runs.map(async (run) => (await versionOf(run)).number))
    expect([...new Set(numbers)].sort()).toEqual([1, 2, 3])
  })

  it('stops at an abort and stores nothing', async () => {
    await platform.services.ingestBars(delivery(ROWS.filter((bar) => bar.session <= LAST)))
    const stopped = new KospigraphError('ABORTED', 'stopped')
    const request = { symbol: 'KOSPI', recipe: 'seed', seed: 0, origin: 'MANUAL' } as const
    const { runs } = platform.services
    await expect(runs.retrain(request, { signal: AbortSignal.abort(stopped) })).rejects.toBe(stopped)
    const none = { limit: 10, fromEnd: false, after: undefined, before: undefined }
    const { items } = await platform.services.runs.page(none)
    expect(items).toMatchObject([{ status: 'FAILED', errorCode: 'ABORTED', modelVersionId: null }])
  })
})
