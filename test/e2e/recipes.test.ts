import { delivery, rawBars } from '../support/bars.js'
import { createTestPlatform } from '../support/platform.js'
import type { TestPlatform } from '../support/platform.js'

let platform: TestPlatform
beforeAll(async () => {
  platform = await createTestPlatform('2024-07-09T20:00:00+09:00')
  const rows = rawBars({ symbol: 'KOSPI', from: '2023-07-03', count: 250 })
  await platform.services.ingestBars(delivery(rows.filter((bar) => bar.session <= '2024-07-09')))
})
afterAll(async () => {
  await platform.close()
})

interface Retrained {
  readonly status: string
  readonly engine: string
  readonly engineReason: string
  readonly modelVersion: {
    readonly barCount: number
    readonly sampleCount: number
    readonly lossCurve: readonly number[]
    readonly members: readonly {
      readonly ordinal: number
      readonly seed: number
      readonly lossCurve: readonly number[]
      readonly weights: string
    }[]
    readonly scaler: {
      readonly kind: string
      readonly columns: readonly Record<string, number | string | null>[]
    }
  }
  readonly prediction: {
    readonly contender: string
    readonly predictedClose: number
    readonly saturated: boolean
  }
  readonly forecast: { readonly servedBy: string; readonly persistenceClose: number }
}

describe('recipe returns over GraphQL', () => {
  it('makes a version of four networks that forecast a price near the last close', async () => {
    const { retrain } = await platform.query<{ retrain: Retrained }>(
      `mutation { retrain(input: { symbol: "KOSPI", recipe: "returns", seed: 20, waitSeconds: 60 }) {
         status engine engineReason
         modelVersion { barCount sampleCount lossCurve members { ordinal seed lossCurve weights }
           scaler { kind columns { column min max mean std } } }
         prediction { contender predictedClose saturated }
         forecast { servedBy persistenceClose } } }`,
    )
    const { modelVersion, prediction, forecast } = retrain
    expect(retrain).toMatchObject({ status: 'SUCCEEDED', engine: 'wasm' })
    expect(retrain.engineReason).not.toBe('')
    expect(modelVersion).toMatchObject({ barCount: 206, sampleCount: 200 })
    expect(modelVersion.members.map(({ ordinal, seed }) => [ordinal, seed])).toEqual([
      [0, 20],
      [1, 21],
      [2, 22],
      [3, 23],
    ])
    expect(new Set(modelVersion.members.map(({ weights }) => weights)).size).toBe(4)
    const firstLosses = modelVersion.members.map(({ lossCurve }) => lossCurve[0] ?? NaN)
    expect(modelVersion.lossCurve).toHaveLength(5)
    expect(modelVersion.lossCurve[0]).toBeCloseTo(firstLosses.reduce((sum, loss) => sum + loss, 0) / 4, 12)
    expect(modelVersion.scaler.kind).toBe('standard')
    expect(modelVersion.scaler.columns).toHaveLength(5)
    for (const column of modelVersion.scaler.columns) {
      expect(column).toMatchObject({ min: null, max: null })
      expect(column['std']).toBeGreaterThan(0)
    }
    expect(prediction).toMatchObject({ contender: 'returns', saturated: false })
    expect(Math.abs(prediction.predictedClose / forecast.persistenceClose - 1)).toBeLessThan(0.05)
    expect(forecast.servedBy).toBe('PERSISTENCE')
  })

  it('is listed with all its fields', async () => {
    const { recipes } = await platform.query<{ recipes: unknown[] }>(
      `{ recipes { name label scaler head lookbackBars windowSamples windowBars layers hidden epochs members
           weightDecay gradientClipNorm features } }`,
    )
    expect(recipes[1]).toMatchObject({
      name: 'returns',
      label: 'closeReturn',
      scaler: 'standard',
      head: 'linear',
      windowBars: 206,
      members: 4,
      features: ['openReturn', 'highReturn', 'lowReturn', 'closeReturn', 'volumeReturn'],
    })
  })

  it('refuses a seed that leaves none for the last network', async () => {
    const answer = await platform.ask(
      `mutation { retrain(input: { symbol: "KOSPI", recipe: "returns", seed: 2147483645 }) { status } }`,
    )
    expect(answer.errors?.[0]).toMatchObject({
      message: expect.stringContaining('from 0 to 2147483644') as string,
      extensions: { code: 'BAD_USER_INPUT' },
    })
  })
})
