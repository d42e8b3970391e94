/**
 * Detects back-adjustments. After a split, vendors divide all earlier prices, so the closes of a new file are the stored
 * ones times one ratio. After a second split there are two ratios, each up to its own date. Only at its end can such a
 * file still agree with the stored closes.
 */
import type { Session } from '../calendar/session.js'

/** Sessions in a row that make a step; fewer are corrections. */
const MIN_SESSIONS = 3
/** Share of sessions that may fit no step: two vendors' histories of one share from 2000 to 2018 differed in 4 %. */
const MAX_STRAYS_PERCENT = 10

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
  /** Number of sessions up to `last` that are in no stretch. */
  strays: number
}

/** @param unit one unit of the last stored decimal of a close: 1 for shares, 0.01 for an index */
export function createBackAdjustmentDetector(unit: number): BackAdjustmentDetector {
  // Either close may be rounded by half a unit; slightly more, because of binary fractions.
  const half = 0.5000001 * unit
  const done: Stretch[] = []
  let current: Stretch | undefined
  /** Sessions in a row that do not fit the current stretch; enough of them become the next one. */
  let next: Stretch | undefined
  let strays = 0
  return {
    see(session, given, kept) {
      const low = (given - half) / (kept + half)
      const high = (given + half) / (kept - half)
      const one = { low, high, given, kept, first: session, last: session, sessions: 1, strays: 0 }
      if (current !== undefined && explains(current, one)) {
        strays += next?.sessions ?? 0
        next = undefined
        extend(current, one, strays)
        return
      }
      if (next !== undefined && explains(next, one)) extend(next, one, strays)
      else {
        strays += next?.sessions ?? 0
        next = { ...one, strays }
      }
      if (next.sessions < MIN_SESSIONS) return
      if (current !== undefined) done.push(current)
      current = next
      next = undefined
    },

    steps() {
      const stretches = current === undefined ? done : [...done, current]
      const adjusted = stretches.filter((stretch) => stretch.low > 1 || stretch.high < 1)
      const newest = adjusted.at(-1)
      if (newest === undefined || stretches[adjusted.length - 1] !== newest) return []
      const sessions = adjusted.reduce((sum, stretch) => sum + stretch.sessions, newest.strays)
      if (newest.strays * 100 > sessions * MAX_STRAYS_PERCENT) return []
      return adjusted.map(({ given, kept, first, last, sessions: count }) => ({
        ratio: given / kept,
        firstSession: first,
        lastSession: last,
        sessions: count,
      }))
    },
  }
}

function explains({ low, high }: Stretch, one: Stretch): boolean {
  return one.low <= high && low <= one.high
}

function extend(stretch: Stretch, one: Stretch, strays: number): void {
  stretch.low = Math.max(stretch.low, one.low)
  stretch.high = Math.min(stretch.high, one.high)
  stretch.given += one.given
  stretch.kept += one.kept
  stretch.last = one.last
  stretch.sessions += 1
  stretch.strays = strays
}
