import { createCalendar } from '../../../src/domain/calendar/calendar.js'
import type { PriceBasis } from '../../../src/domain/bars/price-basis.js'
import { UNKNOWN_BASIS } from '../../../src/domain/bars/price-basis.js'
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import type { IngestRequest, IngestResult } from '../../../src/services/bars/ingest-bars.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

let platform: TestPlatform
beforeAll(async () => {
  platform = await createTestPlatform('2026-11-27T21:00:00+09:00')
})
afterAll(async () => {
  await platform.close()
})

const FROM = '2026-09-14'
const FIRST = { limit: 200, fromEnd: false, after: undefined, before: undefined }
const REGULAR: PriceBasis = { closeBasis: 'REGULAR', volumeBasis: 'REGULAR', adjustment: 'SPLIT_ADJUSTED' }
const EXTENDED: PriceBasis = { closeBasis: 'EXTENDED', volumeBasis: 'EXTENDED', adjustment: 'SPLIT_ADJUSTED' }
const EXCHANGE: PriceBasis = { closeBasis: 'REGULAR', volumeBasis: 'EXTENDED', adjustment: 'RAW' }

let codes = 100
/** A symbol of its own for each test. */
const nextCode = (): string => `${(codes += 10)}000`.slice(0, 6)
const shares = (symbol: string, from = '2026-09-07', count = 40): RawBar[] =>
  rawBars({ symbol, from, count, decimals: 0 }).map((bar) => ({
    ...bar,
    open: Number(bar.open) * 100,
    high: Number(bar.high) * 100,
    low: Number(bar.low) * 100,
    close: Number(bar.close) * 100,
  }))
/** The same days with closes of 20:00, some 1 % away, and a third more volume. */
const afterHours = (bars: readonly RawBar[]): RawBar[] =>
  bars.map((bar, at) => {
    if (bar.session < FROM) return bar
    const close = Math.round((Number(bar.close) * (at % 2 === 0 ? 1.01 : 0.99)) / 100) * 100
    return {
      ...bar,
      close,
      high: Math.max(Number(bar.high), close),
      low: Math.min(Number(bar.low), close),
      volume: Math.round(Number(bar.volume) * 1.3),
    }
  })

function ingest(
  rows: readonly RawBar[],
  basis: PriceBasis,
  options: Partial<IngestRequest> = {},
): Promise<IngestResult> {
  return platform.services.ingestBars({ ...delivery(rows), basis, ...options })
}
const symbolOf = async (code: string) => platform.services.market.symbol(code)
const barsOf = async (code: string) => (await platform.services.market.bars(code, {}, 'DAY', FIRST)).items
const closesOf = async (code: string) => (await barsOf(code)).map(({ close }) => close)

describe('closes of two kinds', () => {
  it('never mix: an extended close is refused by a symbol with regular ones, and older rows of it are stored', async () => {
    const code = nextCode()
    const bars = shares(code)
    await ingest(bars.slice(2, 30), REGULAR)
    const before = await closesOf(code)
    const whole = await ingest(afterHours(bars), EXTENDED)
    expect(whole).toMatchObject({
      status: 'REJECTED',
      stored: 0,
      rejected: 35,
      problems: [{ symbol: code, session: FROM, code: 'PRICE_BASIS' }],
    })
    expect(whole.problems[0]?.message).toMatch(
      /are of the extended hours \(20:00\), and its 25 stored ones are of the regular session \(15:30\); .*--replace-basis/,
    )
    const skipped = await ingest(afterHours(bars), EXTENDED, { onInvalid: 'SKIP' })
    expect(skipped).toMatchObject({ status: 'STORED', stored: 2, corrected: 0, rejected: 35 })
    expect((await closesOf(code)).slice(2)).toEqual(before)
    expect(await symbolOf(code)).toMatchObject({ closeBasis: 'REGULAR', volumeBasis: 'REGULAR' })
  })

  it('never mix by an undeclared source: it needs 20 closes that agree', async () => {
    const code = nextCode()
    const bars = shares(code)
    await ingest(bars.slice(0, 30), REGULAR)
    const few = await ingest(bars.slice(11), UNKNOWN_BASIS)
    expect(few.problems[0]?.message).toMatch(
      /19 closes can be compared and 0 of them differ, but 20 must agree .*; state the basis/,
    )
    expect(await ingest(afterHours(bars), UNKNOWN_BASIS)).toMatchObject({ status: 'REJECTED', rejected: 35 })
    expect(await ingest(bars, UNKNOWN_BASIS)).toMatchObject({ status: 'STORED', stored: 10, corrected: 0 })
    const last = (await barsOf(code)).at(-1)
    expect(last?.basis).toEqual({ closeBasis: 'REGULAR', volumeBasis: 'REGULAR', adjustment: 'UNKNOWN' })
  })

  it('are no question before the first after-market, nor for an index', async () => {
    const code = nextCode()
    const old = shares(code, '2026-08-03', 20)
    await ingest(old, REGULAR)
    expect(await ingest(shares(code, '2026-08-03', 25), EXTENDED)).toMatchObject({ stored: 5, rejected: 0 })
    expect(await symbolOf(code)).toMatchObject({ closeBasis: null })
    const index = rawBars({ symbol: 'KOSPI', from: FROM, count: 20 })
    await ingest(index.slice(0, 10), REGULAR)
    expect(await ingest(index, EXTENDED)).toMatchObject({ stored: 10, rejected: 0 })
    expect((await barsOf('KOSPI')).every(({ basis }) => basis.closeBasis === 'REGULAR')).toBe(true)
  })
})

describe('a symbol whose basis is unknown', () => {
  it('takes more from the same kind of source, and refuses another one', async () => {
    const code = nextCode()
    const bars = shares(code)
    await ingest(bars.slice(0, 30), UNKNOWN_BASIS)
    expect(await ingest(bars.slice(25, 35), UNKNOWN_BASIS)).toMatchObject({ stored: 5 })
    expect(await ingest(bars.slice(30), UNKNOWN_BASIS, { label: 'another' })).toMatchObject({
      rejected: 10,
      problems: [{ code: 'PRICE_BASIS' }],
    })
  })

  it('is resolved by 20 closes that agree with a known source, even where no bar changes', async () => {
    const code = nextCode()
    const bars = shares(code)
    await ingest(bars, UNKNOWN_BASIS)
    expect(await ingest(bars.slice(18), REGULAR)).toMatchObject({ status: 'UNCHANGED', unchanged: 22 })
    expect(await symbolOf(code)).toMatchObject({ closeBasis: 'REGULAR' })
    expect((await barsOf(code))[20]?.basis.closeBasis).toBe('REGULAR')
  })

  it('is replaced by a known source that has every stored session, unless that is outranked', async () => {
    const code = nextCode()
    const bars = shares(code)
    await ingest(bars, UNKNOWN_BASIS)
    const refused = await ingest(afterHours(bars), EXTENDED, { rank: 10 })
    expect(refused).toMatchObject({ status: 'REJECTED', rejected: 35 })
    expect(await ingest(afterHours(bars), EXTENDED)).toMatchObject({ status: 'STORED', corrected: 35 })
    expect(await symbolOf(code)).toMatchObject({ closeBasis: 'EXTENDED' })
  })
})

describe('replacing the basis', () => {
  it('needs every stored session, and stores revisions that say so', async () => {
    const code = nextCode()
    const bars = shares(code)
    await ingest(bars, EXTENDED)
    const part = await ingest(afterHours(bars).slice(10), REGULAR, { replaceBasis: true })
    expect(part.problems[0]?.message).toMatch(/to replace them all \(it has 30 of 35\)$/)
    const replaced = await ingest(afterHours(bars), EXCHANGE, { replaceBasis: true, rank: 10 })
    expect(replaced).toMatchObject({ status: 'STORED', corrected: 35, unchanged: 5, dropped: 0 })
    const { items } = await platform.services.ingestions.barRevisions(code, {}, FIRST)
    expect(items).toHaveLength(35)
    expect(items[0]).toMatchObject({ session: FROM, reason: 'REBASED', basis: EXTENDED })
    expect(await symbolOf(code)).toMatchObject({ closeBasis: 'REGULAR', volumeBasis: 'EXTENDED' })
    platform.clock.at = new Date('2026-11-27T21:10:00+09:00')
    const asOf = new Date(Number(items[0]?.replacedAt) - 1)
    const known = await platform.services.market.bars(code, { asOf }, 'DAY', FIRST)
    expect(known.items.at(-1)?.basis.closeBasis).toBe('EXTENDED')
  })

  it('needs a stated basis, and is announced also where no close differs', async () => {
    const code = nextCode()
    const bars = shares(code, '2026-09-14', 12)
    await ingest(bars, EXTENDED)
    const unstated = await ingest(bars, UNKNOWN_BASIS, { replaceBasis: true })
    expect(unstated).toMatchObject({
      status: 'REJECTED',
      basisChanges: [],
      problems: [{ code: 'PRICE_BASIS' }],
    })
    expect(unstated.problems[0]?.message).toMatch(/state the basis of the delivery/)
    expect(await symbolOf(code)).toMatchObject({ closeBasis: 'EXTENDED' })
    expect(await ingest(bars, REGULAR, { replaceBasis: true })).toMatchObject({
      basisChanges: [{ symbol: code, from: 'EXTENDED', to: 'REGULAR' }],
    })
  })

  it('of an empty symbol is free again once its bars are withdrawn', async () => {
    const code = nextCode()
    const bars = shares(code, FROM, 3)
    await ingest(bars, EXTENDED)
    await platform.services.withdrawBars({
      source: 'API',
      label: 'test',
      rank: 50,
      symbol: code,
      reason: 'of 20:00',
      sessions: bars.map(({ session }) => session as Session),
    })
    expect(await ingest(bars, REGULAR)).toMatchObject({ stored: 3 })
    expect(await symbolOf(code)).toMatchObject({ closeBasis: 'REGULAR' })
  })
})

it('the volumes of the exchange since the first after-market are no outliers against those before', async () => {
  const code = nextCode()
  const session = createCalendar().sessionsBetween('2026-08-03' as Session, '2026-11-20' as Session)
  const bars = shares(code, '2026-08-03', session.length)
  const jump = bars.map((bar) => (bar.session < FROM ? { ...bar, volume: 500 } : bar))
  const flagged = await ingest(jump, REGULAR)
  expect(flagged.flags).toMatchObject([{ flag: 'OUTLIER' }])
  const other = nextCode()
  const same = jump.map((bar) => ({ ...bar, symbol: other }))
  expect(await ingest(same, EXCHANGE)).toMatchObject({ flagged: 0 })
  // The same holds where the bars come later, and their flags are computed from the stored ones.
  const late = nextCode()
  const parts = jump.map((bar) => ({ ...bar, symbol: late }))
  await ingest(parts.slice(0, 35), EXCHANGE)
  expect(await ingest(parts.slice(30), EXCHANGE)).toMatchObject({ flagged: 0 })
  const summary = await platform.services.market.dataSummary(late)
  expect(summary.bases).toMatchObject([
    { closeBasis: 'REGULAR', volumeBasis: 'REGULAR', adjustment: 'RAW' },
    { closeBasis: 'REGULAR', volumeBasis: 'EXTENDED', adjustment: 'RAW', firstSession: FROM },
  ])
})
