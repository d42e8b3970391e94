import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import type { IngestResult } from '../../../src/services/bars/ingest-bars.js'
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

const ROWS = rawBars({ symbol: '005930', from: '2024-01-02', count: 40, decimals: 0 })
const times = (rows: readonly RawBar[], factor: number): RawBar[] =>
  rows.map((bar) => ({ ...bar, volume: Math.round(Number(bar.volume) * factor) }))
const ingest = (
  rows: readonly RawBar[],
  onInvalid: 'FAIL' | 'SKIP' = 'FAIL',
  source: 'API' | 'PROVIDER' = 'API',
): Promise<IngestResult> => platform.services.ingestBars({ ...delivery(rows, onInvalid), source })
const volumes = async (): Promise<readonly number[]> =>
  (await platform.services.market.barSeries('005930', {}, 'DAY')).volume.map(Number)

describe('volumes a thousand times off the stored ones', () => {
  it.each([
    [
      'API',
      1 / 1_000,
      /volume \d+ is about a thousandth of the stored \d+, .*--volume-unit shares\|thousands/,
    ],
    ['PROVIDER', 1_000, /is about a thousandfold of the stored/],
  ] as const)('are no correction: %s, times %d', async (source, factor, message) => {
    await ingest(ROWS)
    const result = await ingest(times(ROWS, factor), 'FAIL', source)
    expect(result).toMatchObject({ status: 'REJECTED', corrected: 0, rejected: 40 })
    expect(result.problems[0]).toMatchObject({ code: 'VOLUME_SCALE', field: 'volume', row: 1 })
    expect(result.problems[0]?.message).toMatch(message)
    expect(await volumes()).toEqual(ROWS.map(({ volume }) => volume))
  })

  it('take the new bars of the symbol with them, of which no stored bar shows the scale', async () => {
    await ingest(ROWS.slice(0, 20))
    const other = rawBars({ symbol: '000660', from: '2024-01-02', count: 5, decimals: 0 })
    const result = await ingest([...times(ROWS, 1 / 1_000), ...other], 'SKIP')
    expect(result).toMatchObject({ status: 'STORED', stored: 5, rejected: 40 })
    expect(result.problems[30]?.message).toMatch(/^most volumes of the symbol are a thousand times off/)
    expect(await volumes()).toHaveLength(20)
  })

  it('are rejected by row where most agree, and the others are stored', async () => {
    await ingest(ROWS.slice(0, 30))
    const mixed = [...ROWS.slice(0, 28), ...times(ROWS.slice(28, 30), 1 / 1_000), ...ROWS.slice(30)]
    expect(await ingest(mixed, 'SKIP')).toMatchObject({ status: 'STORED', stored: 10, rejected: 2 })
    expect(await volumes()).toEqual(ROWS.map(({ volume }) => volume))
  })

  it('beside another close are corrections, and so are volumes that are a few times larger', async () => {
    await ingest(ROWS)
    const close = (bar: RawBar): number => Math.round((Number(bar.high) + Number(bar.low)) / 2)
    const one = ROWS.map((bar, at) => (at === 3 ? { ...bar, close: close(bar), volume: 1_000 } : bar))
    expect(await ingest(one)).toMatchObject({ status: 'STORED', corrected: 1, rejected: 0 })
    expect(await ingest(times(ROWS, 3))).toMatchObject({ status: 'STORED', corrected: 40, rejected: 0 })
  })
})
