/** Detects files of trades or minutes, whose rows have times of day that no session begins or ends at. */
import { sanitizeText } from '../../domain/sanitize-text.js'
import { hasTimeOfDay } from './date-shape.js'

/** A single row of a running session is an error of that row. */
const FEWEST = 2
/** Of all rows; half-hour bars have such a time in most of them. */
const LEAST_SHARE = 0.1
/** Dates read so far have this length; only other texts are looked at. */
const DATE_LENGTH = 10

export interface TimeWatch {
  /** @param session a date, or the text of a cell that could not be read as one */
  see(session: string): void
  problem(): string | undefined
}

export function watchTimes(): TimeWatch {
  let rows = 0
  let timed = 0
  let example = ''
  return {
    see(session) {
      rows += 1
      if (session.length <= DATE_LENGTH || !hasTimeOfDay(session)) return
      timed += 1
      example ||= session
    },
    problem() {
      if (timed < FEWEST || timed < rows * LEAST_SHARE) return undefined
      return (
        `holds trades or minutes, not daily bars: ${timed} of its ${rows} rows have times of day such as ` +
        `${sanitizeText(example)}; expected daily bars, one row a session`
      )
    },
  }
}
