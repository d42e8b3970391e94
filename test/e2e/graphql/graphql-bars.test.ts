import { BAR_FLAGS } from '../../../src/domain/bars/bar.js'
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

  it('stay within the requested dates, both included', async () => {
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
  ])('refuse wrong input with BAD_USER_INPUT and the reason: %s', async (_what, variables, message) => {
    const answer = await platform.ask(PAGE, { symbol: 'KOSPI', ...variables })
    expect(codeOf(answer)).toBe('BAD_USER_INPUT')
    expect(answer.errors?.[0]?.message).toMatch(message)
  })

  it.each([
    ['{ bars(symbol: "KOSPI", from: "0000-01-01") { edges { cursor } } }', /"0000-01-01" is not a date/],
    ['{ bars(symbol: "KOSPI", from: 20240101) { edges { cursor } } }', /20240101 is not a date/],
    ['{ bars(symbol: "KOSPI", first: 99999999999) { edges { cursor } } }', /99999999999/],
    ['{ bars(symbol: "KOSPI", interval: HOUR) { edges { cursor } } }', /HOUR/],
    ['{ symbol(code: "\\u0000") { code } }', /neither an index/],
    ['{ bars(symbol: "\\u0000") { edges { cursor } } }', /neither an index/],
    ['mutation { retrain(input: { symbol: "KOSPI", asOfSession: "0000-01-01" }) { id } }', /0000-01-01/],
    ['mutation { retrain(input: { symbol: "KOSPI", recipe: "\\u0000" }) { id } }', /does not exist/],
  ])('refuse %s with the value', async (query, message) => {
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

describe('the stored bars', () => {
  it('are summarised column by column, with gaps by date', async () => {
    const gap = '2024-01-15'
    const rows = ROWS.filter(
      (bar) => bar.session >= '2024-01-02' && bar.session <= '2024-01-31' && bar.session !== gap,
    )
    const won = (price: unknown): number => Math.round(Number(price))
    const whole = rows.map(({ open, high, low, close, ...bar }) => ({
      ...bar,
      symbol: '000660',
      open: won(open),
      high: won(high),
      low: won(low),
      close: won(close),
    }))
    await platform.services.ingestBars(delivery(whole))
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
      symbol: { code: '000660', kind: 'UNKNOWN' },
      flags: BAR_FLAGS.map((flag) => ({
        flag,
        rows: 0,
      })),
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

  it('treat a search as text, not as a pattern', async () => {
    for (const search of ['%', '_', '\u0000']) {
      expect(
        await platform.query(
          'query ($search: String) { symbols(filter: { search: $search }) { edges { cursor } } }',
          { search },
        ),
      ).toEqual({ symbols: { edges: [] } })
    }
  })

  it('list symbols by code, filtered', async () => {
    const { symbols } = await platform.query<{ symbols: { edges: { node: { code: string } }[] } }>(
      '{ symbols(filter: { search: "kos", kind: INDEX, simulated: false }) { edges { node { code } } } }',
    )
    expect(symbols.edges).toEqual([{ node: { code: 'KOSPI' } }])
    expect(await platform.query('{ symbol(code: "373220") { code } }')).toEqual({ symbol: null })
  })
})
