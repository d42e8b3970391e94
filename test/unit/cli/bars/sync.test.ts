import { runSync } from '../../../../src/cli/bars/sync.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import type { SyncAttempt, SyncFailureCode } from '../../../../src/domain/bars/sync-attempt.js'
import type { SyncedSymbol } from '../../../../src/services/sync/sync-bars.js'
import { createRecordingTerminal } from '../../../support/terminal.js'

const DAY = '2024-07-10' as Session

function attempt(provider: string, errorCode: SyncFailureCode | null = null, errorMessage = ''): SyncAttempt {
  return {
    id: 1,
    symbol: 'KOSPI',
    provider,
    at: new Date(0),
    fromSession: DAY,
    toSession: DAY,
    status: errorCode === null ? 'STORED' : 'FAILED',
    receivedRows: 0,
    requests: 1,
    durationMs: 1,
    errorCode,
    errorMessage: errorCode === null ? null : errorMessage,
    ingestionId: null,
  }
}

function synced(change: Partial<SyncedSymbol>): SyncedSymbol {
  return {
    code: 'KOSPI',
    status: 'STORED',
    stored: 0,
    corrected: 0,
    unchanged: 0,
    dropped: 0,
    rejected: 0,
    problems: [],
    changes: [],
    adjustments: [],
    lastSession: DAY,
    upToDate: true,
    attempts: [attempt('yahoo')],
    ...change,
  }
}

const print = (...symbols: SyncedSymbol[]) => printed(symbols)

async function printed(
  symbols: readonly SyncedSymbol[],
  dryRun = false,
): Promise<{ code: number; out: string[]; notes: string[] }> {
  const terminal = createRecordingTerminal()
  const code = await runSync(
    ({ onSymbol }) => {
      for (const [at, symbol] of symbols.entries()) onSymbol?.(symbol, at + 1, symbols.length)
      return Promise.resolve({ toSession: DAY, symbols })
    },
    terminal,
    {
      symbols: undefined,
      full: false,
      acceptAdjustments: false,
      dryRun,
      signal: new AbortController().signal,
    },
  )
  return { code, out: terminal.printed, notes: terminal.notes }
}

const problem = (code: 'CONTRADICTORY' | 'BACK_ADJUSTMENT', row: number) => ({
  row,
  symbol: 'KOSPI',
  session: DAY,
  field: 'low' as const,
  value: '3',
  code,
  message: 'low 3 is above high 1, which cannot be, and this is said at length to fill a line',
})

describe('what kospigraph sync prints', () => {
  it('reports a back-adjustment once instead of for every row, with the way to accept it', async () => {
    const message =
      'its closes from 2024-06-26 to 2024-07-10 are the stored ones times 0.02; nothing of KOSPI was stored'
    const { code, out, notes } = await print(
      synced({
        status: 'FAILED',
        rejected: 11,
        attempts: [attempt('yahoo', 'BACK_ADJUSTMENT', message)],
        problems: Array.from({ length: 11 }, (_, row) => problem('BACK_ADJUSTMENT', row)),
      }),
    )
    expect(code).toBe(1)
    expect(out[0]).toBe('KOSPI   FAILED; last bar 2024-07-10')
    expect(notes).toEqual([
      '        yahoo BACK_ADJUSTMENT: its closes from 2024-06-26 to 2024-07-10 are the',
      '        stored ones times 0.02; nothing of KOSPI was stored',
      '  BACK_ADJUSTMENT: check that it split, then sync that symbol with',
      '  --accept-adjustments',
    ])
  })

  it('stays within 80 columns and shows the first five bad rows', async () => {
    const { code, out, notes } = await print(
      synced({
        stored: 123_456,
        corrected: 23_456,
        dropped: 12_345,
        rejected: 1_234,
        upToDate: false,
        attempts: [attempt('csv'), attempt('yahoo'), attempt('naver', 'TIMEOUT', 'word '.repeat(40).trim())],
        problems: Array.from({ length: 20 }, (_, row) => problem('CONTRADICTORY', row)),
      }),
    )
    expect(code).toBe(0)
    expect(out).toEqual([
      'KOSPI   csv+yahoo: 123,456 new, 23,456 corrected, 12,345 dropped, 1,234',
      '        rejected; last bar 2024-07-10, not the newest',
      expect.stringMatching(
        /^ {2}1 symbol to 2024-07-10 in 0\.\d s: 123,456 new, 23,456 corrected, 1 behind, 0$/,
      ),
      '  failed.',
    ])
    for (const line of [...out, ...notes]) expect(line.length).toBeLessThanOrEqual(80)
    expect(notes.filter((line) => line.includes('CONTRADICTORY'))).toHaveLength(5)
    expect(notes).toContain('        … the first 5 problems are shown; all are kept')
    expect(notes.at(-1)).toBe('  Bars of the newest session may still come: sync again later.')
  })

  it('shows what a dry run would change: corrections before new bars, then adjustments', async () => {
    const values = { open: 10, high: 12, low: 9, close: 11, volume: 500n }
    const change = { ...values, symbol: 'KOSPI', session: DAY }
    const adjustment = {
      symbol: 'KOSPI',
      ratio: 0.02,
      firstSession: '2024-06-26',
      lastSession: DAY,
      bars: 11,
      barsBefore: 0,
      accepted: true,
    }
    const symbol = synced({
      stored: 3,
      corrected: 1,
      changes: [
        { ...change, before: null },
        { ...change, session: '2024-07-09' as Session, before: { ...values, low: 8, volume: 400n } },
      ],
      adjustments: [adjustment],
    })
    const { out, notes } = await printed([symbol], true)
    expect(out).toEqual(
      expect.arrayContaining([
        '        2024-07-09 corrected: low 8 → 9, volume 400 → 500',
        '        2024-07-10 new: close 11, volume 500',
        '        … and 2 more',
        '        adjustment: 11 bars from 2024-06-26 to 2024-07-10 times 0.02',
      ]),
    )
    expect(notes.join(' ')).toMatch(/This was a dry run: nothing was stored\./)
    expect((await printed([symbol])).out.join(' ')).not.toMatch(/corrected: low/)
  })
})
