/**
 * Tick sizes: the step between neighbouring prices that the exchange accepts, by market, date and price. Regimes, and
 * where they were announced:
 *
 * - 2023-01-25: one table for KOSPI, KOSDAQ and KONEX (KRX; Yonhap and Korea Economic Daily, 2023-01-17).
 * - 2010-10-04: 1 won below 1,000 won, on both markets (Korea Economic Daily, 2010-07-30).
 * - Before, KOSPI: 5 won for everything below 5,000 (same article). Its start is not on record here: the table of
 *   1995-04-01 was coarser (Korea Economic Daily, 1994-12-30), and Samsung's closes show the step of 50 from 1998-06-17.
 *   It is used from 1999, the first year of the calendar.
 * - 2003-07-21, KOSDAQ: 5 won below 5,000, and one tick of 100 from 50,000 (Dong-A Ilbo, 2003-05-29). The start of the
 *   table before it is unknown, so earlier sessions of the KOSDAQ have no tick here.
 * - Funds and notes (ETF, ETN): 5 won; 1 won below 2,000 since December 2023 (announced on 2023-10-05; newspapers
 *   differ on the day).
 */
import type { Session } from '../calendar/session.js'

/** KONEX has the table of the KOSDAQ. */
export const TICK_TABLES = ['KOSPI', 'KOSDAQ', 'FUND'] as const
export type TickTable = (typeof TICK_TABLES)[number]

/** Ticks of prices below a bound, the lowest bound first; the last bound is Infinity. */
type Bands = readonly (readonly [below: number, tick: number])[]

interface Regime {
  readonly from: string
  readonly bands: Bands
}

const UNIFIED: Bands = [
  [2_000, 1],
  [5_000, 5],
  [20_000, 10],
  [50_000, 50],
  [200_000, 100],
  [500_000, 500],
  [Infinity, 1_000],
]
const TO_50_000: Bands = [
  [5_000, 5],
  [10_000, 10],
  [50_000, 50],
]
const ABOVE_50_000: Bands = [
  [100_000, 100],
  [500_000, 500],
  [Infinity, 1_000],
]

/** Newest first. */
const REGIMES: Readonly<Record<TickTable, readonly Regime[]>> = {
  KOSPI: [
    { from: '2023-01-25', bands: UNIFIED },
    { from: '2010-10-04', bands: [[1_000, 1], ...TO_50_000, ...ABOVE_50_000] },
    { from: '1999-01-01', bands: [...TO_50_000, ...ABOVE_50_000] },
  ],
  KOSDAQ: [
    { from: '2023-01-25', bands: UNIFIED },
    { from: '2010-10-04', bands: [[1_000, 1], ...TO_50_000, [Infinity, 100]] },
    { from: '2003-07-21', bands: [...TO_50_000, [Infinity, 100]] },
  ],
  FUND: [
    {
      from: '2023-12-11',
      bands: [
        [2_000, 1],
        [Infinity, 5],
      ],
    },
    { from: '1999-01-01', bands: [[Infinity, 5]] },
  ],
}

/** @returns the tick in won at a price; undefined where the table of that session is not known */
export function tickSize(table: TickTable, session: Session, price: number): number | undefined {
  const regime = REGIMES[table].find(({ from }) => session >= from)
  return regime?.bands.find(([below]) => price < below)?.[1]
}
