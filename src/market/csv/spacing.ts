/** Detects files of weekly or monthly bars: those in which no two neighbouring rows are within a few days. */
import { dayNumber, isLocalDate } from '../../domain/calendar/session.js'
import type { Session } from '../../domain/calendar/session.js'
import { MAX_REMEMBERED_SYMBOLS } from './symbol-text.js'

/** A weekend with one holiday is four days from bar to bar. Longer closures exist, but not between all bars. */
const DAILY_GAP_DAYS = 4
/** Fewer rows of a symbol may be a selection. */
const ENOUGH_ROWS = 8
/** Gaps kept for the message. */
const MAX_GAPS = 1_000

export interface SpacingWatch {
  see(session: string, symbol: string): void
  /** Returns what the rows are instead of daily bars, if that is certain. */
  problem(): string | undefined
}

interface Seen {
  last: Session
  rows: number
}

/** Returns a detector that takes the rows one by one. */
export function watchSpacing(): SpacingWatch {
  const seen = new Map<string, Seen>()
  const gaps: number[] = []
  let daily = false
  let enough = false
  let example = ''
  return {
    see(session, symbol) {
      if (daily || !isLocalDate(session)) return
      const before = seen.get(symbol)
      if (!before) {
        // A file with more symbols has shown by then what it is, or is not refused.
        if (seen.size < MAX_REMEMBERED_SYMBOLS) seen.set(symbol, { last: session, rows: 1 })
        else daily = true
        return
      }
      const gap = Math.abs(dayNumber(session) - dayNumber(before.last))
      if (gap === 0) return
      if (gap <= DAILY_GAP_DAYS) {
        daily = true
        seen.clear()
        return
      }
      if (gaps.length < MAX_GAPS) gaps.push(gap)
      example ||= [before.last, session].sort().join(' and ')
      before.last = session
      before.rows += 1
      enough ||= before.rows >= ENOUGH_ROWS
    },
    problem() {
      if (daily || !enough) return undefined
      const typical = gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 0
      return (
        `holds ${nameOf(typical)}, not daily ones: its rows lie about ${typical} days apart (${example}), ` +
        `and no two neighbours within ${DAILY_GAP_DAYS} days; export daily bars, one row a session`
      )
    },
  }
}

function nameOf(days: number): string {
  if (days <= 8) return 'weekly bars'
  if (days >= 27 && days <= 32) return 'monthly bars'
  return 'bars of longer periods'
}
