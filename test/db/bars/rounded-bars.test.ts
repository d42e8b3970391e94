import { createPool, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

/** A week in which every close lies 1 won above the high, as a vendor's rounding of adjusted prices may leave it. */
const ROWS = rawBars({ symbol: '005930', from: '2023-07-03', count: 250, decimals: 0 })
  .filter(({ session }) => session <= '2024-07-09')
  .map((bar) => {
    if (bar.session < '2024-07-01' || bar.session > '2024-07-05') return bar
    const high = Math.max(Number(bar.open), Number(bar.close))
    return { ...bar, high, close: high + 1 }
  })

let platform: TestPlatform
beforeEach(async () => {
  platform = await createTestPlatform('2024-07-09T20:00:00+09:00')
})
afterEach(async () => {
  await platform.close()
})

describe('bars whose prices contradict each other by one unit of rounding', () => {
  it('are stored as delivered with the flag ROUNDED, and a week of them has ordered prices', async () => {
    expect(await platform.services.ingestBars(delivery(ROWS))).toMatchObject({
      status: 'STORED',
      rejected: 0,
      flags: expect.arrayContaining([{ flag: 'ROUNDED', rows: 5 }]) as unknown,
    })
    interface Answer {
      readonly bars: { readonly edges: readonly { readonly node: Record<string, unknown> }[] }
    }
    const bars = (interval: string) =>
      platform.query<Answer>(
        `{ bars(symbol: "005930", interval: ${interval}, from: "2024-07-01", to: "2024-07-05") {
           edges { node { open high low close flags } } } }`,
      )
    const days = (await bars('DAY')).bars.edges.map(({ node }) => node)
    expect(days).toHaveLength(5)
    for (const { high, close, flags } of days) {
      expect(flags).toContain('ROUNDED')
      expect(close).toBe(Number(high) + 1)
    }
    const [week] = (await bars('WEEK')).bars.edges.map(({ node }) => node)
    const highest = Math.max(...days.map(({ close }) => Number(close)))
    expect(week).toMatchObject({ high: highest, close: days[4]?.['close'] })
    expect(await platform.services.ingestBars(delivery(ROWS))).toMatchObject({ status: 'UNCHANGED' })
  })

  it('are fitted and forecast from like any others', async () => {
    await platform.services.ingestBars(delivery(ROWS))
    for (const recipe of ['seed', 'returns']) {
      const run = { symbol: '005930', recipe, seed: 0, origin: 'MANUAL' } as const
      expect(await platform.services.runs.retrain(run)).toMatchObject({ status: 'SUCCEEDED' })
    }
  })

  it('are refused by the database without the flag, and with a wider contradiction', async () => {
    await platform.services.ingestBars(delivery(ROWS))
    const pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 1 })
    const update = (change: string) => pool.query(`UPDATE bar SET ${change} WHERE session = '2024-07-05'`)
    await expect(update('flags = 0')).rejects.toThrow(/bar_prices_ordered/)
    await expect(update('close = high + 2')).rejects.toThrow(/bar_prices_ordered/)
    await expect(update('low = 0')).rejects.toThrow(/bar_prices/)
    await pool.end()
  })
})
