/** What is stored for one day of the after-market's era, as three sources deliver it. Prices are those of 005930. */
import type { PriceBasis } from '../../../src/domain/bars/price-basis.js'
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import { KRX_BASIS, NAVER_BASIS, YAHOO_BASIS } from '../../../src/market/vendor-basis.js'
import { delivery } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const DAY = '2026-09-17'
const SOURCES = {
  yahoo: { basis: YAHOO_BASIS, close: 252_500, high: 254_000, volume: 20_000_000 },
  krx: { basis: KRX_BASIS, close: 252_500, high: 254_000, volume: 26_000_000 },
  naver: { basis: NAVER_BASIS, close: 256_000, high: 256_500, volume: 26_000_000 },
} as const
type Source = keyof typeof SOURCES

let platform: TestPlatform
beforeEach(async () => {
  platform = await createTestPlatform('2026-09-18T09:00:00+09:00')
})
afterEach(async () => {
  await platform.close()
})

async function deliver(source: Source, replaceBasis = false) {
  const { basis, close, high, volume }: { basis: PriceBasis } & Record<'close' | 'high' | 'volume', number> =
    SOURCES[source]
  const row: RawBar = {
    row: 1,
    symbol: '005930',
    session: DAY,
    open: 251_000,
    high,
    low: 250_500,
    close,
    volume,
  }
  const result = await platform.services.ingestBars({
    ...delivery([row]),
    label: source,
    basis,
    replaceBasis,
  })
  return { status: result.status, codes: result.problems.map(({ code }) => code) }
}

const stored = async () =>
  (
    await platform.query<{ bars: { edges: { node: Record<string, unknown> }[] } }>(
      '{ bars(symbol: "005930") { edges { node { close volume closeBasis volumeBasis adjustment } } } }',
    )
  ).bars.edges.map(({ node }) => node)

describe('a day with an after-market', () => {
  it.each([
    ['yahoo', 252_500, 20_000_000, 'REGULAR', 'REGULAR', 'SPLIT_ADJUSTED'],
    ['krx', 252_500, 26_000_000, 'REGULAR', 'EXTENDED', 'RAW'],
    ['naver', 256_000, 26_000_000, 'EXTENDED', 'EXTENDED', 'SPLIT_ADJUSTED'],
  ] as const)(
    'alone from %s is stored with its basis',
    async (source, close, volume, closeBasis, volumeBasis, adjustment) => {
      expect(await deliver(source)).toEqual({ status: 'STORED', codes: [] })
      expect(await stored()).toEqual([{ close, volume, closeBasis, volumeBasis, adjustment }])
    },
  )

  it('takes the volume of the exchange over that of 15:30, and refuses the close of 20:00', async () => {
    await deliver('yahoo')
    expect(await deliver('krx')).toEqual({ status: 'STORED', codes: [] })
    expect(await deliver('naver')).toEqual({ status: 'REJECTED', codes: ['PRICE_BASIS'] })
    expect(await stored()).toMatchObject([{ close: 252_500, volume: 26_000_000, volumeBasis: 'EXTENDED' }])
  })

  it('keeps the close of 20:00 until a person replaces the basis', async () => {
    await deliver('naver')
    expect(await deliver('yahoo')).toEqual({ status: 'REJECTED', codes: ['PRICE_BASIS'] })
    expect(await deliver('yahoo', true)).toEqual({ status: 'STORED', codes: [] })
    expect(await stored()).toMatchObject([{ close: 252_500, closeBasis: 'REGULAR' }])
  })
})
