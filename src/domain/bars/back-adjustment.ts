/**
 * Recognising back-adjustments: after a split, vendors divide all prices before it, and a file with such prices says
 * of every old session something else than is stored. Its closes are the stored ones times one ratio; after a second
 * split there are two, each up to its own date. Where the file still agrees with what is stored, it does so at the end.
 */
import type { Session } from '../calendar/session.js'

/** Fewer sessions in a row are corrections, not a step. */
const MIN_SESSIONS = 3
/** Of a hundred sessions, this many may fit no step: two histories of one share from 2000 to 2018 disagreed in 4. */
const MAX_STRAYS_PERCENT = 10

/** One stretch of sessions whose new closes are the stored ones times one ratio. */
export interface AdjustmentStep {
  /** New close over stored close, never 1 within what rounding explains. */
  readonly ratio: number
  readonly firstSession: Session
  readonly lastSession: Session
  readonly sessions: number
}

export interface BackAdjustmentDetector {
  /** The closes that a delivery and the store have for one session, in the order of sessions. */
  see(session: Session, given: number, kept: number): void
  /** The steps of a back-adjustment, oldest first; none where it is none. */
  steps(): readonly AdjustmentStep[]
}

interface Stretch {
  /** The ratios that explain all its closes. */
  low: number
  high: number
  given: number
  kept: number
  readonly first: Session
  last: Session
  sessions: number
  /** Sessions up to `last`, since the first seen, that are in no stretch. */
  strays: number
}

/** @param unit a unit of the last decimal that closes are kept to */
export function createBackAdjustmentDetector(unit: number): BackAdjustmentDetector {
  // Half a unit on either side, the stored one scaled along; a little more, for the binary fractions.
  const half = 0.5000001 * unit
  const done: Stretch[] = []
  let current: Stretch | undefined
  /** Sessions in a row that do not fit the current stretch, and are one themselves once there are enough of them. */
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
