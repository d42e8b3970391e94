import { createYahoo } from '../../../src/market/providers/yahoo.js'
import { createNaver } from '../../../src/market/providers/naver.js'
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import { rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'
import { createTestSync, impatientClient } from '../../support/sync/open-sync.js'
import type { TestSync } from '../../support/sync/open-sync.js'
import { naverTable, sends, startVendor, within, yahooChart } from '../../support/vendors.js'
import type { Vendor } from '../../support/vendors.js'

const NEWEST = '2024-07-10'
const SHARE = rawBars({ symbol: '005930', from: '2024-05-28', count: 31, decimals: 0 })

let platform: TestPlatform
let sync: TestSync
let yahoo: Vendor
let naver: Vendor

const yahooKnows = (bars: readonly RawBar[]): void => {
  yahoo.respond = (request, response, url) => sends(yahooChart(within(bars, url)))(request, response, url)
}

beforeEach(async () => {
  platform = await createTestPlatform(`${NEWEST}T20:00:00+09:00`)
  sync = createTestSync(platform)
  yahoo = await startVendor(sends(''))
  naver = await startVendor(sends(naverTable(SHARE)))
  yahooKnows(SHARE)
})
afterEach(async () => {
  await Promise.all([yahoo.close(), naver.close()])
  await sync.close()
  await platform.close()
})

async function run(request: { dryRun: boolean; acceptAdjustments?: boolean }) {
  const providers = [createYahoo(yahoo.url, impatientClient()), createNaver(naver.url, impatientClient())]
  const { symbols } = await sync.open('yahoo,naver', providers)({ symbols: ['005930'], ...request })
  const [first] = symbols
  if (!first) throw new Error('no symbol was synced')
  return first
}

/** Everything that a sync may store. */
async function stored() {
  const tables = [
    'symbol',
    'bar',
    'bar_revision',
    'data_version',
    'ingestion',
    'excluded_row',
    'sync_attempt',
    'event',
  ]
  const counts = tables.map((table) => `(SELECT count(*) FROM ${table}) AS "${table}"`)
  const { rows } = await sync.pool.query<Record<string, string>>(`SELECT ${counts.join(', ')}`)
  return rows[0]
}

describe('a dry run of a sync', () => {
  it('stores nothing of a new symbol, not even the symbol, and reports what a sync then does', async () => {
    const before = await stored()
    const dry = await run({ dryRun: true })
    expect(await stored()).toEqual(before)
    expect(dry).toMatchObject({
      status: 'STORED',
      stored: 31,
      corrected: 0,
      lastSession: NEWEST,
      upToDate: true,
      attempts: [{ id: 0, provider: 'yahoo', status: 'STORED', receivedRows: 31, ingestionId: null }],
    })
    expect(dry.changes).toHaveLength(20)
    expect(dry.changes[0]).toMatchObject({ session: NEWEST, before: null, close: SHARE.at(-1)?.close })
    // The would-be bars count as stored, so the next provider is not asked.
    expect(naver.asked).toEqual([])
    expect(await run({ dryRun: false })).toMatchObject({ stored: 31, changes: [] })
  })

  it('shows a correction with the stored values, and the rows that would be refused', async () => {
    await run({ dryRun: false })
    const before = await stored()
    const changed = SHARE.map((bar) => ({
      ...bar,
      ...(bar.session === '2024-07-09' && { low: Number(bar.low) - 1 }),
      ...(bar.session === '2024-07-08' && { low: -1 }),
    }))
    yahooKnows(changed)
    const dry = await run({ dryRun: true })
    expect(await stored()).toEqual(before)
    expect(dry).toMatchObject({ corrected: 1, rejected: 1, problems: [{ session: '2024-07-08' }] })
    const old = SHARE.at(-2)
    expect(dry.changes).toEqual([
      {
        symbol: '005930',
        session: '2024-07-09',
        open: old?.open,
        high: old?.high,
        low: Number(old?.low) - 1,
        close: old?.close,
        volume: BigInt(Number(old?.volume)),
        before: expect.objectContaining({ low: old?.low }) as unknown,
      },
    ])
  })

  it('shows a back-adjustment, whether it is accepted or not', async () => {
    await run({ dryRun: false })
    const before = await stored()
    yahooKnows(
      SHARE.map((bar) => {
        const half = (value: unknown): number => Math.round(Number(value) / 2)
        return {
          ...bar,
          open: half(bar.open),
          high: half(bar.high),
          low: half(bar.low),
          close: half(bar.close),
        }
      }),
    )
    expect(await run({ dryRun: true })).toMatchObject({
      status: 'FAILED',
      adjustments: [{ accepted: false }],
      attempts: [{ errorCode: 'BACK_ADJUSTMENT' }],
    })
    expect(await run({ dryRun: true, acceptAdjustments: true })).toMatchObject({
      status: 'STORED',
      corrected: 31,
      adjustments: [{ accepted: true }],
    })
    expect(await stored()).toEqual(before)
  })
})
