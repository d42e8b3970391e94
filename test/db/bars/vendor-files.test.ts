import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { runIngest } from '../../../src/cli/bars/ingest.js'
import { toDecimals } from '../../../src/domain/bars/decimals.js'
import { createPool, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import type { IngestResult } from '../../../src/services/bars/ingest-bars.js'
import { createRecordingTerminal } from '../../support/terminal.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'
import { REFUSED_FILES, VENDOR_FILES } from '../../support/vendor-files.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../..')
const data = path.resolve(root, '../shared/data')
// The vendors' files may not be redistributed, so a plain clone has none of them.
const withData = existsSync(data) ? describe : describe.skip

let platform: TestPlatform
beforeEach(async () => {
  platform = await createTestPlatform('2026-06-01T20:00:00+09:00')
})
afterEach(async () => {
  await platform.close()
})

interface Ingested {
  readonly code: 0 | 1
  readonly result: IngestResult
  readonly lines: readonly string[]
}

/** As the command line does it, and what the service says beside. */
async function ingest(name: string, symbol: string | undefined): Promise<Ingested> {
  const terminal = createRecordingTerminal()
  let result: IngestResult | undefined
  const code = await runIngest(
    async (request) => (result = await platform.services.ingestBars(request)),
    terminal,
    {
      file: path.join(data, name),
      reading: { symbol },
      skipInvalid: true,
      acceptAdjustments: false,
      signal: new AbortController().signal,
    },
  )
  if (result === undefined) throw new Error('the service was not called')
  return { code, result, lines: [...terminal.printed, ...terminal.notes] }
}

const count = (rows: number): string => rows.toLocaleString('en-US')

/** Rows a code, as docs/data-in.md writes them: `2 CLOSED_DAY, 31 CONTRADICTORY`, or 0. */
function byCode(rows: readonly { readonly row: number; readonly code: string }[]): string {
  const first = new Map(rows.toReversed().map(({ row, code }) => [row, code]))
  const codes = [...new Set(first.values())].sort()
  const of = (code: string): number => [...first.values()].filter((one) => one === code).length
  return codes.map((code) => `${count(of(code))} ${code}`).join(', ') || '0'
}

withData('real files, into an empty database (skipped where ../shared/data is absent)', () => {
  it.each(REFUSED_FILES)('$path stores nothing at all', async ({ path: name, says }) => {
    await expect(ingest(name, 'KOSPI')).rejects.toThrow(says)
    const pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 1 })
    const { rows } = await pool.query(
      'SELECT (SELECT count(*)::int FROM symbol) AS symbols, (SELECT count(*)::int FROM bar) AS bars, ' +
        '(SELECT count(*)::int FROM ingestion) AS ingestions',
    )
    await pool.end()
    expect(rows).toEqual([{ symbols: 0, bars: 0, ingestions: 0 }])
  })

  it.each(VENDOR_FILES)('of $path, the rows in docs/FORMATS.md are stored', async (expected) => {
    const { code, result } = await ingest(expected.path, expected.symbol)
    const flagged = result.flags.map(({ flag, rows }) => `${count(rows)} ${flag}`).join(', ') || '0'
    const became = [...[count(result.stored), flagged, byCode(result.droppedRows), byCode(result.problems)]]
    expect(became).toEqual(expected.became)
    expect(code).toBe(0)
    expect(result.stored + result.dropped + result.rejected).toBe(expected.rows)

    const [session, ...values] = expected.bar
    const symbol = expected.symbol ?? (expected.path.startsWith('index/') ? 'KOSPI' : '000040')
    const day = session as Session
    const range = { from: day, to: day }
    const { open, high, low, close, volume } = await platform.services.market.barSeries(symbol, range, 'DAY')
    const decimals = symbol === 'KOSPI' ? 2 : 0
    const prices = values.slice(0, 4).map((price) => [toDecimals(price, decimals)])
    // A day that was still going on is no bar.
    const stored = values[0] === 0 ? [[], [], [], [], []] : [...prices, [BigInt(values[4])]]
    expect([open, high, low, close, volume]).toEqual(stored)
  })

  it('detects the unadjusted history of another vendor despite wrong closes', async () => {
    await ingest('stocks/yahoo_005930.KS_2000-2022.csv', '005930')
    const { code, result, lines } = await ingest('stocks/kiwoom_005930_1985-2026.csv', '005930')
    expect(result.adjustments).toMatchObject([
      { firstSession: '2000-01-04', lastSession: '2016-04-18', bars: 3856, accepted: false },
    ])
    expect(result.adjustments[0]?.ratio).toBeCloseTo(50, 3)
    expect([code, result.stored, result.corrected]).toEqual([1, 0, 0])
    expect(lines.slice(-2).join(' ')).toBe(
      'Nothing of these symbols was stored. Replace their prices with --accept-adjustments.',
    )
  })
})
