import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import type { IngestRequest } from '../../../src/services/bars/ingest-bars.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const CODE = '035720'
const SHARE = rawBars({ symbol: CODE, from: '2024-01-02', count: 60, decimals: 0 }).map((bar) =>
  times(bar, 50),
)

function times(bar: RawBar, factor: number): RawBar {
  const price = (value: unknown): number => Math.round(Number(value) * factor)
  return {
    ...bar,
    open: price(bar.open),
    high: price(bar.high),
    low: price(bar.low),
    close: price(bar.close),
  }
}

let platform: TestPlatform
beforeEach(async () => {
  platform = await createTestPlatform('2024-07-10T20:00:00+09:00')
})
afterEach(async () => {
  await platform.close()
})

const ingest = (rows: readonly RawBar[], options: Partial<IngestRequest> = {}) =>
  platform.services.ingestBars({ ...delivery(rows), ...options })
const ACCEPTED = { acceptAdjustments: true } as const

interface Read {
  readonly session: string
  readonly close: number
  readonly flags: readonly string[]
}

async function stored(): Promise<Read[]> {
  const { bars } = await platform.query<{ bars: { edges: { node: Read }[] } }>(
    `{ bars(symbol: "${CODE}", first: 250) { edges { node { session close flags } } } }`,
  )
  return bars.edges.map(({ node }) => node)
}
const broken = async (): Promise<string[]> =>
  (await stored()).filter(({ flags }) => flags.includes('BREAK')).map(({ session }) => session)

describe('seams of adjusted prices', () => {
  it('refuse a rescaling of the newest stretch as corrections', async () => {
    await ingest(SHARE)
    const newest = SHARE.map((bar, place) => (place < 50 ? bar : times(bar, 50)))
    expect(await ingest(newest)).toMatchObject({
      status: 'REJECTED',
      corrected: 0,
      adjustments: [{ ratio: 50, bars: 10, accepted: false }],
    })
    expect(await ingest(newest, ACCEPTED)).toMatchObject({ corrected: 10, adjustments: [{ accepted: true }] })
    // What was accepted has a seam of its own, and the series breaks there.
    expect(await broken()).toEqual([SHARE[50]?.session])
  })

  it('withdraw a bar that keeps its old price inside an adjusted stretch', async () => {
    await ingest(SHARE)
    const adjusted = SHARE.map((bar) => times(bar, 0.02))
    const bad = { ...adjusted[20], low: 999_999 } as RawBar
    const result = await ingest(adjusted.with(20, bad), { ...ACCEPTED, onInvalid: 'SKIP' })
    expect(result).toMatchObject({ status: 'STORED', rejected: 1, corrected: 59 })
    expect(result.symbols).toMatchObject([{ withdrawn: 1 }])
    const bars = await stored()
    expect(bars.map(({ session }) => session)).not.toContain(SHARE[20]?.session)
    expect(bars).toHaveLength(59)
    expect(await broken()).toEqual([])
  })

  it('withdraw bars that the adjusted delivery lacks, and none outside its steps', async () => {
    await ingest(SHARE)
    const adjusted = SHARE.slice(10).map((bar) => times(bar, 0.02))
    await ingest(adjusted.toSpliced(5, 2), ACCEPTED)
    const bars = await stored()
    expect(bars).toHaveLength(58)
    // The ten older bars keep their old prices, and the series breaks where the adjusted ones begin.
    expect(await broken()).toEqual([SHARE[10]?.session])
  })

  it('break a raw series that adjusted bars continue, and at a single bar a night', async () => {
    await ingest(SHARE.slice(0, 40))
    await ingest([times(SHARE[40] as RawBar, 0.2)])
    await ingest([times(SHARE[41] as RawBar, 0.2)])
    expect(await broken()).toEqual([SHARE[40]?.session])
  })
})
