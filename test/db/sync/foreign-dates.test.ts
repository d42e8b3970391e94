import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import { createNaver } from '../../../src/market/providers/naver.js'
import { createYahoo } from '../../../src/market/providers/yahoo.js'
import { rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'
import { createTestSync, impatientClient } from '../../support/sync/open-sync.js'
import type { TestSync } from '../../support/sync/open-sync.js'
import { naverTable, sends, startVendor, yahooChart } from '../../support/vendors.js'
import type { Vendor } from '../../support/vendors.js'

const NEWEST = '2024-07-10'
/** Thirteen sessions up to the newest. */
const KOSPI = rawBars({ symbol: 'KOSPI', from: '2024-06-24', count: 13 })

let platform: TestPlatform
let sync: TestSync
let vendor: Vendor

beforeEach(async () => {
  platform = await createTestPlatform(`${NEWEST}T20:00:00+09:00`)
  sync = createTestSync(platform)
  vendor = await startVendor(sends(''))
})
afterEach(async () => {
  await vendor.close()
  await sync.close()
  await platform.close()
})

async function fetchFrom(chain: 'yahoo' | 'naver', body: string) {
  vendor.respond = sends(body)
  const provider =
    chain === 'yahoo'
      ? createYahoo(vendor.url, impatientClient())
      : createNaver(vendor.url, impatientClient())
  const { symbols } = await sync.open(chain, [provider])({ symbols: ['KOSPI'] })
  const { rows } = await sync.pool.query<{ bars: number }>('SELECT count(*)::int AS bars FROM bar')
  return { synced: symbols[0], bars: rows[0]?.bars }
}

const dayBefore = (session: string): string =>
  new Date(Date.parse(`${session}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
const shifted: RawBar[] = KOSPI.map((bar) => ({ ...bar, session: dayBefore(bar.session) }))

describe("an answer whose dates are not the exchange's", () => {
  it('is refused before a bar is stored where its time zone is not that of Seoul', async () => {
    const { synced, bars } = await fetchFrom('yahoo', yahooChart(KOSPI, { gmtoffset: -18_000 }))
    expect(synced).toMatchObject({
      status: 'FAILED',
      attempts: [
        {
          errorCode: 'CHANGED_FORMAT',
          errorMessage: 'its dates are of the time zone UTC-05:00, not of Seoul (UTC+09:00)',
        },
      ],
    })
    expect(bars).toBe(0)
  })

  it.each([
    ['yahoo', yahooChart(shifted)],
    ['naver', naverTable(shifted)],
  ] as const)('is refused whole where %s has bars on days without a session', async (chain, body) => {
    const { synced, bars } = await fetchFrom(chain, body)
    expect(synced).toMatchObject({ status: 'FAILED', attempts: [{ errorCode: 'CHANGED_FORMAT' }] })
    expect(synced?.attempts[0]?.errorMessage).toMatch(
      /3 of its 13 bars are of days without a session, 2024-06-23/,
    )
    expect(bars).toBe(0)
  })

  it('is read where it has one stray bar on a holiday, which is dropped', async () => {
    const stray = { ...(KOSPI[0] as RawBar), session: '2024-06-23' }
    const { synced, bars } = await fetchFrom('yahoo', yahooChart([stray, ...KOSPI]))
    expect(synced).toMatchObject({ status: 'STORED', stored: 13, upToDate: true })
    expect(bars).toBe(13)
  })
})
