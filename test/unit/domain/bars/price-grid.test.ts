import { priceGridOf, priceStep, toPriceGrid } from '../../../../src/domain/bars/price-grid.js'
import type { PriceGrid } from '../../../../src/domain/bars/price-grid.js'
import { createCalendar } from '../../../../src/domain/calendar/calendar.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import type { Market } from '../../../../src/domain/symbol.js'

const calendar = createCalendar()

/** Closes of the sessions up to one, the last of them on it. */
function bars(last: string, close: readonly number[]) {
  const sessions: Session[] = [last as Session]
  while (sessions.length < close.length) sessions.unshift(calendar.previousSession(sessions[0] as Session))
  return { sessions, close }
}
const share = (market: Market | null) => ({ kind: 'COMMON_SHARE', market, decimals: 0 }) as const
const steps = (from: number, step: number, count = 20): number[] =>
  Array.from({ length: count }, (_, at) => from + at * step)

describe('the grid of a symbol', () => {
  it.each([
    ['2024-07-10', 'KOSPI', steps(60_000, 100), 'KOSPI'],
    ['2024-07-10', null, steps(60_000, 100), 'KOSPI'],
    ['2024-07-10', 'KONEX', steps(6_000, 10), 'KOSDAQ'],
    // A dear share of the KOSDAQ had a finer tick.
    ['2022-07-08', 'KOSDAQ', steps(120_000, 100), 'KOSDAQ'],
    ['2022-07-08', null, steps(120_000, 100), 'KOSDAQ'],
    ['2022-07-08', 'KOSPI', steps(120_000, 500), 'KOSPI'],
    // A fund's.
    ['2024-07-10', null, steps(35_005, 15), 'FUND'],
  ] as const)('on %s of a share of %s is read from its closes', (last, market, close, tickTable) => {
    expect(priceGridOf(share(market), bars(last, close))).toEqual({ tickTable, decimals: 0 })
  })

  it('looks at each close under the table of its own session', () => {
    // From 2023-01-25 on, closes above 10,000 are on tens; before, on fifties.
    const close = [...steps(12_000, 50, 18), 12_010, 12_020]
    expect(priceGridOf(share('KOSDAQ'), bars('2023-01-26', close)).tickTable).toBe('KOSDAQ')
    expect(priceGridOf(share('KOSDAQ'), bars('2023-01-25', close)).tickTable).toBeNull()
  })

  it.each([
    ['an adjusted price among the newest 20', share('KOSPI'), [...steps(60_000, 100, 19), 60_052]],
    ['too few closes', share('KOSPI'), steps(60_000, 100, 19)],
    ['an index', { kind: 'INDEX', market: 'KOSPI', decimals: 2 } as const, steps(2_500, 5)],
  ])('has no ticks with %s', (_, symbol, close) => {
    const grid = priceGridOf(symbol, bars('2024-07-10', close))
    expect(grid).toEqual({ tickTable: null, decimals: symbol.decimals })
  })

  it('ignores closes before the newest 20', () => {
    const close = [60_052, ...steps(60_000, 100)]
    expect(priceGridOf(share('KOSPI'), bars('2024-07-10', close)).tickTable).toBe('KOSPI')
  })
})

describe('a price on the grid', () => {
  const ticks: PriceGrid = { tickTable: 'KOSPI', decimals: 0 }
  const won: PriceGrid = { tickTable: null, decimals: 0 }
  const hundredths: PriceGrid = { tickTable: null, decimals: 2 }
  const session = '2024-07-10' as Session

  it.each([
    // Of a border, both sides lie on the coarser tick too.
    [ticks, 20_451.749680571873, 20_450, 20_450, 20_500],
    [ticks, 1_999.6, 1_999, 2_000, 2_000],
    [ticks, 4_997.4, 4_995, 4_995, 5_000],
    [ticks, 49_975, 49_950, 50_000, 50_000],
    [ticks, 199_949.9, 199_900, 199_900, 200_000],
    [ticks, 20_450, 20_450, 20_450, 20_450],
    [won, 20_451.749680571873, 20_451, 20_452, 20_452],
    [hundredths, 2432.29, 2432.29, 2432.29, 2432.29],
    [hundredths, 5459.448126847225, 5459.44, 5459.45, 5459.45],
    // A price is never 0, but a prediction may be negative.
    [ticks, 0.2, 1, 1, 1],
    [hundredths, 0.001, 0.01, 0.01, 0.01],
    [ticks, -3.4, -4, -3, -3],
  ])('%j: %d is moved down to %d, to the nearest %d, and up to %d', (grid, price, down, nearest, up) => {
    const moved = (['DOWN', 'NEAREST', 'UP'] as const).map((rounding) =>
      toPriceGrid(grid, session, price, rounding),
    )
    expect(moved).toEqual([down, nearest, up])
  })

  it('has the ticks of the session', () => {
    expect(toPriceGrid(ticks, '2022-07-08' as Session, 166_666, 'NEAREST')).toBe(166_500)
    expect(toPriceGrid(ticks, '2023-01-25' as Session, 166_666, 'NEAREST')).toBe(166_700)
    expect(toPriceGrid(ticks, '1998-07-08' as Session, 166_666.4, 'NEAREST')).toBe(166_666)
  })

  it('lies one step from the next', () => {
    expect(priceStep(ticks, session, 20_450)).toBe(50)
    expect(priceStep(won, session, 20_450)).toBe(1)
    expect(priceStep(hundredths, session, 2_500)).toBe(0.01)
  })
})
