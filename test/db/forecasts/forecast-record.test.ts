import { createPool, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const ROWS = rawBars({ symbol: 'KOSPI', from: '2023-07-03', count: 260 })
const upTo = (last: string): RawBar[] => ROWS.filter(({ session }) => session <= last)

let platform: TestPlatform
beforeEach(async () => {
  platform = await createTestPlatform('2024-07-09T20:00:00+09:00')
  await platform.services.ingestBars(delivery(upTo('2024-07-09')))
})
afterEach(async () => {
  await platform.close()
})

interface Read {
  forecast: {
    targetSession: string
    origin: string
    predictedClose: number
    interval80: { lower: number; upper: number }
    interval95: { lower: number; upper: number }
    realised: Record<string, unknown> | null
  }
  symbol: { trackRecord: Record<string, unknown> }
}

const read = (): Promise<Read> =>
  platform.query<Read>(`{
    forecast(symbol: "KOSPI") {
      targetSession origin predictedClose
      interval80 { lower upper } interval95 { lower upper }
      realised { actualClose error hit covered80 covered95 at }
    }
    symbol(code: "KOSPI") { trackRecord { forecasts servedByModel rmse persistenceRmse skill hitRate upRate baseRate coverage80 coverage95 } }
  }`)

const retrain = (asOfSession?: string) =>
  platform.services.runs.retrain({
    symbol: 'KOSPI',
    recipe: 'seed',
    seed: 0,
    origin: 'MANUAL',
    asOfSession: asOfSession as Session | undefined,
  })

describe('a forecast', () => {
  it('has intervals, one in the other, and is realised when its bar arrives, corrected with it, and taken back with it', async () => {
    await retrain()
    const { forecast, symbol } = await read()
    const { interval80, interval95, predictedClose } = forecast
    expect(forecast).toMatchObject({ targetSession: '2024-07-10', origin: 'ISSUED', realised: null })
    expect(symbol.trackRecord).toMatchObject({ forecasts: 0, rmse: null, coverage80: null })
    const ends = [interval95.lower, interval80.lower, predictedClose, interval80.upper, interval95.upper]
    expect(ends).toEqual(ends.toSorted((a, b) => a - b))
    expect(interval95.upper / interval95.lower).toBeLessThan(1.2)

    platform.clock.at = new Date('2024-07-10T20:00:00+09:00')
    await platform.services.ingestBars(delivery(upTo('2024-07-10')))
    const bar = ROWS.find(({ session }) => session === '2024-07-10')
    const close = Number(bar?.close)
    const known = await read()
    expect(known.forecast.realised).toEqual({
      actualClose: close,
      error: predictedClose - close,
      hit: null,
      covered80: interval80.lower <= close && close <= interval80.upper,
      covered95: interval95.lower <= close && close <= interval95.upper,
      at: '2024-07-10T11:00:00.000Z',
    })
    expect(known.symbol.trackRecord).toEqual({
      forecasts: 1,
      servedByModel: 0,
      skill: 0,
      hitRate: null,
      upRate: null,
      baseRate: null,
      rmse: Math.abs(predictedClose - close),
      persistenceRmse: Math.abs(predictedClose - close),
      coverage80: known.forecast.realised?.['covered80'] === true ? 1 : 0,
      coverage95: known.forecast.realised?.['covered95'] === true ? 1 : 0,
    })

    const far = Number((close * 1.3).toFixed(2))
    await platform.services.ingestBars(delivery([{ ...bar, row: 1, high: far, close: far } as RawBar]))
    expect((await read()).forecast.realised).toMatchObject({ actualClose: far, covered95: false })
    const origin = { source: 'API', label: 'test', rank: 50 } as const
    const sessions = ['2024-07-10' as Session]
    await platform.services.withdrawBars({ ...origin, symbol: 'KOSPI', sessions, reason: 'a test' })
    expect((await read()).forecast.realised).toBeNull()
    expect((await read()).symbol.trackRecord).toMatchObject({ forecasts: 0 })
  })

  it('counts in the hit rate by its direction, beside what always up and always down had', async () => {
    await retrain()
    platform.clock.at = new Date('2024-07-10T20:00:00+09:00')
    await platform.services.ingestBars(delivery(upTo('2024-07-10')))
    const [close = NaN, previous = NaN] = ['2024-07-10', '2024-07-09'].map((session) =>
      Number(ROWS.find((row) => row.session === session)?.close),
    )
    const rose = close > previous
    const pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 1 })
    try {
      for (const step of [1, -1, 0]) {
        await pool.query(
          `UPDATE forecast SET predicted_close = persistence_close + $1, served_by = 'MODEL', contender = 'seed',
             model_version_id = (SELECT id FROM model_version LIMIT 1)`,
          [step],
        )
        const hit = step > 0 === rose ? 1 : 0
        expect((await read()).symbol.trackRecord).toMatchObject(
          step === 0
            ? { hitRate: null, upRate: null, baseRate: null }
            : { hitRate: hit, upRate: rose ? 1 : 0, baseRate: 1 },
        )
      }
    } finally {
      await pool.end()
    }
  })

  it('gets its actual close on its own scale of prices, before and after a split', async () => {
    const half = (rows: readonly RawBar[]): RawBar[] =>
      rows.map(({ open, high, low, close, ...bar }) => {
        const [first, most, least, last] = [open, high, low, close].map((price) => Number(price) / 2)
        return { ...bar, open: first, high: most, low: least, close: last }
      })
    const adjust = (rows: readonly RawBar[]) =>
      platform.services.ingestBars({ ...delivery(rows), acceptAdjustments: true })
    await retrain()
    const { predictedClose } = (await read()).forecast
    const close = Number(ROWS.find(({ session }) => session === '2024-07-10')?.close)
    platform.clock.at = new Date('2024-07-10T20:00:00+09:00')
    // The split takes effect with the very session, and every bar before it is adjusted.
    expect(await adjust(half(upTo('2024-07-10')))).toMatchObject({ corrected: 250, stored: 1 })
    const { realised: split } = (await read()).forecast
    expect(split?.['actualClose']).toBeCloseTo(close, 1)
    expect(split?.['error']).toBeCloseTo(predictedClose - close, 1)
    const known = await read()
    expect(await adjust(half(half(upTo('2024-07-10'))))).toMatchObject({ corrected: 251 })
    expect((await read()).forecast.realised).toEqual(known.forecast.realised)
    expect((await read()).symbol.trackRecord).toEqual(known.symbol.trackRecord)
  })

  it('that is replayed is not in the track record, and has intervals only from what was known then', async () => {
    const replay = await retrain('2024-06-05')
    const [before] = await platform.services.forecasts.forecastsById([replay.forecastId ?? ''])
    const actualClose = ROWS.find(({ session }) => session === '2024-06-07')?.close
    expect(before).toMatchObject({ origin: 'REPLAY', targetSession: '2024-06-07', actualClose })
    expect((await read()).symbol.trackRecord).toMatchObject({ forecasts: 0 })

    const other = await createTestPlatform('2024-07-09T20:00:00+09:00')
    try {
      const changed = upTo('2024-07-09').map((bar) =>
        bar.session <= '2024-06-05' ? bar : { ...bar, high: 9_000, close: 9_000, low: 1, open: 2 },
      )
      await other.services.ingestBars(delivery(changed))
      const again = await other.services.runs.retrain({
        symbol: 'KOSPI',
        recipe: 'seed',
        seed: 0,
        origin: 'MANUAL',
        asOfSession: '2024-06-05' as Session,
      })
      const [after] = await other.services.forecasts.forecastsById([again.forecastId ?? ''])
      const ends = (of: typeof before) => [of?.lower95, of?.lower80, of?.upper80, of?.upper95]
      expect(ends(after)).toEqual(ends(before))
    } finally {
      await other.close()
    }
  })
})
