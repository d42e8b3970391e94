/**
 * Detects back-adjustments: runs of sessions whose new closes are the stored ones times one ratio. After a split, vendors
 * divide all earlier prices; after a second split there are two ratios, each up to its own date.
 *
 * Any such run counts, wherever it lies. A vendor that rescales its newest bars, or the whole overlap, or a stretch in the
 * middle, does not correct single prices either: storing the run as corrections would leave a jump at its ends, and
 * model versions fitted on the old prices unmarked.
 */
import type { Session } from '../calendar/session.js'

/** Sessions in a row that make a step; fewer are corrections. */
const MIN_SESSIONS = 3

/** A run of sessions whose new closes are the stored ones times one ratio. */
export interface AdjustmentStep {
  /** New close over stored close; differs from 1 by more than rounding explains. */
  readonly ratio: number
  readonly firstSession: Session
  readonly lastSession: Session
  readonly sessions: number
}

export interface BackAdjustmentDetector {
  /** Adds the delivered and the stored close of a session; called in session order. */
  see(session: Session, given: number, kept: number): void
  /** The steps of the back-adjustment, oldest first; empty where there is none. */
  steps(): readonly AdjustmentStep[]
}

interface Stretch {
  /** Smallest and largest ratio that explain all its closes. */
  low: number
  high: number
  given: number
  kept: number
  readonly first: Session
  last: Session
  sessions: number
}

/** @param unit one unit of the last stored decimal of a close: 1 for shares, 0.01 for an index */
export function createBackAdjustmentDetector(unit: number): BackAdjustmentDetector {
  // Either close may be rounded by half a unit; slightly more, because of binary fractions.
  const half = 0.5000001 * unit
  const done: Stretch[] = []
  let current: Stretch | undefined
  /** Sessions in a row that do not fit the current stretch; enough of them become the next one. */
  let next: Stretch | undefined
  return {
    see(session, given, kept) {
      const low = (given - half) / (kept + half)
      const high = (given + half) / (kept - half)
      const one = { low, high, given, kept, first: session, last: session, sessions: 1 }
      if (current !== undefined && explains(current, one)) {
        next = undefined
        extend(current, one)
        return
      }
      if (next !== undefined && explains(next, one)) extend(next, one)
      else next = one
      if (next.sessions < MIN_SESSIONS) return
      if (current !== undefined) done.push(current)
      current = next
      next = undefined
    },

    steps() {
      const stretches = current === undefined ? done : [...done, current]
      return stretches
        .filter((stretch) => stretch.low > 1 || stretch.high < 1)
        .map(({ given, kept, first, last, sessions }) => ({
          ratio: given / kept,
          firstSession: first,
          lastSession: last,
          sessions,
        }))
    },
  }
}

function explains({ low, high }: Stretch, one: Stretch): boolean {
  return one.low <= high && low <= one.high
}

function extend(stretch: Stretch, one: Stretch): void {
  stretch.low = Math.max(stretch.low, one.low)
  stretch.high = Math.min(stretch.high, one.high)
  stretch.given += one.given
  stretch.kept += one.kept
  stretch.last = one.last
  stretch.sessions += 1
}
