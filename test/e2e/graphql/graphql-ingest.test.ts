import { rawBars } from '../../support/bars.js'
import { codeOf, createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

let platform: TestPlatform
beforeAll(async () => {
  platform = await createTestPlatform('2024-07-09T20:00:00+09:00')
})
afterAll(async () => {
  await platform.close()
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

  it('keeps the good rows of a delivery with bad rows that cannot be stored as text', async () => {
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

  it('returns problems as data, and a bad date as a problem of its row alone', async () => {
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

  it('accepts volumes beyond 32 bits, as numbers or as text', async () => {
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
