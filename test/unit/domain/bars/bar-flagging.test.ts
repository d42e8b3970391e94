import { createBarFlagging } from '../../../../src/domain/bars/bar-flagging.js'
import { flagsOf } from '../../../../src/domain/bars/bar.js'
import { addDays } from '../../../../src/domain/calendar/session.js'
import type { SymbolKind } from '../../../../src/domain/symbol.js'
import type { Session } from '../../../../src/domain/calendar/session.js'

/** Forty calm bars, one a day, then what is given; the flags of that. */
function after(
  next: { close?: number; volume?: number; daysLater?: number },
  {
    from = '2020-01-01',
    bars = 40,
    swing = 0.01,
    kind = 'UNKNOWN',
  }: { from?: string; bars?: number; swing?: number; kind?: SymbolKind } = {},
): string[] {
  const judge = createBarFlagging({ kind, decimals: 0, actions: [] })
  let session = from as Session
  for (let i = 0; i < bars; i++) {
    judge(session, 1_000 * (1 + (i % 2) * swing), 1_000_000)
    session = addDays(session, 1)
  }
  const { close = 1_000, volume = 1_000_000, daysLater = 1 } = next
  return flagsOf(judge(addDays(session, daysLater - 1), close, volume))
}

describe('flagging a bar by its neighbours', () => {
  it('flags a move beyond the daily limit of its day', () => {
    expect(after({ close: 1_400 })).toEqual(['LIMIT', 'BREAK'])
    expect(after({ close: 650 })).toEqual(['LIMIT', 'BREAK'])
    expect(after({ close: 1_250 }, { from: '2010-01-01' })).toEqual(['LIMIT', 'BREAK'])
    expect(after({ close: 1_250 }, { from: '2020-01-01', swing: 0.05 })).toEqual([])
  })

  it('breaks the series of an ETF or ETN only beyond twice the limit', () => {
    expect(after({ close: 1_550 }, { kind: 'ETF' })).toEqual(['LIMIT'])
    expect(after({ close: 450 }, { kind: 'ETN' })).toEqual(['LIMIT'])
    expect(after({ close: 1_650 }, { kind: 'ETF' })).toEqual(['LIMIT', 'BREAK'])
  })

  it('breaks the series over a gap only beyond the limit compounded over the weekdays between', () => {
    expect(after({ close: 2_000, daysLater: 12 })).toEqual([])
    expect(after({ close: 9_000, daysLater: 12 })).toEqual(['BREAK'])
    expect(after({ close: 20_000, daysLater: 400 })).toEqual(['BREAK'])
  })

  it('flags no move over a gap, and none before the known limits', () => {
    expect(after({ close: 1_400, daysLater: 12 })).toEqual([])
    expect(after({ close: 1_400 }, { from: '1990-01-01', swing: 0.05 })).toEqual([])
  })

  it('flags a move ten times the usual one, where enough bars are known', () => {
    expect(after({ close: 1_120 })).toEqual(['OUTLIER'])
    expect(after({ close: 1_120 }, { swing: 0.02 })).toEqual([])
    expect(after({ close: 1_095 })).toEqual([])
    expect(after({ close: 1_120 }, { bars: 10 })).toEqual([])
  })

  it('flags a volume in thousands among volumes in shares, and none that is merely low or missing', () => {
    expect(after({ volume: 1_000 })).toEqual(['OUTLIER'])
    expect(after({ volume: 1_000_000_000 })).toEqual(['OUTLIER'])
    expect(after({ volume: 20_000 })).toEqual([])
    expect(after({ volume: 0 })).toEqual([])
  })
})
