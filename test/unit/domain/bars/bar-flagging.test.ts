import { createBarFlagging } from '../../../../src/domain/bars/bar-flagging.js'
import { flagsOf } from '../../../../src/domain/bars/bar.js'
import { addDays } from '../../../../src/domain/calendar/session.js'
import type { Session } from '../../../../src/domain/calendar/session.js'

/** Forty calm bars, one a day, then what is given; the flags of that. */
function after(
  next: { close?: number; volume?: number; daysLater?: number },
  { from = '2020-01-01', bars = 40, swing = 0.01 } = {},
): string[] {
  const judge = createBarFlagging()
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
    expect(after({ close: 1_400 })).toEqual(['LIMIT'])
    expect(after({ close: 650 })).toEqual(['LIMIT'])
    expect(after({ close: 1_250 }, { from: '2010-01-01' })).toEqual(['LIMIT'])
    expect(after({ close: 1_250 }, { from: '2020-01-01', swing: 0.05 })).toEqual([])
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
