import { tickSize } from '../../../../src/domain/bars/tick-size.js'
import type { TickTable } from '../../../../src/domain/bars/tick-size.js'
import type { Session } from '../../../../src/domain/calendar/session.js'

/** Price and tick at both sides of every border: the last price below it, the first one on it. */
type Borders = readonly (readonly [price: number, tick: number])[]

const TO_50_000: Borders = [
  [4_999, 5],
  [5_000, 10],
  [9_999, 10],
  [10_000, 50],
  [49_999, 50],
  [50_000, 100],
]
const BELOW_1_000: Borders = [
  [1, 1],
  [999, 1],
  [1_000, 5],
]
const ABOVE_KOSPI: Borders = [
  [99_999, 100],
  [100_000, 500],
  [499_999, 500],
  [500_000, 1_000],
  [2_650_000, 1_000],
]
const ABOVE_KOSDAQ: Borders = [
  [100_000, 100],
  [500_000, 100],
]
const UNIFIED: Borders = [
  [1, 1],
  [1_000, 1],
  [1_999.99, 1],
  [2_000, 5],
  [4_999, 5],
  [5_000, 10],
  [10_000, 10],
  [19_999, 10],
  [20_000, 50],
  [49_999, 50],
  [50_000, 100],
  [100_000, 100],
  [199_999, 100],
  [200_000, 500],
  [499_999, 500],
  [500_000, 1_000],
]

const REGIMES: readonly (readonly [TickTable, from: string, to: string, Borders])[] = [
  ['KOSPI', '1999-01-04', '2010-10-01', [[1, 5], [999, 5], [1_000, 5], ...TO_50_000, ...ABOVE_KOSPI]],
  ['KOSPI', '2010-10-04', '2023-01-20', [...BELOW_1_000, ...TO_50_000, ...ABOVE_KOSPI]],
  ['KOSPI', '2023-01-25', '2026-11-27', UNIFIED],
  ['KOSDAQ', '2003-07-21', '2010-10-01', [[1, 5], [999, 5], ...TO_50_000, ...ABOVE_KOSDAQ]],
  ['KOSDAQ', '2010-10-04', '2023-01-20', [...BELOW_1_000, ...TO_50_000, ...ABOVE_KOSDAQ]],
  ['KOSDAQ', '2023-01-25', '2026-11-27', UNIFIED],
  [
    'FUND',
    '2002-10-14',
    '2023-12-08',
    [
      [100, 5],
      [1_999, 5],
      [2_000, 5],
      [120_000, 5],
    ],
  ],
  [
    'FUND',
    '2023-12-11',
    '2026-11-27',
    [
      [100, 1],
      [1_999, 1],
      [2_000, 5],
      [120_000, 5],
    ],
  ],
]

describe('the tick size', () => {
  it.each(REGIMES)('of %s from %s to %s is the one of its price band', (table, from, to, borders) => {
    for (const session of [from, to]) {
      const ticks = borders.map(([price]) => [price, tickSize(table, session as Session, price)])
      expect(ticks).toEqual(borders)
    }
  })

  it.each([
    ['KOSPI', '1998-12-30'],
    ['KOSDAQ', '2003-07-18'],
  ] as const)('of %s on %s is not known', (table, session) => {
    expect(tickSize(table, session as Session, 10_000)).toBeUndefined()
  })
})
