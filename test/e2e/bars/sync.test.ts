import { rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'
import { hangs, naverTable, sends, startVendor } from '../../support/vendors.js'
import type { Vendor } from '../../support/vendors.js'

let platform: TestPlatform
let vendor: Vendor

beforeAll(async () => {
  vendor = await startVendor(sends(naverTable(rawBars({ symbol: 'KOSPI', from: '2024-07-01', count: 8 }))))
  platform = await createTestPlatform('2024-07-10T20:00:00+09:00', {
    environment: { PROVIDERS: 'KOSPI=yahoo,naver;*=naver', YAHOO_URL: vendor.url, NAVER_URL: vendor.url },
  })
})
afterAll(async () => {
  await vendor.close()
  await platform.close()
})

describe('syncing over GraphQL', () => {
  it('refuses too many symbols for one request, and invalid codes', async () => {
    const mutation = 'mutation ($symbols: [ID!]) { syncBars(symbols: $symbols) { toSession } }'
    const many = Array.from({ length: 51 }, (_, at) => String(at).padStart(6, '0'))
    for (const [symbols, message] of [
      [many, /51 symbols are more than 50 a call/],
      [[], /name at least one/],
      [['kospl'], /neither an index such as KOSPI nor a six-character KRX code/],
    ] as const) {
      const { errors } = await platform.ask(mutation, { symbols })
      expect(errors).toMatchObject([
        { message: expect.stringMatching(message) as string, extensions: { code: 'BAD_USER_INPUT' } },
      ])
    }
    expect(vendor.asked).toEqual([])
  })

  it('returns the providers asked and their results, and lists the attempts newest first', async () => {
    const answer = await platform.query(`mutation {
      syncBars(symbols: ["KOSPI"]) {
        toSession
        symbols {
          code status stored rejected problems { code } lastSession upToDate
          attempts { provider status requests receivedRows errorCode }
        }
      }
    }`)
    expect(answer).toEqual({
      syncBars: {
        toSession: '2024-07-10',
        symbols: [
          {
            code: 'KOSPI',
            status: 'STORED',
            stored: 8,
            rejected: 0,
            problems: [],
            lastSession: '2024-07-10',
            upToDate: true,
            attempts: [
              // A table where a chart was expected.
              {
                provider: 'yahoo',
                status: 'FAILED',
                requests: 1,
                receivedRows: 0,
                errorCode: 'CHANGED_FORMAT',
              },
              { provider: 'naver', status: 'STORED', requests: 1, receivedRows: 8, errorCode: null },
            ],
          },
        ],
      },
    })
    const page = `query ($after: String) {
      syncAttempts(symbol: "KOSPI", first: 1, after: $after) {
        edges { cursor node { symbol provider fromSession toSession errorMessage ingestionId } }
        pageInfo { hasNextPage endCursor }
      }
    }`
    interface Page {
      syncAttempts: { edges: { node: unknown }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
    }
    const { syncAttempts: first } = await platform.query<Page>(page)
    expect(first.edges).toMatchObject([
      {
        node: {
          symbol: 'KOSPI',
          provider: 'naver',
          fromSession: '2000-01-04',
          errorMessage: null,
          ingestionId: '1',
        },
      },
    ])
    expect(first.pageInfo.hasNextPage).toBe(true)
    const { syncAttempts: second } = await platform.query<Page>(page, { after: first.pageInfo.endCursor })
    expect(second.edges).toMatchObject([{ node: { provider: 'yahoo', ingestionId: null } }])
    expect(second.pageInfo.hasNextPage).toBe(false)
    const other = await platform.ask('{ syncAttempts(after: "xyz") { edges { cursor } } }')
    expect(other.errors?.[0]?.message).toMatch(/"xyz" is not a cursor of this list/)
  })

  it('does not delay a server that stops', async () => {
    const stopping = await createTestPlatform('2024-07-10T20:00:00+09:00', {
      environment: { PROVIDERS: 'naver', NAVER_URL: vendor.url },
    })
    vendor.respond = hangs
    const { length } = vendor.asked
    const asked = stopping.ask('mutation { syncBars(symbols: ["KOSPI"]) { toSession } }')
    while (vendor.asked.length === length) await new Promise((resolve) => setTimeout(resolve, 10))
    await stopping.close()
    expect((await asked).errors).toMatchObject([{ extensions: { code: 'ABORTED' } }])
  })
})
