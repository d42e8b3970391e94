import { runData } from '../../../../src/cli/bars/data.js'
import { createCalendar } from '../../../../src/domain/calendar/calendar.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import type { MarketData, DataSummary } from '../../../../src/services/bars/market-data.js'
import { createRecordingTerminal } from '../../../support/terminal.js'

const SESSIONS = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-10'] as Session[]

const SUMMARY: DataSummary = {
  symbol: {
    id: 1,
    code: 'KOSPI',
    name: 'KOSPI Composite Index',
    kind: 'INDEX',
    market: 'KOSPI',
    nameKo: null,
    nameEn: null,
    isin: null,
    sector: null,
    listedOn: null,
    delistedOn: null,
    currency: 'KRW',
    decimals: 2,
    simulated: false,
    dataVersion: 4,
    closeBasis: null,
    volumeBasis: null,
  },
  rows: 7_213,
  firstSession: '1996-12-11' as Session,
  lastSession: '2026-03-27' as Session,
  columns: [
    { column: 'close', count: 7_213, nulls: 0, min: 280, max: 6_307.27, mean: 1_715.456, std: null },
    { column: 'volume', count: 7_213, nulls: 0, min: 0, max: 2 ** 45, mean: 3.5e9, std: 1.2e10 },
  ],
  flags: [
    { flag: 'HALT', rows: 0 },
    { flag: 'OUTLIER', rows: 8 },
  ],
  missingCount: 1_204,
  missingSessions: SESSIONS,
  uncheckedRows: 501,
  excluded: [{ outcome: 'DROPPED', code: 'NULL_ROW', rows: 149 }],
  revisions: [{ reason: 'CORRECTED', rows: 3_587 }],
  sources: [
    {
      source: `FILE:${'x'.repeat(100)}.csv`,
      rows: 7_213,
      firstSession: '1996-12-11' as Session,
      lastSession: '2026-03-27' as Session,
    },
  ],
  bases: [
    {
      closeBasis: 'REGULAR',
      volumeBasis: 'REGULAR',
      adjustment: 'SPLIT_ADJUSTED',
      rows: 7_213,
      firstSession: '1996-12-11' as Session,
      lastSession: '2026-03-27' as Session,
    },
  ],
}

async function printed(summary: DataSummary): Promise<string[]> {
  const terminal = createRecordingTerminal()
  const market = { dataSummary: () => Promise.resolve(summary) } as unknown as MarketData
  await runData({ market, calendar: createCalendar() }, terminal, { symbol: 'KOSPI' })
  return terminal.printed
}

describe('kospigraph data', () => {
  it('reports in 80 columns what is stored, missing, replaced and left out', async () => {
    const lines = await printed(SUMMARY)
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    const text = lines.join('\n')
    expect(text).toContain('KOSPI Composite Index, index: 7,213 bars, 1996-12-11 to 2026-03-27')
    expect(text).toMatch(/close +7,213 +0 +280\.00 +6,307\.27 +1,715\.46 +-\n/)
    expect(text).toMatch(/volume +7,213 +0 +0 +35\.18T +3\.5B +12B\n/)
    expect(text).toContain(
      '1,204 sessions are missing:\n  2024-01-02 to 2024-01-04, 2024-01-10, and 1,200 more\n501 bars lie before 1999',
    )
    expect(text).toMatch(/Flags\n {2}OUTLIER +8\n/)
    expect(text).not.toContain('HALT')
    expect(text).toMatch(/NULL_ROW +149 +dropped\n/)
    expect(text).toMatch(/CORRECTED +3,587\n/)
    expect(text).toMatch(/Sources\n {2}FILE:x+… +7,213 +1996-12-11 to 2026-03-27$/)
  })

  it('leaves out what there is none of', async () => {
    const lines = await printed({
      ...SUMMARY,
      missingCount: 0,
      missingSessions: [],
      uncheckedRows: 0,
      excluded: [],
      revisions: [],
      flags: [],
    })
    expect(lines.join('\n')).toMatch(
      /No session is missing between the first and the last bar\.\nHours of close and volume, .*\n.*\nSources\n/,
    )
  })
})
