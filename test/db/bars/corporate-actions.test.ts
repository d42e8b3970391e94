import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import { UNKNOWN_BASIS } from '../../../src/domain/bars/price-basis.js'
import { delivery, rawBars } from '../../support/bars.js'
import { codeOf, createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const CODE = '005930'
const SPLIT_AT = 230
/** 260 sessions; before place 230 one share becomes fifty, after three halted sessions. */
const ROWS = rawBars({ symbol: CODE, from: '2023-01-02', count: 260, decimals: 0 }).map(
  (bar, place): RawBar => {
    const factor = place < SPLIT_AT ? 50 : 1
    const price = (value: unknown): number => Math.round(Number(value) * factor)
    const before = place >= SPLIT_AT - 3 && place < SPLIT_AT
    if (before) {
      const flat = price(
        rawBars({ symbol: CODE, from: '2023-01-02', count: 260, decimals: 0 })[SPLIT_AT - 4]?.close,
      )
      return { ...bar, open: flat, high: flat, low: flat, close: flat, volume: 0 }
    }
    return {
      ...bar,
      open: price(bar.open),
      high: price(bar.high),
      low: price(bar.low),
      close: price(bar.close),
    }
  },
)
const at = (place: number): Session => ROWS[place]?.session as Session
const SPLIT = at(SPLIT_AT)
const closeOf = (place: number): number => Number(ROWS[place]?.close)

let platform: TestPlatform
beforeEach(async () => {
  platform = await createTestPlatform(`${at(259)}T20:00:00+09:00`)
})
afterEach(async () => {
  await platform.close()
})

const decide = (verb: string, reason = 'the disclosure of 31 January') =>
  platform.ask(
    `mutation { ${verb}CorporateAction(input: { symbol: "${CODE}", session: "${SPLIT}", kind: SPLIT, reason: "${reason}" }) {
       changed action { state ratio applied bars dataVersion } } }`,
  )
const list = (filter = '') =>
  platform.query<{ corporateActions: unknown }>(
    `{ corporateActions${filter} { symbol session kind ratio state applied note } }`,
  )

interface Series {
  barSeries: { close: number[]; volume: string[] }
}
const series = async (adjusted: boolean, asOf?: string): Promise<Series['barSeries']> =>
  (
    await platform.query<Series>(
      `{ barSeries(symbol: "${CODE}", adjusted: ${String(adjusted)}${asOf ? `, asOf: "${asOf}"` : ''}) { close volume } }`,
    )
  ).barSeries

describe('a corporate action', () => {
  it('is refused without a reason, with a ratio that none has, and where there is none to decide', async () => {
    await platform.services.ingestBars(delivery(ROWS.slice(0, 100)))
    expect(codeOf(await decide('confirm', ''))).toBe('BAD_USER_INPUT')
    const missing = await decide('confirm')
    expect(missing.errors?.[0]?.message).toContain(`has no action SPLIT on ${SPLIT}`)
    const ratio = await platform.ask(
      `mutation { upsertCorporateAction(input: { symbol: "${CODE}", session: "${SPLIT}", kind: SPLIT, ratio: -2, reason: "a test" }) { changed } }`,
    )
    expect(ratio.errors?.[0]?.message).toContain('ratio: -2 is not between')
  })

  it('is proposed for a break with a simple ratio, and joins the series once it is confirmed', async () => {
    await platform.services.ingestBars(delivery(ROWS))
    expect(await list('(state: PROPOSED)')).toMatchObject({
      corporateActions: [{ symbol: CODE, session: SPLIT, kind: 'SPLIT', ratio: 0.02, applied: false }],
    })
    const before = platform.clock.at.toISOString()
    platform.clock.at = new Date(platform.clock.at.getTime() + 60_000)
    expect((await series(true)).close[0]).toBe(closeOf(0))
    const { data } = await decide('confirm')
    expect(data).toEqual({
      confirmCorporateAction: {
        changed: true,
        action: { state: 'CONFIRMED', ratio: 0.02, applied: true, bars: SPLIT_AT, dataVersion: 2 },
      },
    })
    const [adjusted, stored, known] = [await series(true), await series(false), await series(true, before)]
    expect(stored.close).toEqual(ROWS.map(({ close }) => Number(close)))
    expect(adjusted.close[0]).toBeCloseTo(closeOf(0) * 0.02, 9)
    expect(Number(adjusted.volume[0])).toBe(Number(stored.volume[0]) * 50)
    expect(adjusted.close.slice(SPLIT_AT)).toEqual(stored.close.slice(SPLIT_AT))
    expect(known.close).toEqual(stored.close)
    // The window of a fit has both sides of the split, on one scale.
    const run = await platform.services.runs.retrain({
      symbol: CODE,
      recipe: 'seed',
      seed: 0,
      origin: 'MANUAL',
    })
    expect(run).toMatchObject({ status: 'SUCCEEDED' })
    const again = await decide('confirm')
    expect(again.data).toMatchObject({ confirmCorporateAction: { changed: false } })
  })

  it.each([
    ['RAW', 0.95],
    ['SPLIT_ADJUSTED', 1],
    ['UNKNOWN', 1],
  ] as const)(
    'near a ratio of 1 follows the adjustment that the source states: %s',
    async (adjustment, factor) => {
      const rows = rawBars({ symbol: CODE, from: '2023-01-02', count: 100, decimals: 0 })
      const basis = { ...UNKNOWN_BASIS, adjustment }
      await platform.services.ingestBars({ ...delivery(rows), basis })
      const session = String(rows[60]?.session)
      await platform.query(
        `mutation { upsertCorporateAction(input: { symbol: "${CODE}", session: "${session}", kind: RIGHTS, ratio: 0.95,
           reason: "a rights issue" }) { changed } }`,
      )
      const { close } = await series(true)
      expect(close[59]).toBeCloseTo(Number(rows[59]?.close) * factor, 9)
      expect(close[60]).toBe(Number(rows[60]?.close))
    },
  )

  it('has no effect once dismissed, is not proposed again, and keeps the words of people', async () => {
    await platform.services.ingestBars(delivery(ROWS.slice(0, 250)))
    await decide('confirm')
    await decide('dismiss', 'the wrong day')
    await platform.services.ingestBars(delivery(ROWS))
    expect(await list()).toMatchObject({
      corporateActions: [{ state: 'DISMISSED', applied: false, note: 'the wrong day' }],
    })
    expect((await series(true)).close[0]).toBe(closeOf(0))
    const { corporateActionHistory } = await platform.query<{ corporateActionHistory: unknown[] }>(
      `{ corporateActionHistory(symbol: "${CODE}") { state note } }`,
    )
    expect(corporateActionHistory).toMatchObject([
      { state: 'DISMISSED' },
      { state: 'CONFIRMED', note: 'the disclosure of 31 January' },
      { state: 'PROPOSED' },
    ])
  })

  it('is no longer applied once a delivery has adjusted the bars before it', async () => {
    await platform.services.ingestBars(delivery(ROWS))
    await decide('confirm')
    const before = await series(true)
    const scaled = ROWS.slice(0, SPLIT_AT).map((bar): RawBar => {
      const price = (value: unknown): number => Math.round(Number(value) / 50)
      return {
        ...bar,
        open: price(bar.open),
        high: price(bar.high),
        low: price(bar.low),
        close: price(bar.close),
      }
    })
    await platform.services.ingestBars({ ...delivery(scaled), acceptAdjustments: true })
    const { adjustments } = await platform.query<{ adjustments: unknown }>(
      `{ adjustments(symbol: "${CODE}") { actions { applied bars } backAdjustments { ratio firstSession lastSession dataVersion } } }`,
    )
    expect(adjustments).toMatchObject({
      actions: [{ applied: false, bars: 0 }],
      backAdjustments: [{ firstSession: at(0), lastSession: at(SPLIT_AT - 1), dataVersion: 3 }],
    })
    const after = await series(true)
    after.close.forEach((close, place) =>
      expect(Math.abs(close - (before.close[place] ?? NaN))).toBeLessThanOrEqual(0.5),
    )
  })

  it('scores a forecast of the session of a split once the split is confirmed, on the scale of the forecast', async () => {
    platform.clock.at = new Date(`${at(SPLIT_AT - 1)}T20:00:00+09:00`)
    await platform.services.ingestBars(delivery(ROWS.slice(0, SPLIT_AT)))
    await platform.services.runs.retrain({ symbol: CODE, recipe: 'seed', seed: 0, origin: 'MANUAL' })
    platform.clock.at = new Date(`${SPLIT}T20:00:00+09:00`)
    await platform.services.ingestBars(delivery(ROWS.slice(0, SPLIT_AT + 1)))
    const read = () =>
      platform.query<{ forecast: unknown }>(
        `{ forecast(symbol: "${CODE}") { targetSession unscored realised { actualClose } } }`,
      )
    expect(await read()).toEqual({ forecast: { targetSession: SPLIT, unscored: 'BREAK', realised: null } })
    await decide('confirm')
    expect(await read()).toEqual({
      forecast: {
        targetSession: SPLIT,
        unscored: null,
        realised: { actualClose: expect.closeTo(closeOf(SPLIT_AT) * 50, 6) as number },
      },
    })
  })
})
