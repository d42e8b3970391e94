import { createPool, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

/** A share around 40,000 won, with every price moved to a multiple of `step`. */
function shareOn(step: number) {
  return rawBars({ symbol: '005930', from: '2023-07-03', count: 252, decimals: 0 })
    .filter(({ session }) => session <= '2024-07-10')
    .map((bar) => {
      const moved = (price: unknown): number => Math.round((Number(price) * 20) / step) * step
      return {
        ...bar,
        open: moved(bar.open),
        high: moved(bar.high),
        low: moved(bar.low),
        close: moved(bar.close),
      }
    })
}

interface Interval {
  readonly lower: number
  readonly upper: number
  readonly lowerExact: number
  readonly upperExact: number
}
interface Answer {
  readonly forecast: {
    readonly predictedClose: number
    readonly predictedCloseExact: number
    readonly persistenceClose: number
    readonly priceStep: number
    readonly interval80: Interval
    readonly interval95: Interval
    readonly realised: { readonly error: number; readonly actualClose: number } | null
    readonly candidates: readonly {
      readonly contender: string
      readonly predictedClose: number
      readonly predictedCloseExact: number
    }[]
  }
}
const FORECAST = `{ forecast(symbol: "005930") { predictedClose predictedCloseExact persistenceClose priceStep
  interval80 { lower upper lowerExact upperExact } interval95 { lower upper lowerExact upperExact }
  realised { error actualClose } candidates { contender predictedClose predictedCloseExact } } }`

let platform: TestPlatform
beforeEach(async () => {
  platform = await createTestPlatform('2024-07-09T20:00:00+09:00')
})
afterEach(async () => {
  await platform.close()
})

async function forecastOf(step: number): Promise<Answer['forecast']> {
  const rows = shareOn(step)
  await platform.services.ingestBars(delivery(rows.filter(({ session }) => session <= '2024-07-09')))
  const { retrain } = await platform.query<{ retrain: { prediction: unknown } }>(
    `mutation { retrain(input: { symbol: "005930", recipe: "returns", waitSeconds: 60 }) {
       prediction { contender predictedClose predictedCloseExact } } }`,
  )
  const { forecast } = await platform.query<Answer>(FORECAST)
  expect(retrain.prediction).toEqual(forecast.candidates.find(({ contender }) => contender === 'returns'))
  return forecast
}

describe('the prices of a forecast of a share', () => {
  it("are on the exchange's ticks, bounds moved outwards, where its closes are", async () => {
    const { interval80, interval95, candidates, ...forecast } = await forecastOf(50)
    expect(forecast.priceStep).toBe(50)
    const prices = [forecast, ...candidates].map(({ predictedClose }) => predictedClose)
    expect(prices.map((price) => price % 50)).toEqual(prices.map(() => 0))
    const model = candidates.find(({ contender }) => contender === 'returns')
    expect(Number.isInteger(model?.predictedCloseExact)).toBe(false)
    expect(Math.abs(Number(model?.predictedClose) - Number(model?.predictedCloseExact))).toBeLessThanOrEqual(
      25,
    )
    for (const { lower, upper, lowerExact, upperExact } of [interval80, interval95]) {
      expect([lower % 50, upper % 50]).toEqual([0, 0])
      expect(lowerExact - lower).toBeGreaterThanOrEqual(0)
      expect(lowerExact - lower).toBeLessThan(50)
      expect(upper - upperExact).toBeGreaterThanOrEqual(0)
      expect(upper - upperExact).toBeLessThan(50)
    }
  })

  it('are whole won where its closes are on no ticks, as adjusted ones', async () => {
    const { priceStep, interval80, candidates } = await forecastOf(3)
    expect(priceStep).toBe(1)
    const model = candidates.find(({ contender }) => contender === 'returns')
    expect(model?.predictedClose).toBe(Math.round(Number(model?.predictedCloseExact)))
    expect(interval80.lower).toBe(Math.floor(interval80.lowerExact))
    expect(interval80.upper).toBe(Math.ceil(interval80.upperExact))
  })

  it('are rounded only as served: the error is that of the exact price', async () => {
    const issued = await forecastOf(50)
    platform.clock.at = new Date('2024-07-10T20:00:00+09:00')
    // Stands in for a contender that serves, since persistence predicts a price on the ticks.
    const pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 1 })
    await pool.query(
      `UPDATE forecast SET served_by = 'MODEL', contender = 'returns', predicted_close = predicted_close + 7.25 WHERE origin = 'ISSUED'`,
    )
    await pool.end()
    await platform.services.ingestBars(delivery(shareOn(50)))
    const { forecast } = await platform.query<Answer>(FORECAST)
    expect(forecast.predictedClose).toBe(issued.predictedClose)
    expect(forecast.predictedCloseExact).toBe(issued.predictedCloseExact + 7.25)
    expect(forecast.realised?.error).toBe(
      forecast.predictedCloseExact - Number(forecast.realised?.actualClose),
    )
  })
})
