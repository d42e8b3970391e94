import { createProviderCallStore } from '../../../src/db/sync/provider-calls.js'
import { createYahoo } from '../../../src/market/providers/yahoo.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import { rawBars } from '../../support/bars.js'
import { codeOf, createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'
import { createTestSync, impatientClient } from '../../support/sync/open-sync.js'
import type { TestSync } from '../../support/sync/open-sync.js'
import { sends, startVendor, within, yahooChart } from '../../support/vendors.js'
import type { Respond, Vendor } from '../../support/vendors.js'

const NOW = '2024-07-10T20:00:00+09:00'
const SHARE = rawBars({ symbol: '005930', from: '2024-05-28', count: 31, decimals: 0 })
const CODES = ['000020', '000040', '000050', '000060', '000070', '000080']

let platform: TestPlatform
let sync: TestSync
let vendor: Vendor

const knows =
  (bars: readonly RawBar[]): Respond =>
  (request, response, url) =>
    sends(yahooChart(within(bars, url)))(request, response, url)

beforeEach(async () => {
  platform = await createTestPlatform(NOW, { environment: { PROVIDERS: 'yahoo' } })
  sync = createTestSync(platform)
  vendor = await startVendor(knows(SHARE))
})
afterEach(async () => {
  await vendor.close()
  await sync.close()
  await platform.close()
})

/** A process of its own: it shares nothing with others but the database. */
async function syncOnce(codes: readonly string[] = ['005930']) {
  const run = sync.open('yahoo', [createYahoo(vendor.url, impatientClient(300))])
  const { symbols } = await run({ symbols: codes })
  return symbols.map(({ attempts }) => attempts[0]?.errorCode ?? attempts[0]?.status)
}

const later = (minutes: number): void => {
  platform.clock.at = new Date(new Date(NOW).getTime() + minutes * 60_000)
}

describe('a vendor that blocks', () => {
  it('is left alone at once, by other processes too, until the end that is told', async () => {
    vendor.respond = sends('<title>Login</title>')
    expect(await syncOnce()).toEqual(['REFUSED'])
    const { length } = vendor.asked
    expect(await syncOnce(CODES)).toEqual(CODES.map(() => 'NOT_ASKED'))
    expect(vendor.asked).toHaveLength(length)
    const { syncStatus } = await platform.query<{ syncStatus: unknown }>(
      '{ syncStatus { provider configured state since until reason outages lastSuccessAt callsToday callsPerDay } }',
    )
    expect(syncStatus).toEqual([
      {
        provider: 'yahoo',
        configured: true,
        state: 'OPEN',
        since: '2024-07-10T11:00:00.000Z',
        until: '2024-07-11T11:00:00.000Z',
        reason: expect.stringMatching(/^REFUSED: .* and a login page instead of data$/) as string,
        outages: 1,
        lastSuccessAt: null,
        callsToday: 0,
        callsPerDay: null,
      },
    ])
    const attempts = await sync.pool.query<{ message: string }>(
      "SELECT error_message AS message FROM sync_attempt WHERE error_code = 'NOT_ASKED' LIMIT 1",
    )
    expect(attempts.rows[0]?.message).toMatch(/^it is not asked before 2024-07-11T11:00:00\.000Z: REFUSED: /)
    expect(sync.warnings).toHaveLength(1)
  })

  it('is tried with one symbol once the end has come, and asked for all after that one is answered', async () => {
    vendor.respond = sends('', 403)
    await syncOnce()
    later(24 * 60)
    // The trial fails: the symbols after it are not requested.
    const { length } = vendor.asked
    // Two symbols are synced at a time, so the trial may be either of the first two.
    const codes = await syncOnce(CODES)
    expect(codes.filter((code) => code === 'REFUSED')).toHaveLength(1)
    expect(codes.filter((code) => code === 'NOT_ASKED')).toHaveLength(CODES.length - 1)
    expect(vendor.asked).toHaveLength(length + 1)
    later(2 * 24 * 60)
    vendor.respond = knows(SHARE)
    expect(await syncOnce(CODES)).toEqual(CODES.map(() => 'STORED'))
    expect(sync.warnings.at(-1)).toBe('provider yahoo answers again')
  })

  it('is asked again after a person has reset it, with a reason', async () => {
    vendor.respond = sends('', 403)
    await syncOnce()
    const reset =
      'mutation ($name: ID!, $reason: String!) { resetProvider(name: $name, reason: $reason) { state reason } }'
    expect(codeOf(await platform.ask(reset, { name: 'yahu', reason: 'x' }))).toBe('BAD_USER_INPUT')
    expect(codeOf(await platform.ask(reset, { name: 'yahoo', reason: ' ' }))).toBe('BAD_USER_INPUT')
    expect(await platform.query(reset, { name: 'yahoo', reason: 'another address' })).toEqual({
      resetProvider: { state: 'CLOSED', reason: 'another address' },
    })
    vendor.respond = knows(SHARE)
    expect(await syncOnce()).toEqual(['STORED'])
  })
})

describe('a vendor that fails', () => {
  it('is left alone after three outages in a row over syncs, for a quarter of an hour', async () => {
    vendor.respond = sends('', 500)
    expect(await syncOnce()).toEqual(['SERVER_ERROR'])
    expect(await syncOnce()).toEqual(['SERVER_ERROR'])
    expect(await syncOnce()).toEqual(['SERVER_ERROR'])
    expect(await syncOnce()).toEqual(['NOT_ASKED'])
    later(15)
    vendor.respond = knows(SHARE)
    expect(await syncOnce()).toEqual(['STORED'])
  })

  it('starts its count anew with any answer', async () => {
    vendor.respond = sends('', 500)
    await syncOnce()
    await syncOnce()
    vendor.respond = knows(SHARE)
    await syncOnce()
    vendor.respond = sends('', 500)
    expect(await syncOnce()).toEqual(['SERVER_ERROR'])
    expect(await syncOnce()).toEqual(['SERVER_ERROR'])
  })
})

it('counts requests by day up to a limit, whatever process makes them, and forgets old days', async () => {
  const calls = createProviderCallStore(sync.pool)
  const day = '2024-07-10' as Session
  const taken = await Promise.all(Array.from({ length: 5 }, () => calls.take('krx', day, 3)))
  expect(taken.filter(Boolean)).toHaveLength(3)
  expect(await calls.take('yahoo', day, null)).toBe(true)
  expect(await calls.ofDay(day)).toEqual(
    new Map([
      ['krx', 3],
      ['yahoo', 1],
    ]),
  )
  expect(await calls.take('krx', '2024-08-20' as Session, 3)).toBe(true)
  expect(await calls.ofDay(day)).toEqual(new Map())
})
