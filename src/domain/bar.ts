/** Bars: one session's open, high, low, close and volume. */
import type { Session } from './session.js'

/** Quality flags; the position in this list is the bit in storage, so the order never changes. */
export const BAR_FLAGS = ['HALT'] as const
export type BarFlag = (typeof BAR_FLAGS)[number]

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

/** A bar with its place in the history of knowledge. */
export interface StoredBar extends Bar {
  readonly source: string
  /** RFC 3339, UTC. */
  readonly knownAt: string
  readonly dataVersion: number
}

/** Bars as columns of one length, in session order: what charts and the ML side read. */
export interface BarColumns {
  readonly sessions: readonly Session[]
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  /** Exact: the KOSPI's daily share count stays far below 2^53. */
  readonly volume: Float64Array
}

export function flagBit(flag: BarFlag): number {
  return 1 << BAR_FLAGS.indexOf(flag)
}

export function flagsOf(bits: number): BarFlag[] {
  return BAR_FLAGS.filter((_, bit) => (bits & (1 << bit)) !== 0)
}
