import { setTimeout as sleep } from 'node:timers/promises'
import { createPool, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import type { Interval } from '../../../src/domain/bars/bar.js'
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

let platform: TestPlatform
beforeEach(async () => {
  platform = await createTestPlatform('2024-07-10T20:00:00+09:00')
})
afterEach(async () => {
  await platform.close()
})

const ROWS = rawBars({ symbol: 'KOSPI', from: '2024-01-02', count: 120 })
const FIRST = { limit: 200, fromEnd: false, after: undefined, before: undefined }

/** Moves the clock on, so that what comes next is known later. */
function minuteLater(): Date {
  platform.clock.at = new Date(platform.clock.at.getTime() + 60_000)
  return new Date(platform.clock.at.getTime() - 1)
}

const ingest = (rows: readonly RawBar[]) => platform.services.ingestBars(delivery(rows))
const withdraw = (session: string) =>
  platform.services.withdrawBars({
    source: 'API',
    label: 'test',
    rank: 50,
    symbol: 'KOSPI',
    reason: 'a bad tick',
    sessions: [session as Session],
  })
/** Everything that readers can ask of the bars, as one value. */
async function everything(asOf?: Date): Promise<unknown> {
  const { market } = platform.services
  const of = async (interval: Interval) => [
    await market.barSeries('KOSPI', { asOf }, interval),
    (await market.bars('KOSPI', { asOf }, interval, FIRST)).items.map((bar) => [
      bar.period,
      bar.close,
      bar.source,
    ]),
  ]
  return [await of('DAY'), await of('WEEK'), await of('MONTH')]
}

it('as-of bars are those known at each moment, through corrections, withdrawals and adjustments', async () => {
  const steps = [
    () => ingest(ROWS.slice(0, 80)),
    () => ingest(ROWS.slice(0, 90).map((bar, at) => (at === 7 ? { ...bar, volume: 1 } : bar))),
    () => withdraw(ROWS[9]?.session ?? ''),
    () => ingest(ROWS),
    () => ingest(ROWS.map((bar, at) => (at === 7 ? { ...bar, volume: 2 } : bar))),
  ]
  const seen: { readonly asOf: Date; readonly bars: unknown }[] = []
  for (const step of steps) {
    await step()
    const bars = await everything()
    seen.push({ asOf: minuteLater(), bars })
  }
  for (const { asOf, bars } of seen) expect(await everything(asOf)).toEqual(bars)
  const asText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
  expect(new Set(seen.map(({ bars }) => JSON.stringify(bars, asText))).size).toBe(5)
})

it('as-of bars are empty before the first delivery, and a future instant is refused', async () => {
  await ingest(ROWS.slice(0, 5))
  const { market } = platform.services
  const before = new Date(platform.clock.at.getTime() - 1)
  expect((await market.barSeries('KOSPI', { asOf: before }, 'DAY')).sessions).toEqual([])
  await expect(market.barSeries('KOSPI', { asOf: platform.clock.at }, 'DAY')).rejects.toThrow(
    'asOf: 2024-07-10T11:00:00.000Z has not passed',
  )
})

describe('while a delivery from before the requested instant is being stored', () => {
  const begin = async () => {
    const pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 1 })
    const client = await pool.connect()
    await client.query('BEGIN')
    await client.query(`SELECT FROM symbol WHERE code = 'KOSPI' FOR UPDATE`)
    await client.query(`UPDATE symbol SET data_version = 2`)
    await client.query(
      `INSERT INTO data_version (symbol_id, version, known_at, ingestion_id)
       SELECT symbol_id, 2, known_at + interval '10 seconds', ingestion_id FROM data_version`,
    )
    await client.query(
      `INSERT INTO bar SELECT symbol_id, '2024-06-28', open, high, low, close, volume, flags, ingestion_id, known_at, 2
       FROM bar ORDER BY session DESC LIMIT 1`,
    )
    return {
      async commit() {
        await client.query('COMMIT')
        client.release()
        await pool.end()
      },
    }
  }

  it('the answer waits for it, and stays the same', async () => {
    await ingest(ROWS.slice(0, 20))
    const asOf = minuteLater()
    const writer = await begin()
    let answered = false
    const asked = platform.services.market.barSeries('KOSPI', { asOf }, 'DAY').then((series) => {
      answered = true
      return series
    })
    try {
      await sleep(150)
      expect(answered).toBe(false)
    } finally {
      await writer.commit()
    }
    expect((await asked).sessions).toHaveLength(21)
    expect(await platform.services.market.barSeries('KOSPI', { asOf }, 'DAY')).toEqual(await asked)
  })

  it('a query about a settled past, or about now, is answered at once', async () => {
    await ingest(ROWS.slice(0, 20))
    const asOf = minuteLater()
    await ingest(ROWS.slice(0, 25))
    const pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 1 })
    const client = await pool.connect()
    await client.query('BEGIN')
    await client.query(`SELECT FROM symbol FOR UPDATE`)
    try {
      const { market } = platform.services
      expect((await market.barSeries('KOSPI', { asOf }, 'DAY')).sessions).toHaveLength(20)
      expect((await market.barSeries('KOSPI', {}, 'DAY')).sessions).toHaveLength(25)
    } finally {
      await client.query('ROLLBACK')
      client.release()
      await pool.end()
    }
  })
})

describe('through GraphQL', () => {
  it('bars as of an instant, the revisions, the deliveries and their left-out rows can be read', async () => {
    await ingest(ROWS.slice(0, 30))
    const asOf = minuteLater().toISOString()
    const old = ROWS[3]
    const session = String(old?.session)
    const bad = { ...ROWS[4], row: 2, session: '2024-01-06' } as RawBar
    await platform.services.ingestBars(delivery([{ ...old, row: 1, volume: 5 } as RawBar, bad], 'SKIP'))
    minuteLater()
    interface Withdrawal {
      withdrawBars: { withdrawn: number; dataVersion: number; ingestionId: string }
    }
    const { withdrawBars } = await platform.query<Withdrawal>(
      `mutation ($sessions: [LocalDate!]!) {
         withdrawBars(input: { symbol: "KOSPI", sessions: $sessions, reason: "never was", client: "desk" }) {
           withdrawn dataVersion ingestionId
         }
       }`,
      { sessions: [session] },
    )
    expect(withdrawBars).toEqual({ withdrawn: 1, dataVersion: 3, ingestionId: expect.any(String) as string })

    const read = await platform.query<Record<string, unknown>>(
      `query ($session: LocalDate!, $asOf: DateTime!) {
         then: bars(symbol: "KOSPI", from: $session, to: $session, asOf: $asOf) { edges { node { volume dataVersion } } }
         now: barSeries(symbol: "KOSPI", from: $session, to: $session) { sessions }
         barRevisions(symbol: "KOSPI") {
           edges { node { session volume source dataVersion reason replacedBy replacedVersion flags } }
         }
         ingestions(symbol: "KOSPI", first: 2) {
           edges { node { source label note received stored corrected withdrawn rejected symbolCount symbols } }
           pageInfo { hasNextPage }
         }
         dataSummary(symbol: "KOSPI") {
           revisions { reason rows } excluded { outcome code rows } sources { source rows firstSession }
         }
       }`,
      { session, asOf },
    )
    expect(read).toEqual({
      then: { edges: [{ node: { volume: Number(old?.volume), dataVersion: 1 } }] },
      now: { sessions: [] },
      barRevisions: {
        edges: [
          {
            node: {
              session,
              volume: Number(old?.volume),
              source: 'API:test',
              dataVersion: 1,
              reason: 'CORRECTED',
              replacedBy: 'API:test',
              replacedVersion: 2,
              flags: [],
            },
          },
          {
            node: {
              session,
              volume: 5,
              source: 'API:test',
              dataVersion: 2,
              reason: 'WITHDRAWN',
              replacedBy: 'API:desk',
              replacedVersion: 3,
              flags: [],
            },
          },
        ],
      },
      ingestions: {
        edges: [
          {
            node: {
              source: 'API',
              label: 'desk',
              note: 'never was',
              received: 1,
              stored: 0,
              corrected: 0,
              withdrawn: 1,
              rejected: 0,
              symbolCount: 1,
              symbols: ['KOSPI'],
            },
          },
          {
            node: {
              source: 'API',
              label: 'test',
              note: null,
              received: 2,
              stored: 0,
              corrected: 1,
              withdrawn: 0,
              rejected: 1,
              symbolCount: 1,
              symbols: ['KOSPI'],
            },
          },
        ],
        pageInfo: { hasNextPage: true },
      },
      dataSummary: {
        revisions: [
          { reason: 'CORRECTED', rows: 1 },
          { reason: 'WITHDRAWN', rows: 1 },
        ],
        excluded: [{ outcome: 'REJECTED', code: 'CLOSED_DAY', rows: 1 }],
        sources: [{ source: 'API:test', rows: 29, firstSession: ROWS[0]?.session }],
      },
    })
  })

  it('lists are paged by their cursors, forwards and from the end', async () => {
    await ingest(ROWS.slice(0, 10))
    for (const volume of [1, 2, 3]) {
      minuteLater()
      await ingest(ROWS.slice(0, 2).map((bar) => ({ ...bar, volume })))
    }
    interface Page {
      list: { edges: { cursor: string; node: Record<string, unknown> }[]; pageInfo: { hasNextPage: boolean } }
    }
    const walk = async (field: string, what: string): Promise<unknown[]> => {
      const found: unknown[] = []
      let after: string | null = null
      for (let pages = 0; pages < 10; pages++) {
        const { list }: Page = await platform.query<Page>(
          `query ($after: String) { list: ${field}, first: 2, after: $after) {
             edges { cursor node { ${what} } } pageInfo { hasNextPage } } }`,
          { after },
        )
        found.push(...list.edges.map(({ node }) => Object.values(node).join(' ')))
        if (!list.pageInfo.hasNextPage) return found
        after = list.edges.at(-1)?.cursor ?? null
      }
      throw new Error('the pages do not end')
    }
    const [a, b] = [ROWS[0]?.session, ROWS[1]?.session]
    const revisions = [`${a} 1`, `${a} 2`, `${a} 3`, `${b} 1`, `${b} 2`, `${b} 3`]
    expect(await walk('barRevisions(symbol: "KOSPI"', 'session dataVersion')).toEqual(revisions)
    expect(await walk('ingestions(symbol: "KOSPI"', 'stored')).toEqual(['0', '0', '0', '10'])
    expect(await walk('ingestions(symbol: null', 'corrected')).toEqual(['2', '2', '2', '0'])
    const { list } = await platform.query<Page>(
      '{ list: barRevisions(symbol: "KOSPI", last: 2) { edges { cursor node { dataVersion } } pageInfo { hasNextPage } } }',
    )
    expect(list.edges.map(({ node }) => node['dataVersion'])).toEqual([2, 3])
  })

  it('the left-out rows of a delivery are read page by page', async () => {
    const rows = ROWS.slice(0, 6).map((bar, at) => (at < 3 ? { ...bar, high: 1 } : bar))
    const { ingestionId } = await platform.services.ingestBars(
      delivery([...rows, { ...rows[5], row: 7 } as RawBar], 'SKIP'),
    )
    const answer = await platform.query<Record<string, { edges: { node: unknown }[] }>>(
      `query ($id: ID!) {
         all: excludedRows(ingestion: $id) { edges { node { row outcome code } } }
         dropped: excludedRows(ingestion: $id, outcome: DROPPED, first: 1) { edges { node { row code field value } } }
       }`,
      { id: ingestionId },
    )
    expect(answer['all']?.edges.map(({ node }) => node)).toEqual([
      ...[1, 2, 3].map((row) => ({ row, outcome: 'REJECTED', code: 'CONTRADICTORY' })),
      { row: 7, outcome: 'DROPPED', code: 'DUPLICATE' },
    ])
    expect(answer['dropped']?.edges).toMatchObject([
      { node: { row: 7, code: 'DUPLICATE', field: 'session' } },
    ])
    expect(await platform.ask('{ excludedRows(ingestion: "99") { edges { node { row } } } }')).toMatchObject({
      errors: [{ message: 'ingestion: there is no delivery 99; ingestions lists them' }],
    })
  })
})
