/** Bars: open, high, low, close and volume of one session. */
import type { Session } from '../calendar/session.js'
import type { PriceBasis } from './price-basis.js'

/**
 * Quality flags. The position in this list is the bit in storage, so the order never changes. `bar-check.ts` sets and
 * explains HALT, NO_VOLUME, UNCHECKED, ROUNDED and OFF_TICK; `bar-flagging.ts` sets and explains LIMIT, OUTLIER
 * and BREAK.
 */
export const BAR_FLAGS = [
  'HALT',
  'LIMIT',
  'OUTLIER',
  'NO_VOLUME',
  'UNCHECKED',
  'ROUNDED',
  'BREAK',
  'OFF_TICK',
] as const
export type BarFlag = (typeof BAR_FLAGS)[number]

/** `low` ≤ `open`, `close` ≤ `high`, except that a ROUNDED bar may contradict this by one unit of its decimals. */
export interface Bar {
  readonly session: Session
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** Shares traded. */
  readonly volume: bigint
  /** Bit set of {@link BAR_FLAGS}. */
  readonly flags: number
}

export const INTERVALS = ['DAY', 'WEEK', 'MONTH'] as const
export type Interval = (typeof INTERVALS)[number]

/**
 * A stored daily bar, or a weekly or monthly bar aggregated from stored ones: first open, highest high, lowest low, last
 * close, summed volume, union of flags.
 */
export interface StoredBar {
  /** The first date of the interval: the session itself for a day, a Monday for a week, the 1st for a month. */
  readonly period: Session
  /** The last session in it. */
  readonly session: Session
  readonly firstSession: Session
  readonly sessions: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: bigint
  readonly flags: number
  /** Source of its newest values, as `source:label`. */
  readonly source: string
  readonly knownAt: Date
  readonly dataVersion: number
  /** Of its newest values. */
  readonly basis: PriceBasis
}

export const BAR_COLUMNS = ['open', 'high', 'low', 'close', 'volume'] as const
export type BarColumn = (typeof BAR_COLUMNS)[number]

/** Bars as columns of equal length, in session order; charts and `ml/` read them. */
export interface BarColumns {
  readonly sessions: readonly Session[]
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  /** Exact: the KOSPI's daily share count stays far below 2^53. */
  readonly volume: Float64Array
  /** Indexes of the bars whose volume covers other hours than that of the bar before; absent where there is none. */
  readonly volumeBreaks?: readonly number[]
}

export function flagBit(flag: BarFlag): number {
  return 1 << BAR_FLAGS.indexOf(flag)
}

export function flagsOf(bits: number): BarFlag[] {
  return BAR_FLAGS.filter((_, bit) => (bits & (1 << bit)) !== 0)
}
