import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const CODE = '012170'
/** 450 sessions; before place 300 the base price is set anew, ninefold, after a halt of three sessions. */
const ROWS = rawBars({ symbol: CODE, from: '2022-01-03', count: 450, decimals: 0 }).map(
  (bar, place): RawBar => {
    const times = (value: unknown): number => Math.round(Number(value) * (place < 300 ? 1 : 9))
    const [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(times) as [
      number,
      number,
      number,
      number,
    ]
    return { ...bar, open, high, low, close }
  },
)
const at = (place: number): Session => ROWS[place]?.session as Session
const upTo = (place: number): RawBar[] => ROWS.slice(0, place + 1)

let platform: TestPlatform
beforeEach(async () => {
  platform = await createTestPlatform('2024-07-10T20:00:00+09:00')
})
afterEach(async () => {
  await platform.close()
})

const flagsOf = async (place: number): Promise<string[]> => {
  const { bars } = await platform.query<{ bars: { edges: { node: { flags: string[] } }[] } }>(
    `{ bars(symbol: "${CODE}", from: "${at(place)}", to: "${at(place)}") { edges { node { flags } } } }`,
  )
  return bars.edges[0]?.node.flags ?? []
}

describe('a series that breaks', () => {
  it('is flagged at the bar after the break, whether bars come at once or one by one', async () => {
    await platform.services.ingestBars(delivery(upTo(299)))
    await platform.services.ingestBars(delivery(upTo(301)))
    expect([await flagsOf(299), await flagsOf(300), await flagsOf(301)]).toEqual([[], ['LIMIT', 'BREAK'], []])
  })

  it('needs its training window again, and says so', async () => {
    await platform.services.ingestBars(delivery(upTo(340)))
    const run = await platform.services.runs.retrain({
      symbol: CODE,
      recipe: 'seed',
      seed: 0,
      origin: 'MANUAL',
    })
    expect(run).toMatchObject({ status: 'FAILED', errorCode: 'SERIES_BROKEN' })
    expect(run.errorMessage).toContain(`broke on ${at(300)}, 41 of 205 bars since`)
  })

  it('gives a backtest no fit, forecast, fill or return across the break, and the report names it', async () => {
    await platform.services.ingestBars(delivery(ROWS))
    // A window of 205 bars never fits between the break and the end, so forecasts end at it.
    const { id, breaks } = await platform.services.startBacktest({
      symbol: CODE,
      recipe: 'seed',
      seed: 0,
      protocol: 'WALK_FORWARD',
      from: at(280),
      refitEvery: 15,
      window: 'ROLLING',
      trainSamples: 200,
      scalerFit: 'TRAINING_ROWS',
      strategy: {
        kind: 'LONG_SHORT',
        threshold: 0,
        execution: 'NEXT_OPEN',
        commissionBps: 0,
        slippageBps: 0,
      },
    })
    expect(breaks).toEqual([at(300)])
    const events = []
    for await (const event of platform.services.backtests.follow(id, 0)) events.push(event)
    const rows = (
      await platform.services.backtests.rows(id, {
        limit: 500,
        fromEnd: false,
        after: undefined,
        before: undefined,
      })
    ).items
    expect(rows.map(({ predictedClose }) => predictedClose !== null)).toEqual(
      rows.map((_, place) => place < 20),
    )
    expect(events.flatMap(({ foldFailure }) => foldFailure?.code ?? [])).toEqual(['SERIES_BROKEN'])
    expect(rows[20]).toMatchObject({ session: at(300), order: 'NONE', position: 0 })
    expect(rows[20]?.grossEquity).toBe(rows[19]?.grossEquity)
    expect(rows[20]?.holdGrossEquity).toBe(rows[19]?.holdGrossEquity)
    const held = Number(ROWS[449]?.close) / Number(ROWS[301]?.open)
    expect(rows.at(-1)?.holdGrossEquity).toBeCloseTo((rows[20]?.holdGrossEquity ?? NaN) * held, 9)
    const { backtest } = await platform.query<{ backtest: unknown }>(`{ backtest(id: "${id}") { breaks } }`)
    expect(backtest).toEqual({ breaks: [at(300)] })
  })

  it('refuses a fixed split that would train across the break, with the remedy', async () => {
    await platform.services.ingestBars(delivery(ROWS))
    const started = platform.services.startBacktest({
      symbol: CODE,
      recipe: 'seed',
      seed: 0,
      protocol: 'FIXED_SPLIT',
      refitEvery: 1,
      window: 'ROLLING',
      trainSamples: 350,
      scalerFit: 'TRAINING_ROWS',
      strategy: { kind: 'LONG_FLAT', threshold: 0, execution: 'NEXT_OPEN', commissionBps: 0, slippageBps: 0 },
    })
    await expect(started).rejects.toThrow(`the series of ${CODE} breaks on ${at(300)}`)
  })

  it('does not compare a forecast with the bar after the break, and counts it apart', async () => {
    platform.clock.at = new Date(`${at(299)}T20:00:00+09:00`)
    await platform.services.ingestBars(delivery(upTo(299)))
    const retrain = () =>
      platform.services.runs.retrain({ symbol: CODE, recipe: 'seed', seed: 0, origin: 'MANUAL' })
    await retrain()
    platform.clock.at = new Date(`${at(300)}T20:00:00+09:00`)
    await platform.services.ingestBars(delivery(upTo(300)))
    const read = () =>
      platform.query<{ forecast: unknown; symbol: { trackRecord: unknown } }>(`{
        forecast(symbol: "${CODE}") { targetSession unscored realised { actualClose } }
        symbol(code: "${CODE}") { trackRecord { forecasts breaks rmse } }
      }`)
    expect(await read()).toEqual({
      forecast: { targetSession: at(300), unscored: 'BREAK', realised: null },
      symbol: { trackRecord: { forecasts: 0, breaks: 1, rmse: null } },
    })
    // The ninefold price turns out to be wrong: the corrected bar breaks nothing.
    const [, right] = rawBars({ symbol: CODE, from: at(299), count: 2, decimals: 0 })
    const last = Number(ROWS[299]?.close)
    const bar = {
      ...right,
      session: at(300),
      row: 1,
      open: last,
      high: last,
      low: last,
      close: last,
    } as RawBar
    await platform.services.ingestBars(delivery([bar]))
    expect(await read()).toMatchObject({
      forecast: { unscored: null, realised: { actualClose: last } },
      symbol: { trackRecord: { forecasts: 1, breaks: 0 } },
    })
  })
})
