import { createBarCheck } from '../../../src/domain/bars/bar-check.js'
import { createCalendar } from '../../../src/domain/calendar/calendar.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import { simulateMarket } from '../../../src/market/simulator.js'

const last = '2024-07-10' as Session
const calendar = createCalendar()
const checkBar = createBarCheck(calendar, last)
const text = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}` : v))

describe('the simulated market', () => {
  it('is the same for the same seed and another for another', () => {
    const market = text(simulateMarket({ calendar, seed: 1, sessions: 50, last }))
    expect(text(simulateMarket({ calendar, seed: 1, sessions: 50, last }))).toBe(market)
    expect(text(simulateMarket({ calendar, seed: 2, sessions: 50, last }))).not.toBe(market)
  })

  it('makes bars that the checks accept, one for each session up to the last', () => {
    for (const { definition, bars } of simulateMarket({ calendar, seed: 1, sessions: 500, last })) {
      expect(definition.simulated).toBe(true)
      expect(bars).toHaveLength(500)
      expect(bars.at(-1)?.session).toBe(last)
      expect(bars.every((bar) => calendar.isSession(bar.session))).toBe(true)
      const checked = bars.map((bar, index) =>
        checkBar({ ...bar, row: index + 1, symbol: definition.code }, definition),
      )
      expect(checked.filter((result) => result.kind !== 'bar')).toEqual([])
    }
  })

  it('has one share that swings back for a while, whatever its length, and symbols that do not', () => {
    // Sessions before the last one: the swings of SIM003 lie between 100 and 34.
    const turns = (code: string, from: number, to: number): number => {
      const found = simulateMarket({ calendar, seed: 1, sessions: 300, last }).find(
        ({ definition }) => definition.code === code,
      )
      const closes = found?.bars.map(({ close }) => close) ?? []
      const rises = closes.slice(1).map((close, place) => close > (closes[place] ?? Number.NaN))
      const span = rises.slice(rises.length - from, rises.length - to)
      return span.slice(1).filter((rise, place) => rise !== span[place]).length / (span.length - 1)
    }
    expect(turns('SIM003', 100, 34)).toBeGreaterThan(0.8)
    expect(turns('SIM003', 34, 0)).toBeLessThan(0.4)
    for (const code of ['SIM001', 'SIM002']) expect(turns(code, 100, 34)).toBeLessThan(0.7)
  })

  it('has the fat tails and clustered volatility of a market', () => {
    const [index] = simulateMarket({ calendar, seed: 1, sessions: 2_000, last })
    const closes = index?.bars.map((bar) => bar.close) ?? []
    const returns = closes.slice(1).map((close, i) => close / (closes[i] ?? Number.NaN) - 1)
    const moment = (power: number): number => returns.reduce((sum, r) => sum + r ** power, 0) / returns.length
    const kurtosis = moment(4) / moment(2) ** 2
    expect(kurtosis).toBeGreaterThan(3.2)
    const squares = returns.map((r) => r ** 2 - moment(2))
    const lagged = squares.slice(1).reduce((sum, s, i) => sum + s * (squares[i] ?? 0), 0)
    expect(lagged / squares.reduce((sum, s) => sum + s * s, 0)).toBeGreaterThan(0.03)
  })
})
