import { areOffTick } from '../../../../src/domain/bars/off-tick.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import { defineSymbol } from '../../../../src/domain/symbol.js'

const SAMSUNG = { ...defineSymbol('005930'), kind: 'COMMON_SHARE', market: 'KOSPI' } as const
const bar = (session: string, change: object = {}) => ({
  open: 253_000,
  high: 254_000,
  low: 252_500,
  close: 253_500,
  session: session as Session,
  ...change,
})

describe('a price beside the ticks', () => {
  it('is found in open and close, and in high and low before orders at the middle price', () => {
    expect(areOffTick(bar('2026-09-17', { close: 253_250 }), SAMSUNG)).toBe(true)
    expect(areOffTick(bar('2026-09-17', { open: 253_250 }), SAMSUNG)).toBe(true)
    expect(areOffTick(bar('2025-02-28', { high: 254_250 }), SAMSUNG)).toBe(true)
    expect(areOffTick(bar('2026-09-17', { high: 254_100 }), SAMSUNG)).toBe(true)
  })

  it('is no high or low on half a tick since 2025-03-04', () => {
    expect(areOffTick(bar('2025-03-04', { high: 254_250, low: 252_250 }), SAMSUNG)).toBe(false)
    expect(areOffTick(bar('2026-09-17'), SAMSUNG)).toBe(false)
  })
})
