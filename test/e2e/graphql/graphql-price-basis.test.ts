/** The basis of closes over GraphQL: delivered, stored, refused, replaced, and what a forecast is about. */
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import { rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

let platform: TestPlatform
beforeAll(async () => {
  platform = await createTestPlatform('2026-11-26T21:00:00+09:00')
})
afterAll(async () => {
  await platform.close()
})

const SHARE = rawBars({ symbol: '005930', from: '2026-01-05', count: 250, decimals: 0 })
const until = (last: string): readonly RawBar[] => SHARE.filter(({ session }) => session <= last)

const INGEST = `mutation ($input: IngestBarsInput!) {
  ingestBars(input: $input) { status stored corrected rejected problems { code message } } }`

interface Ingested {
  readonly ingestBars: {
    readonly status: string
    readonly corrected: number
    readonly problems: readonly { readonly code: string; readonly message: string }[]
  }
}

async function ingest(
  bars: readonly RawBar[],
  input: Record<string, unknown>,
): Promise<Ingested['ingestBars']> {
  const rows = bars.map(({ session, open, high, low, close, volume }) => ({
    session,
    open,
    high,
    low,
    close,
    volume: String(volume),
  }))
  const answer = await platform.query<Ingested>(INGEST, { input: { symbol: '005930', bars: rows, ...input } })
  return answer.ingestBars
}

it('a forecast states the close that it is about, and a close of other hours does not realise it', async () => {
  const extended = { closeBasis: 'EXTENDED', volumeBasis: 'EXTENDED', adjustment: 'SPLIT_ADJUSTED' }
  expect(await ingest(until('2026-11-26'), extended)).toMatchObject({ status: 'STORED' })
  const refused = await ingest(until('2026-11-26'), { closeBasis: 'REGULAR' })
  expect(refused).toMatchObject({ status: 'REJECTED', problems: [{ code: 'PRICE_BASIS' }] })

  await platform.query(
    `mutation { retrain(input: { symbol: "005930", recipe: "seed", waitSeconds: 60 }) { status } }`,
  )
  const asked = `{
    symbol(code: "005930") { closeBasis volumeBasis }
    forecast(symbol: "005930") { targetSession closeBasis realised { actualClose } }
    bars(symbol: "005930", last: 1) { edges { node { session closeBasis volumeBasis adjustment } } }
    first: bars(symbol: "005930", first: 1) { edges { node { closeBasis volumeBasis adjustment } } }
    dataSummary(symbol: "005930") { bases { closeBasis rows firstSession } }
    barRevisions(symbol: "005930", first: 1) { edges { node { reason closeBasis } } }
  }`
  expect(await platform.query(asked)).toMatchObject({
    symbol: { closeBasis: 'EXTENDED', volumeBasis: 'EXTENDED' },
    forecast: { targetSession: '2026-11-27', closeBasis: 'EXTENDED', realised: null },
    bars: { edges: [{ node: { session: '2026-11-26', ...extended } }] },
    first: { edges: [{ node: { closeBasis: 'REGULAR', volumeBasis: 'REGULAR' } }] },
    dataSummary: {
      bases: [{ closeBasis: 'REGULAR' }, { closeBasis: 'EXTENDED', firstSession: '2026-09-14' }],
    },
    barRevisions: { edges: [] },
  })

  // The user replaces the closes by regular ones, changed by a won; the target's bar has one of those.
  platform.clock.at = new Date('2026-11-27T21:00:00+09:00')
  const regular = until('2026-11-27').map((bar) => ({
    ...bar,
    high: Number(bar.high) + 1,
    close: Number(bar.close) + 1,
  }))
  const replaced = await ingest(
    regular.filter(({ session }) => session >= '2026-09-14'),
    { closeBasis: 'REGULAR', volumeBasis: 'EXTENDED', replaceBasis: true },
  )
  expect(replaced).toMatchObject({ status: 'STORED', problems: [] })
  expect(await platform.query(asked)).toMatchObject({
    symbol: { closeBasis: 'REGULAR' },
    forecast: { targetSession: '2026-11-27', closeBasis: 'EXTENDED', realised: null },
    barRevisions: { edges: [{ node: { reason: 'REBASED', closeBasis: 'EXTENDED' } }] },
  })
})
