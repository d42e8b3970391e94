import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

let platform: TestPlatform
beforeEach(async () => {
  platform = await createTestPlatform('2024-07-09T20:00:00+09:00')
})
afterEach(async () => {
  await platform.close()
})

const shares = rawBars({ symbol: '005930', from: '2023-07-03', count: 60, decimals: 0 })
/** Prices after a split of 1 into 50, as a vendor's float64 and float32 write them. */
const adjusted = shares.map((bar) => {
  const scaled = (price: unknown): number => Number(price) * 20 + 0.4
  return {
    ...bar,
    open: scaled(bar.open),
    high: scaled(bar.high),
    low: scaled(bar.low),
    close: scaled(bar.close),
  }
})
const inFloat32 = adjusted.map((bar) => ({
  ...bar,
  open: Math.fround(bar.open),
  high: Math.fround(bar.high),
  low: Math.fround(bar.low),
  close: Math.fround(bar.close),
}))

describe('prices that are no unit of the decimals', () => {
  it('of an index under a code that is none are refused, and not stored as a share', async () => {
    const rows = rawBars({ symbol: 'KOSDAK', from: '2024-07-08', count: 1 })
    const { problems } = await platform.services.ingestBars(delivery(rows))
    expect(problems[0]?.message).toMatch(/did you mean KOSDAQ\?/)
  })

  it('are stored as delivered with a flag, never rounded, and fitted like any others', async () => {
    const { status, flags } = await platform.services.ingestBars(delivery(adjusted))
    expect(status).toBe('STORED')
    expect(flags).toContainEqual({ flag: 'OFF_TICK', rows: 60 })
    const { close } = await platform.services.market.barSeries('005930', {}, 'DAY')
    expect([...close]).toEqual(adjusted.map((bar) => bar.close))
    const all = rawBars({ symbol: '000660', from: '2023-07-03', count: 230, decimals: 0 })
    await platform.services.ingestBars(
      delivery(all.map((bar) => ({ ...bar, close: Number(bar.close) + 0.3, high: Number(bar.high) + 1 }))),
    )
    const run = { symbol: '000660', recipe: 'returns', seed: 0, origin: 'MANUAL' } as const
    expect(await platform.services.runs.retrain(run)).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('are unchanged where another vendor writes them as other floats, and corrected where they differ', async () => {
    await platform.services.ingestBars(delivery(adjusted))
    expect(await platform.services.ingestBars(delivery(inFloat32))).toMatchObject({
      status: 'UNCHANGED',
      unchanged: 60,
    })
    const other = adjusted.map((bar, at) => (at === 7 ? { ...bar, close: bar.close + 0.1 } : bar))
    expect(await platform.services.ingestBars(delivery(other))).toMatchObject({ corrected: 1, unchanged: 59 })
  })

  it('do not hide a correction by one won of a price above a million', async () => {
    const dear = shares.map((bar) => {
      const scaled = (price: unknown): number => Number(price) * 1_000
      return {
        ...bar,
        open: scaled(bar.open),
        high: scaled(bar.high),
        low: scaled(bar.low),
        close: scaled(bar.close),
      }
    })
    await platform.services.ingestBars(delivery(dear))
    const other = dear.map((bar, at) =>
      at === 7 ? { ...bar, close: bar.close + 1, high: bar.high + 1 } : bar,
    )
    expect(await platform.services.ingestBars(delivery(other))).toMatchObject({ corrected: 1, unchanged: 59 })
  })
})
