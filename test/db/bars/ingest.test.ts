import { setTimeout as sleep } from 'node:timers/promises'
import { createPool, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

let platform: TestPlatform
const ingest = (rows: readonly RawBar[], onInvalid?: 'FAIL' | 'SKIP') =>
  platform.services.ingestBars(delivery(rows, onInvalid))

beforeEach(async () => {
  platform = await createTestPlatform('2024-07-10T20:00:00+09:00')
})
afterEach(async () => {
  await platform.close()
})

async function closes(symbol: string): Promise<number[]> {
  return [...(await platform.services.market.barSeries(symbol, {}, 'DAY')).close]
}

describe('ingesting bars', () => {
  it('stores nothing at all when one row is bad, and names row and field', async () => {
    const rows = rawBars({ symbol: 'KOSPI', from: '2024-01-02', count: 20 })
    const bad = rows.map((bar, index) => (index === 11 ? { ...bar, high: '1' } : bar))
    const result = await ingest(bad)
    expect(result).toMatchObject({
      status: 'REJECTED',
      received: 20,
      stored: 0,
      rejected: 1,
      ingestionId: null,
    })
    expect(result.problems[0]).toMatchObject({ row: 12, field: 'low', code: 'CONTRADICTORY' })
    expect(await platform.services.market.symbol('KOSPI')).toBeUndefined()
  })

  it('leaves out only bad rows on request, and keeps them with their reasons', async () => {
    const rows = rawBars({ symbol: 'KOSPI', from: '2024-01-02', count: 20 })
    const bad = rows.map((bar, index) => (index === 11 ? { ...bar, close: 'n/a' } : bar))
    const result = await ingest(bad, 'SKIP')
    expect(result).toMatchObject({ status: 'STORED', stored: 19, rejected: 1 })
    expect(await closes('KOSPI')).toHaveLength(19)
    const again = await ingest(bad, 'SKIP')
    expect(again).toMatchObject({
      status: 'UNCHANGED',
      stored: 0,
      unchanged: 19,
      rejected: 1,
      ingestionId: null,
    })
  })

  it('changes nothing when the same bars come twice', async () => {
    const rows = rawBars({ symbol: 'KOSPI', from: '2024-01-02', count: 20 })
    expect(await ingest(rows)).toMatchObject({
      status: 'STORED',
      symbols: [{ code: 'KOSPI', dataVersion: 1 }],
    })
    expect(await ingest(rows)).toMatchObject({
      status: 'UNCHANGED',
      unchanged: 20,
      symbols: [],
      ingestionId: null,
    })
    expect(await platform.services.market.symbol('KOSPI')).toMatchObject({ dataVersion: 1 })
  })

  it("treats prices that differ by another vendor's rounding as equal", async () => {
    const rows = rawBars({ symbol: 'KOSPI', from: '2024-01-02', count: 5 })
    await ingest(rows)
    const rounded = rows.map((bar) => ({ ...bar, close: (Number(bar.close) + 0.0009).toFixed(6) }))
    expect(await ingest(rounded)).toMatchObject({ status: 'UNCHANGED', unchanged: 5 })
  })

  it('adds new bars under the next data version', async () => {
    const rows = rawBars({ symbol: 'KOSPI', from: '2024-01-02', count: 20 })
    await ingest(rows.slice(0, 12))
    expect(await ingest(rows)).toMatchObject({
      stored: 8,
      unchanged: 12,
      symbols: [{ dataVersion: 2, stored: 8 }],
    })
  })

  it('merges equal rows of one session, and rejects both of two that differ', async () => {
    const [first, second, third] = rawBars({ symbol: 'KOSPI', from: '2024-01-02', count: 3 }) as [
      RawBar,
      RawBar,
      RawBar,
    ]
    const rows = [first, second, third, { ...second, row: 4 }, { ...third, row: 5, volume: 7 }]
    expect((await ingest(rows)).problems).toMatchObject([
      { row: 3, code: 'DUPLICATE_SESSION' },
      { row: 5, code: 'DUPLICATE_SESSION' },
    ])
    expect(await ingest(rows, 'SKIP')).toMatchObject({
      stored: 2,
      dropped: 1,
      droppedRows: [{ row: 4, code: 'DUPLICATE' }],
      rejected: 2,
    })
  })

  it('refuses a session that has not closed, until it has', async () => {
    const rows = rawBars({ symbol: 'KOSPI', from: '2024-07-10', count: 1 })
    platform.clock.at = new Date('2024-07-10T15:00:00+09:00')
    expect((await ingest(rows)).problems).toMatchObject([{ session: '2024-07-10', code: 'NOT_CLOSED' }])
    platform.clock.at = new Date('2024-07-10T15:30:00+09:00')
    expect(await ingest(rows)).toMatchObject({ status: 'STORED' })
  })

  it('refuses invalid and simulated symbols', async () => {
    const [bar] = rawBars({ symbol: 'KOSPI', from: '2024-01-02', count: 1 }) as [RawBar]
    for (const symbol of ['', 'kospl', '0593', 'SIM001', "KOSPI'"]) {
      expect((await ingest([{ ...bar, symbol }])).problems).toMatchObject([
        { field: 'symbol', code: 'INVALID_SYMBOL' },
      ])
    }
  })

  it('creates no symbol whose rows all contradict each other', async () => {
    const [bar] = rawBars({ symbol: 'KOSPI', from: '2024-01-02', count: 1 }) as [RawBar]
    const share = { ...bar, symbol: '005930', open: 90, high: 100, low: 80, close: 95 }
    const rows = [bar, { ...share, row: 2 }, { ...share, row: 3, volume: 7 }]
    expect(await ingest(rows, 'SKIP')).toMatchObject({ status: 'STORED', stored: 1, rejected: 2 })
    expect(await platform.services.market.symbol('005930')).toBeUndefined()
    expect(await ingest(rows.slice(1), 'SKIP')).toMatchObject({ status: 'REJECTED', stored: 0, rejected: 2 })
    expect(await platform.services.market.symbol('005930')).toBeUndefined()
  })

  it('keeps many symbols of one delivery apart', async () => {
    const rows = ['005930', '000660', 'KOSPI']
      .flatMap((symbol, index) =>
        rawBars({ symbol, from: '2024-01-02', count: 5, seed: index + 1, decimals: 0 }),
      )
      .map((bar, index) => ({ ...bar, row: index + 1 }))
    expect(await ingest(rows)).toMatchObject({ stored: 15 })
    expect(await platform.services.market.symbol('005930')).toMatchObject({ kind: 'UNKNOWN', decimals: 0 })
    expect(await platform.services.market.symbol('KOSPI')).toMatchObject({ kind: 'INDEX', decimals: 2 })
    expect(await closes('000660')).toEqual(rows.slice(5, 10).map((bar) => bar.close))
  })

  it('lets two writers of one symbol both complete', async () => {
    const rows = rawBars({ symbol: 'KOSPI', from: '2024-01-02', count: 100 })
    const results = await Promise.all([ingest(rows.slice(0, 60)), ingest(rows.slice(40)), ingest(rows)])
    expect(results.reduce((sum, result) => sum + result.stored, 0)).toBe(100)
    expect(results.map((result) => result.rejected)).toEqual([0, 0, 0])
    expect(await closes('KOSPI')).toEqual(rows.map((bar) => bar.close))
  })

  it('stores nothing when the delivery breaks off', async () => {
    const rows = rawBars({ symbol: 'KOSPI', from: '2024-01-02', count: 20 })
    function* broken(): Generator<RawBar[]> {
      yield rows.slice(0, 10)
      throw new Error('the line went dead')
    }
    await expect(platform.services.ingestBars({ ...delivery([]), batches: broken() })).rejects.toThrow(
      'the line went dead',
    )
    expect(await platform.services.market.symbol('KOSPI')).toBeUndefined()
    expect(await ingest(rows)).toMatchObject({ stored: 20 })
  })

  it('reports the loss of the server, and works again afterwards', async () => {
    const rows = rawBars({ symbol: 'KOSPI', from: '2024-01-02', count: 20 })
    const other = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 1 })
    async function* cutOff(): AsyncGenerator<RawBar[]> {
      yield rows.slice(0, 10)
      await other.query(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE 'COPY staged_bar%'`,
      )
      await sleep(100)
      yield rows.slice(10)
    }
    try {
      const request = { ...delivery([]), batches: cutOff() }
      await expect(platform.services.ingestBars(request)).rejects.toThrow(/terminat|connection/i)
      expect(await ingest(rows)).toMatchObject({ stored: 20 })
    } finally {
      await other.end()
    }
  })

  it('stops at an abort and stores nothing', async () => {
    const stop = new AbortController()
    const rows = rawBars({ symbol: 'KOSPI', from: '2024-01-02', count: 20 })
    function* interrupted(): Generator<RawBar[]> {
      yield rows.slice(0, 10)
      stop.abort(new Error('interrupted'))
      yield rows.slice(10)
    }
    const request = { ...delivery([]), batches: interrupted(), signal: stop.signal }
    await expect(platform.services.ingestBars(request)).rejects.toThrow('interrupted')
    expect(await platform.services.market.symbol('KOSPI')).toBeUndefined()
  })

  it('counts every problem and returns the first thousand', async () => {
    const rows = rawBars({ symbol: 'KOSPI', from: '2019-01-02', count: 1_200 }).map((bar) => ({
      ...bar,
      open: '',
    }))
    const result = await ingest(rows)
    expect(result.rejected).toBe(1_200)
    expect(result.problems).toHaveLength(1_000)
  })
})
