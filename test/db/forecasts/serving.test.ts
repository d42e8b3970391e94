/** Whose intervals a forecast has, and who serves where the champion has nothing to say. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const TUESDAY = '2024-07-09' as Session
const MARKET = ['005930', '000660'].flatMap((symbol, index) =>
  rawBars({ symbol, from: '2024-01-02', count: 140, seed: index + 1, decimals: 0 }),
)
const [listed = TUESDAY] = MARKET.map(({ session }) => session)
  .filter((session) => session <= TUESDAY)
  .slice(-40)
/** Listed 30 sessions ago, and swinging three times as much as the market. */
const YOUNG = rawBars({ symbol: '373220', from: listed, count: 60, seed: 3, decimals: 0 })

let platform: TestPlatform
beforeEach(async () => {
  platform = await createTestPlatform(`${TUESDAY}T18:30:00+09:00`, { environment: { NIGHT_RECIPES: 'seed' } })
})
afterEach(async () => {
  await platform.close()
})

async function ingest(rows: readonly RawBar[], upTo: string): Promise<void> {
  const known = rows.filter(({ session }) => session <= upTo)
  await platform.services.ingestBars(delivery(known.map((bar, index) => ({ ...bar, row: index + 1 }))))
}

async function night(date: Session): Promise<void> {
  platform.clock.at = new Date(`${date}T18:30:00+09:00`)
  await platform.services.scheduleNights.runNow()
  for (let looks = 0; looks < 1_000; looks += 1) {
    const found = await platform.services.nights.night(date)
    if (found?.status !== 'RUNNING') return
    await sleep(10)
  }
  throw new Error(`the night of ${date} does not end`)
}

interface Served {
  servedBy: string
  servedReason: string
  warmingUp: boolean
  persistenceClose: number
  interval80: { lower: number; upper: number } | null
  interval95: { lower: number; upper: number } | null
}

const served = async (code: string): Promise<Served> =>
  (
    await platform.query<{ forecast: Served }>(`{ forecast(symbol: "${code}") {
      servedBy servedReason warmingUp persistenceClose interval80 { lower upper } interval95 { lower upper } } }`)
  ).forecast

describe('a symbol that is too young for errors of its own', () => {
  it("has the market's intervals, scaled by its own volatility and marked as warming up", async () => {
    await ingest([...MARKET, ...YOUNG], TUESDAY)
    await night(TUESDAY)
    const young = await served('373220')
    expect(young).toMatchObject({
      servedBy: 'PERSISTENCE',
      warmingUp: true,
      servedReason: 'recipe seed could not be fitted (TOO_FEW_BARS), so persistence serves',
    })
    const { interval80, interval95, persistenceClose: close } = young
    const ends = [interval95?.lower, interval80?.lower, close, interval80?.upper, interval95?.upper].map(
      Number,
    )
    expect(ends).toEqual(ends.toSorted((a, b) => a - b))
    expect(await served('005930')).toMatchObject({ warmingUp: false, servedBy: 'PERSISTENCE' })

    // The market's errors are known in its own volatilities: prices a hundred times as high change nothing.
    const width = Number(interval80?.upper) / Number(interval80?.lower)
    expect(width).toBeGreaterThan(1.005)
    expect(width).toBeLessThan(1.2)
  })

  it('has no intervals where there is no market either', async () => {
    await ingest(YOUNG, TUESDAY)
    await night(TUESDAY)
    expect(await served('373220')).toMatchObject({ interval80: null, interval95: null, warmingUp: false })
  })
})
