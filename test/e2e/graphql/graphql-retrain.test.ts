import { RECIPES } from '../../../src/domain/models/recipe.js'
import { delivery, rawBars } from '../../support/bars.js'
import { codeOf, createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const ROWS = rawBars({ symbol: 'KOSPI', from: '2023-07-03', count: 250 }).filter(
  (bar) => bar.session <= '2024-07-09',
)

let platform: TestPlatform
beforeAll(async () => {
  platform = await createTestPlatform('2024-07-09T20:00:00+09:00')
  await platform.services.ingestBars(delivery(ROWS))
})
afterAll(async () => {
  await platform.close()
})

describe('retrain', () => {
  it('returns the version and the forecast with all their fields', async () => {
    // Later than any other run here, so that it is the newest.
    platform.clock.at = new Date(platform.clock.at.getTime() + 1_000)
    const { retrain } = await platform.query<{ retrain: { id: string } & Record<string, unknown> }>(
      `mutation { retrain(input: { symbol: "KOSPI", waitSeconds: 60 }) {
         id status versionCreated recipe seed symbol { code } errorCode prediction { contender predictedClose modelVersion { number } }
         modelVersion { id number lossCurve members { parameterCount weights } scaler { columns { column min max } } }
         forecast { targetSession origin servedBy predictedClose persistenceClose
           candidates { contender predictedClose saturated modelVersion { number } } } } }`,
    )
    expect(retrain).toMatchObject({
      status: 'SUCCEEDED',
      versionCreated: true,
      recipe: 'seed',
      symbol: { code: 'KOSPI' },
      modelVersion: { number: 1, members: [{ parameterCount: 297 }] },
      forecast: {
        targetSession: '2024-07-10',
        origin: 'ISSUED',
        servedBy: 'PERSISTENCE',
        candidates: [
          { contender: 'persistence', modelVersion: null },
          { contender: 'seed', modelVersion: { number: 1 } },
        ],
      },
    })
    const { lossCurve, id } = retrain['modelVersion'] as { lossCurve: number[]; id: string }
    expect(lossCurve).toHaveLength(100)
    expect(lossCurve[99]).toBeLessThan(lossCurve[0] ?? 0)

    const found = await platform.query<Record<string, { edges?: unknown[] }>>(
      `query ($run: ID!, $version: ID!) {
         run(id: $run) { status }
         runs(first: 1) { edges { node { id kind } } }
         modelVersion(id: $version) { number symbol { code } }
         modelVersions(symbol: "KOSPI", recipe: "seed", first: 5) { edges { cursor node { number } } }
         forecast(symbol: "KOSPI") { targetSession symbol { code } modelVersion { number } }
         forecasts(symbol: "KOSPI", from: "2024-07-10", to: "2024-07-10") { edges { node { targetSession } } }
         recipes { name hash hidden features } }`,
      { run: retrain.id, version: id },
    )
    expect(found).toMatchObject({
      run: { status: 'SUCCEEDED' },
      runs: { edges: [{ node: { id: retrain.id, kind: 'RETRAIN' } }] },
      modelVersion: { number: 1, symbol: { code: 'KOSPI' } },
      modelVersions: { edges: [{ node: { number: 1 } }] },
      forecast: { targetSession: '2024-07-10', symbol: { code: 'KOSPI' }, modelVersion: { number: 1 } },
      forecasts: { edges: [{ node: { targetSession: '2024-07-10' } }] },
      recipes: RECIPES.map(({ name, hidden, features }) => ({ name, hidden, features })),
    })
  })

  it('returns a failed fit as a failed run', async () => {
    await platform.services.ingestBars(
      delivery(ROWS.slice(0, 20).map((bar) => ({ ...bar, symbol: '055550' }))),
    )
    const { retrain } = await platform.query<{ retrain: unknown }>(
      `mutation { retrain(input: { symbol: "055550", waitSeconds: 60 }) { status errorCode errorMessage modelVersion { id } forecast { id } } }`,
    )
    expect(retrain).toMatchObject({
      status: 'FAILED',
      errorCode: 'TOO_FEW_BARS',
      modelVersion: null,
      forecast: null,
    })
  })

  it('pages versions, runs and forecasts to the end without a repeat', async () => {
    await platform.services.ingestBars(delivery(ROWS.map((bar) => ({ ...bar, symbol: '105560' }))))
    for (const seed of [11, 12, 13, 14]) {
      await platform.query(
        `mutation ($seed: Int!) { retrain(input: { symbol: "105560", seed: $seed, asOfSession: "2024-06-05", waitSeconds: 60 }) { id } }`,
        { seed },
      )
    }
    for (const list of ['modelVersions(symbol: "105560", ', 'runs(', 'forecasts(symbol: "105560", ']) {
      const seen: string[] = []
      let after: string | null = null
      for (let pages = 0; pages < 20; pages += 1) {
        const answer: Record<
          string,
          { edges: { node: { id: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
        > = await platform.query(
          `query ($after: String) { list: ${list}first: 2, after: $after) {
               edges { node { id } } pageInfo { hasNextPage endCursor } } }`,
          { after },
        )
        const found = answer['list']
        seen.push(...(found?.edges.map(({ node }) => node.id) ?? []))
        if (!found?.pageInfo.hasNextPage) break
        after = found.pageInfo.endCursor
      }
      expect(seen.length).toBeGreaterThanOrEqual(4)
      expect(new Set(seen).size).toBe(seen.length)
    }
  })

  it('refuses an invalid id', async () => {
    const answer = await platform.ask('{ modelVersion(id: "1 OR 1=1") { number } }')
    expect(codeOf(answer)).toBe('BAD_USER_INPUT')
    expect(await platform.query('{ run(id: "00000000-0000-4000-8000-000000000000") { id } }')).toEqual({
      run: null,
    })
  })
})
