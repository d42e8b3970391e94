import type { MasterRow } from '../../../src/domain/bars/instruments/listed-instrument.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const row = (code: string, facts: Partial<MasterRow> = {}): MasterRow => ({
  row: 1,
  code,
  kind: 'UNKNOWN',
  market: null,
  nameKo: null,
  nameEn: null,
  isin: null,
  sector: null,
  listedOn: null,
  delistedOn: null,
  ...facts,
})
const SAMSUNG = row('005930.KS', {
  kind: 'COMMON_SHARE',
  market: 'KOSPI',
  nameKo: '삼성전자',
  nameEn: 'Samsung Electronics',
  isin: 'KR7005930003',
  sector: '전기전자',
  listedOn: '1975-06-11' as Session,
})
const KAKAO = [
  row('035720', {
    row: 2,
    kind: 'COMMON_SHARE',
    market: 'KOSDAQ',
    nameKo: '카카오',
    listedOn: '1999-11-11' as Session,
    delistedOn: '2017-07-10' as Session,
  }),
  row('035720', { row: 3, market: 'KOSPI', listedOn: '2017-07-10' as Session }),
]
const FUND = row('069500', { row: 4, kind: 'ETF', market: 'KOSPI', nameKo: 'KODEX 200', nameEn: 'KODEX 200' })
const MASTER = { source: 'krx.csv', rows: [SAMSUNG, ...KAKAO, FUND] }

let platform: TestPlatform
beforeEach(async () => {
  platform = await createTestPlatform('2024-07-09T20:00:00+09:00')
})
afterEach(async () => {
  await platform.close()
})

const ingest = (symbol: string, decimals = 0) =>
  platform.services.ingestBars(delivery(rawBars({ symbol, from: '2024-06-03', count: 20, decimals })))

interface Named {
  readonly code: string
}
const SYMBOL = `code name nameKo nameEn kind market isin sector listedOn delistedOn tickTable taxClass aliases
  markets { market from to }`

describe('the symbol master', () => {
  it('rejects rows that contradict what is stored, with the reason, and stores the others', async () => {
    const { instruments } = platform.services
    await instruments.importMaster(MASTER)
    const result = await instruments.importMaster({
      source: 'other.csv',
      problems: [{ row: 5, code: 'x', message: 'the row has no code' }],
      rows: [
        row('005930', { row: 1, isin: 'KR7005930011' }),
        row('000660', { row: 1, isin: 'KR7000660002' }),
        row('KOSDAQ', { row: 2, nameKo: '코스닥' }),
        row('111111', { row: 3, isin: 'KR7005930003' }),
        row('900140', { row: 4, isin: 'KYG5307W1015', nameKo: '엘브이엠씨홀딩스' }),
        row('900141', { row: 6, isin: 'KYG5307W1015' }),
      ],
    })
    expect(result).toMatchObject({ received: 7, added: 1, changed: 0, unchanged: 0, rejected: 6 })
    expect(result.problems.map(({ row: at, message }) => `${at} ${message}`)).toEqual([
      '1 005930 has the ISIN KR7005930003 here, not KR7005930011',
      '1 "KR7000660002" is not a valid ISIN: its check digit should be 1',
      '2 KOSDAQ is an index, which is known by name; leave it out',
      '3 the ISIN KR7005930003 is that of 005930',
      '5 the row has no code',
      '6 the ISIN KYG5307W1015 is that of 900140 here',
    ])
    await expect(
      instruments.importMaster({ source: 'x', rows: Array.from({ length: 20_001 }, () => FUND) }),
    ).rejects.toThrow('the master has 20001 rows, more than 20000')
  })

  it('is kept apart from symbols, which take kind, market and names from it when bars come', async () => {
    const { instruments } = platform.services
    expect(await instruments.importMaster(MASTER)).toMatchObject({ added: 3, changed: 1, rejected: 0 })
    expect(await platform.query('{ symbols { edges { node { code } } } }')).toEqual({
      symbols: { edges: [] },
    })
    await ingest('A005930')
    await ingest('035720')
    const { symbol } = await platform.query<{ symbol: unknown }>(
      `{ symbol(code: "KR7005930003") { ${SYMBOL} } }`,
    )
    expect(symbol).toEqual({
      code: '005930',
      name: '삼성전자',
      nameKo: '삼성전자',
      nameEn: 'Samsung Electronics',
      kind: 'COMMON_SHARE',
      market: 'KOSPI',
      isin: 'KR7005930003',
      sector: '전기전자',
      listedOn: '1975-06-11',
      delistedOn: null,
      tickTable: 'KOSPI',
      taxClass: 'KOSPI',
      aliases: ['A005930', 'KRX:005930', '005930.KS', 'KR7005930003'],
      markets: [{ market: 'KOSPI', from: '1975-06-11', to: null }],
    })
    const kakao = await platform.query('{ symbol(code: "035720") { listedOn markets { market from to } } }')
    expect(kakao).toEqual({
      symbol: {
        listedOn: '1999-11-11',
        markets: [
          { market: 'KOSDAQ', from: '1999-11-11', to: '2017-07-10' },
          { market: 'KOSPI', from: '2017-07-10', to: null },
        ],
      },
    })
    const filtered = await platform.query<{ symbols: { edges: { node: Named }[] } }>(
      '{ symbols(filter: { search: "samsung", market: KOSPI }) { edges { node { code } } } }',
    )
    expect(filtered.symbols.edges.map(({ node }) => node.code)).toEqual(['005930'])
  })

  it('completes symbols that have bars already, and the same master again changes nothing', async () => {
    const { instruments } = platform.services
    await ingest('005930')
    expect(await platform.services.market.symbol('005930')).toMatchObject({ name: '005930', kind: 'UNKNOWN' })
    await instruments.importMaster(MASTER)
    expect(await platform.services.market.symbol('005930')).toMatchObject({
      name: '삼성전자',
      kind: 'COMMON_SHARE',
      market: 'KOSPI',
    })
    expect(await instruments.importMaster(MASTER)).toMatchObject({ added: 0, changed: 0, unchanged: 4 })
  })

  it('resolves names to codes: one, several of the same name, or none', async () => {
    const { instruments } = platform.services
    expect((await instruments.directory()).byName('삼성전자')).toEqual([])
    await instruments.importMaster(MASTER)
    await instruments.importMaster({ source: 'x', rows: [row('111110', { nameKo: '카카오' })] })
    const directory = await instruments.directory()
    expect(directory.byName('삼성 전자')).toEqual(['005930'])
    expect(directory.byName('samsung electronics')).toEqual(['005930'])
    expect(directory.byName('카카오')).toEqual(['035720', '111110'])
    expect(directory.define('069500')).toMatchObject({ kind: 'ETF', market: 'KOSPI', name: 'KODEX 200' })
  })

  it('suggests the nearest code or name where a symbol is none, or has no bars', async () => {
    await platform.services.instruments.importMaster(MASTER)
    await ingest('005930')
    const dataSummary = (symbol: string) => platform.services.market.dataSummary(symbol)
    await expect(dataSummary('삼송전자')).rejects.toThrow(/did you mean 005930 \(삼성전자\)\?/)
    await expect(dataSummary('삼성전자')).rejects.toThrow(/did you mean 005930 \(삼성전자\)\?/)
    await expect(dataSummary('005931')).rejects.toThrow(
      /has no bars here.*did you mean 005930 \(삼성전자\)\?/,
    )
    await expect(dataSummary('KOSDAK')).rejects.toThrow(/did you mean KOSDAQ\?/)
    await expect(dataSummary('069500')).rejects.toThrow(/--symbol 069500"$/)
  })
})

describe('upsertSymbols and listings', () => {
  it('refuse too many instruments, and text that is too long', async () => {
    const many = Array.from({ length: 5_001 }, () => ({ code: '005930' }))
    await expect(
      platform.query(
        'mutation ($input: [UpsertSymbolInput!]!) { upsertSymbols(input: $input) { received } }',
        { input: many },
      ),
    ).rejects.toThrow(/from 1 to 5000 instruments, not 5001/)
    const { upsertSymbols } = await platform.query<{ upsertSymbols: unknown }>(
      `mutation { upsertSymbols(input: [{ code: "005930", nameKo: "${'x'.repeat(201)}" }]) {
         rejected problems { row code message } } }`,
    )
    expect(upsertSymbols).toEqual({
      rejected: 1,
      problems: [{ row: 1, code: '005930', message: 'nameKo has more than 200 characters' }],
    })
  })

  it('store what is given, and list it page by page', async () => {
    const upsert = `mutation { upsertSymbols(statedOn: "2024-07-01", input: [
      { code: "A005930", kind: COMMON_SHARE, market: KOSPI, nameKo: "삼성전자", isin: "kr7005930003" },
      { code: "035720", markets: [{ market: KOSDAQ, from: "1999-11-11", to: "2017-07-10" },
                                  { market: KOSPI, from: "2017-07-10" }] }
      { code: "069500", kind: ETF, market: KOSPI, nameKo: "KODEX 200" }
    ]) { received added changed unchanged rejected problems { message } } }`
    const first = { received: 3, added: 3, changed: 0, unchanged: 0, rejected: 0, problems: [] }
    expect(await platform.query(upsert)).toEqual({ upsertSymbols: first })
    expect(await platform.query(upsert)).toEqual({ upsertSymbols: { ...first, added: 0, unchanged: 3 } })
    interface Page {
      readonly listings: {
        readonly edges: readonly { readonly cursor: string; readonly node: Named }[]
        readonly pageInfo: { readonly hasNextPage: boolean }
      }
    }
    const page = (args: string) =>
      platform.query<Page>(
        `{ listings(${args}) { edges { cursor node { code taxClass tickTable markets { market } } }
           pageInfo { hasNextPage } } }`,
      )
    const { listings } = await page('first: 2')
    expect(listings.edges.map(({ node }) => node.code)).toEqual(['005930', '035720'])
    expect(listings.pageInfo.hasNextPage).toBe(true)
    expect((await page(`after: "${listings.edges[1]?.cursor ?? ''}"`)).listings.edges[0]?.node).toEqual({
      code: '069500',
      taxClass: 'EXEMPT',
      tickTable: 'FUND',
      markets: [{ market: 'KOSPI' }],
    })
    expect((await page('filter: { search: "100%" }')).listings.edges).toEqual([])
    expect((await page('filter: { kind: ETF, search: "kodex" }')).listings.edges).toHaveLength(1)
  })
})

describe('an index other than the KOSPI', () => {
  it('is stored with two decimals, as an index of its own name', async () => {
    await ingest('^KQ11', 2)
    expect(await platform.services.market.symbol('코스닥')).toMatchObject({
      code: 'KOSDAQ',
      kind: 'INDEX',
      decimals: 2,
      nameKo: '코스닥',
      nameEn: 'KOSDAQ Composite Index',
    })
  })
})
