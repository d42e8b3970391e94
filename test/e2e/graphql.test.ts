import { delivery, rawBars } from '../support/bars.js'
import { createTestPlatform } from '../support/platform.js'
import type { GraphQLAnswer, TestPlatform } from '../support/platform.js'

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

interface BarPage {
  bars: {
    edges: { cursor: string; node: { session: string; close: number } }[]
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string }
  }
}
const PAGE = `query ($symbol: ID!, $first: Int, $after: String, $last: Int, $before: String, $from: LocalDate, $to: LocalDate) {
  bars(symbol: $symbol, first: $first, after: $after, last: $last, before: $before, from: $from, to: $to) {
    edges { cursor node { session close } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`
const page = (variables: Record<string, unknown>): Promise<BarPage> =>
  platform.query<BarPage>(PAGE, { symbol: 'KOSPI', ...variables })
const sessionsOf = ({ bars }: BarPage): string[] => bars.edges.map(({ node }) => node.session)

function codeOf({ errors }: GraphQLAnswer): string | undefined {
  return errors?.[0]?.extensions?.code
}

describe('bars', () => {
  const all = ROWS.map((bar) => bar.session)

  it('page forwards to the end, each bar once', async () => {
    const seen: string[] = []
    let after: string | undefined
    for (let pages = 0; pages < 10; pages += 1) {
      const answer = await page({ first: 100, after })
      seen.push(...sessionsOf(answer))
      expect(answer.bars.pageInfo.hasPreviousPage).toBe(after !== undefined)
      if (!answer.bars.pageInfo.hasNextPage) break
      after = answer.bars.pageInfo.endCursor
    }
    expect(seen).toEqual(all)
  })

  it('page backwards from the newest, still oldest first within the page', async () => {
    const newest = await page({ last: 10 })
    expect(sessionsOf(newest)).toEqual(all.slice(-10))
    expect(newest.bars.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
    const before = await page({ last: 10, before: newest.bars.pageInfo.startCursor })
    expect(sessionsOf(before)).toEqual(all.slice(-20, -10))
    expect(before.bars.pageInfo.hasNextPage).toBe(true)
  })

  it('keep to the dates asked for, both included', async () => {
    const answer = await page({ from: '2024-01-02', to: '2024-01-31' })
    expect(sessionsOf(answer)).toEqual(
      all.filter((session) => session >= '2024-01-02' && session <= '2024-01-31'),
    )
  })

  it('aggregate whole weeks and months, wherever the range begins', async () => {
    const { barSeries } = await platform.query<{ barSeries: Record<string, (string | number)[]> }>(
      `{ barSeries(symbol: "KOSPI", interval: MONTH, from: "2024-02-15", to: "2024-03-02") {
           sessions open high low close volume } }`,
    )
    const months = ['2024-02', '2024-03'].map((month) => ROWS.filter((bar) => bar.session.startsWith(month)))
    const numbers = (name: 'high' | 'low' | 'volume', bars: typeof ROWS): number[] =>
      bars.map((bar) => Number(bar[name]))
    expect(barSeries).toEqual({
      sessions: months.map((bars) => bars.at(-1)?.session),
      open: months.map((bars) => bars[0]?.open),
      high: months.map((bars) => Math.max(...numbers('high', bars))),
      low: months.map((bars) => Math.min(...numbers('low', bars))),
      close: months.map((bars) => bars.at(-1)?.close),
      volume: months.map((bars) => numbers('volume', bars).reduce((sum, volume) => sum + volume, 0)),
    })
    const { bars } = await platform.query<{
      bars: { edges: { node: { sessions: number; firstSession: string } }[] }
    }>(
      `{ bars(symbol: "KOSPI", interval: WEEK, from: "2023-10-03", to: "2023-10-03") {
           edges { node { sessions firstSession } } } }`,
    )
    // Chuseok: Monday 2 and Tuesday 3 October 2023 were closed, Monday 9 October is another week.
    expect(bars.edges).toEqual([{ node: { sessions: 3, firstSession: '2023-10-04' } }])
  })

  it.each([
    ['a date', { from: '2024-02-30' }, /2024-02-30/],
    ['a range', { from: '2024-03-01', to: '2024-02-01' }, /from: 2024-03-01 is after to: 2024-02-01/],
    ['a symbol', { symbol: 'KOSPY' }, /KOSPY/],
    ['a symbol without bars', { symbol: '005930' }, /"005930" has no bars here/],
    ['a cursor', { after: 'nonsense' }, /after: "nonsense" is not a cursor of this list/],
    [
      'a cursor of another list',
      { after: Buffer.from('run|2024-01-02').toString('base64url') },
      /not a cursor/,
    ],
    ['a page size', { first: 1001 }, /first: 1001 is not between 0 and 1000/],
    ['a negative page size', { last: -1 }, /last: -1/],
    ['two page sizes', { first: 1, last: 1 }, /first and last/],
  ])('refuse %s that is wrong as BAD_USER_INPUT that says which', async (_what, variables, message) => {
    const answer = await platform.ask(PAGE, { symbol: 'KOSPI', ...variables })
    expect(codeOf(answer)).toBe('BAD_USER_INPUT')
    expect(answer.errors?.[0]?.message).toMatch(message)
  })

  it.each([
    ['{ bars(symbol: "KOSPI", from: "0000-01-01") { edges { cursor } } }', /"0000-01-01" is not a date/],
    ['{ bars(symbol: "KOSPI", from: 20240101) { edges { cursor } } }', /20240101 is not a date/],
    ['{ bars(symbol: "KOSPI", first: 99999999999) { edges { cursor } } }', /99999999999/],
    ['{ bars(symbol: "KOSPI", interval: HOUR) { edges { cursor } } }', /HOUR/],
    ['{ symbol(code: "\\u0000") { code } }', /neither KOSPI nor/],
    ['{ bars(symbol: "\\u0000") { edges { cursor } } }', /neither KOSPI nor/],
    ['mutation { retrain(input: { symbol: "KOSPI", asOfSession: "0000-01-01" }) { id } }', /0000-01-01/],
    ['mutation { retrain(input: { symbol: "KOSPI", recipe: "\\u0000" }) { id } }', /does not exist/],
  ])('refuse %s, saying which value', async (query, message) => {
    const answer = await platform.ask(query)
    expect(codeOf(answer)).toBe('BAD_USER_INPUT')
    expect(answer.errors?.[0]?.message).toMatch(message)
  })

  it.each([
    ['runs', 'run|2024-01-01T00:00:00.000Z|------------------------------------'],
    ['runs', 'run|-271000-01-01T00:00:00.000Z|00000000-0000-4000-8000-000000000000'],
    ['symbols', 'symbol|\0'],
    ['modelVersions(symbol: "KOSPI")', 'modelVersion|\0|1'],
    ['bars(symbol: "KOSPI")', 'bar|0000-01-01'],
    ['forecasts(symbol: "KOSPI")', 'forecast|0000-01-01|2024|------------------------------------'],
  ])('refuse a forged cursor of %s', async (list, cursor) => {
    const after = Buffer.from(cursor).toString('base64url')
    const field = list.endsWith(')')
      ? `${list.slice(0, -1)}, after: "${after}")`
      : `${list}(after: "${after}")`
    const answer = await platform.ask(`{ ${field} { edges { cursor } } }`)
    expect(codeOf(answer)).toBe('BAD_USER_INPUT')
    expect(answer.errors?.[0]?.message).toMatch(/is not a cursor of this list/)
  })

  it('refuse a wrong date written into the query the same way', async () => {
    const answer = await platform.ask('{ bars(symbol: "KOSPI", from: "yesterday") { edges { cursor } } }')
    expect(codeOf(answer)).toBe('BAD_USER_INPUT')
    expect(answer.errors?.[0]?.message).toMatch(/"yesterday" is not a date; write it as "YYYY-MM-DD"/)
  })
})

describe('what is stored', () => {
  it('is summed up column by column, with its gaps by date', async () => {
    const gap = '2024-01-15'
    const rows = ROWS.filter(
      (bar) => bar.session >= '2024-01-02' && bar.session <= '2024-01-31' && bar.session !== gap,
    )
    await platform.services.ingestBars(delivery(rows.map((bar) => ({ ...bar, symbol: '000660' }))))
    const { dataSummary } = await platform.query<{ dataSummary: Record<string, unknown> }>(
      `{ dataSummary(symbol: "000660") { rows firstSession lastSession missingCount missingSessions uncheckedRows
           symbol { code kind } flags { flag rows } columns { column count nulls min max mean std } } }`,
    )
    const closes = rows.map((bar) => Math.round(Number(bar.close)))
    const mean = closes.reduce((sum, close) => sum + close, 0) / closes.length
    const variance = closes.reduce((sum, close) => sum + (close - mean) ** 2, 0) / (closes.length - 1)
    expect(dataSummary).toMatchObject({
      rows: rows.length,
      firstSession: '2024-01-02',
      lastSession: '2024-01-31',
      missingCount: 1,
      missingSessions: [gap],
      uncheckedRows: 0,
      symbol: { code: '000660', kind: 'SHARE' },
      flags: ['HALT', 'LIMIT', 'OUTLIER', 'NO_VOLUME', 'UNCHECKED'].map((flag) => ({ flag, rows: 0 })),
    })
    const [, , , close] = dataSummary['columns'] as { mean: number; std: number }[]
    expect(close).toMatchObject({
      column: 'close',
      nulls: 0,
      min: Math.min(...closes),
      max: Math.max(...closes),
    })
    expect(close?.mean).toBeCloseTo(mean, 9)
    expect(close?.std).toBeCloseTo(Math.sqrt(variance), 9)
  })

  it('takes the search as it is written, not as a pattern', async () => {
    for (const search of ['%', '_', '\u0000']) {
      expect(
        await platform.query(
          'query ($search: String) { symbols(filter: { search: $search }) { edges { cursor } } }',
          { search },
        ),
      ).toEqual({ symbols: { edges: [] } })
    }
  })

  it('lists symbols by code, filtered', async () => {
    const { symbols } = await platform.query<{ symbols: { edges: { node: { code: string } }[] } }>(
      '{ symbols(filter: { search: "kos", kind: INDEX, simulated: false }) { edges { node { code } } } }',
    )
    expect(symbols.edges).toEqual([{ node: { code: 'KOSPI' } }])
    expect(await platform.query('{ symbol(code: "373220") { code } }')).toEqual({ symbol: null })
  })
})

describe('ingestBars', () => {
  const INGEST = `mutation ($input: IngestBarsInput!) { ingestBars(input: $input) {
    status received stored unchanged rejected ingestionId
    problems { row field value code message } symbols { code dataVersion stored } } }`
  const bars = rawBars({ symbol: '', from: '2024-05-02', count: 3, decimals: 0 }).map(
    ({ session, open, high, low, close, volume }) => ({ session, open, high, low, close, volume }),
  )

  it('stores, then changes nothing', async () => {
    const input = { symbol: '035720', bars }
    const first = await platform.query<{ ingestBars: unknown }>(INGEST, { input })
    expect(first.ingestBars).toMatchObject({
      status: 'STORED',
      stored: 3,
      symbols: [{ code: '035720', dataVersion: 1 }],
    })
    const second = await platform.query<{ ingestBars: unknown }>(INGEST, { input })
    expect(second.ingestBars).toMatchObject({ status: 'UNCHANGED', unchanged: 3, ingestionId: null })
  })

  it('keeps the good rows of a delivery whose bad ones cannot even be written down', async () => {
    const input = {
      symbol: '068270',
      onInvalid: 'SKIP',
      client: 'odd\u0000client',
      bars: [bars[0], { ...bars[1], session: 'x\u0000y' }, { ...bars[2], session: '\ud800' }],
    }
    const { ingestBars } = await platform.query<{ ingestBars: unknown }>(INGEST, { input })
    expect(ingestBars).toMatchObject({
      status: 'STORED',
      stored: 1,
      rejected: 2,
      problems: [
        { row: 2, value: 'x\ufffdy' },
        { row: 3, value: '\ufffd' },
      ],
    })
  })

  it('gives problems as data, and a bad date is one of its row alone', async () => {
    const input = {
      symbol: '035720',
      bars: [
        { ...bars[0], session: '2024-13-01' },
        { ...bars[1], low: 1e9 },
      ],
    }
    const { ingestBars } = await platform.query<{ ingestBars: unknown }>(INGEST, { input })
    expect(ingestBars).toMatchObject({
      status: 'REJECTED',
      stored: 0,
      rejected: 2,
      problems: [
        { row: 1, field: 'session', value: '2024-13-01', code: 'INVALID_DATE' },
        { row: 2, field: 'low', code: 'CONTRADICTORY' },
      ],
    })
  })

  it('takes volumes beyond 32 bits, as numbers or as text', async () => {
    const input = {
      symbol: '051910',
      bars: [
        { ...bars[0], volume: '5000000000' },
        { ...bars[1], volume: 5_000_000_001 },
      ],
    }
    expect(await platform.query(INGEST, { input })).toMatchObject({ ingestBars: { stored: 2 } })
    const { barSeries } = await platform.query<{ barSeries: unknown }>(
      '{ barSeries(symbol: "051910") { volume } }',
    )
    expect(barSeries).toEqual({ volume: [5_000_000_000, 5_000_000_001] })
  })

  it('refuses a call that is too large, and a symbol of the simulator', async () => {
    const many = Array.from({ length: 50_001 }, () => bars[0])
    expect(codeOf(await platform.ask(INGEST, { input: { symbol: '035720', bars: many } }))).toBe(
      'BAD_USER_INPUT',
    )
    const simulated = await platform.ask(INGEST, { input: { symbol: 'SIM001', bars } })
    expect(simulated.errors?.[0]).toMatchObject({
      message: expect.stringMatching(/reserved for the simulated market/) as string,
    })
  })
})

describe('retrain', () => {
  it('answers with the version and the forecast, and everything of them can be asked for', async () => {
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
      recipes: [
        { name: 'seed', hidden: 8, features: ['open', 'high', 'low', 'volume'] },
        { name: 'returns', hidden: 4 },
      ],
    })
  })

  it('gives a fit that cannot be made as a failed run', async () => {
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

  it('refuses an id that is none', async () => {
    const answer = await platform.ask('{ modelVersion(id: "1 OR 1=1") { number } }')
    expect(codeOf(answer)).toBe('BAD_USER_INPUT')
    expect(await platform.query('{ run(id: "00000000-0000-4000-8000-000000000000") { id } }')).toEqual({
      run: null,
    })
  })
})
