/**
 * Parts a date from its time of day. Exports of daily bars write midnight, the start of the session or its end; any other
 * time belongs to trades or minutes.
 */

export interface DatedTime {
  /** The text without its time. */
  readonly date: string
  /** Days to add to it: an instant in another zone may lie on Korea's next day. */
  readonly shiftDays: -1 | 0 | 1
}

const MINUTES_OF_DAY = 24 * 60
const KOREA_OFFSET = 9 * 60
/** 09:00 and 10:00 begin a session, 15:00 (to 2016-07-29), 15:30, 16:00 and 16:30 end one; the late ones on days of exams. */
const SESSION_TIMES = new Set([0, 900, 1_000, 1_500, 1_530, 1_600, 1_630])
const TIME =
  /^(.*?\d\.?)(?:t| )(오전|오후|am|pm)? ?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)? ?(am|pm)? ?(z|utc|gmt|[+-]\d{2}:?\d{2})?$/i
const SECONDS = /^\d{9,10}(?:\.0+)?$/
const MILLISECONDS = /^\d{12,13}(?:\.0+)?$/
const MS_OF_DAY = 86_400_000

/**
 * Returns the date and the shift of a text with or without a time.
 * @returns undefined where the time is none of a session
 */
export function partTime(text: string): DatedTime | undefined {
  const parts = TIME.exec(text)
  if (!parts) return { date: text, shiftDays: 0 }
  const [, date = '', before, hours, minutes, , after, zone] = parts
  const half = (before ?? after)?.toLowerCase()
  const hour =
    half === undefined ? Number(hours) : (Number(hours) % 12) + (half === 'pm' || half === '오후' ? 12 : 0)
  const written = hour * 60 + Number(minutes)
  // Midnight in any zone means the written day: programs add a zone to dates that never had one.
  const moved = written === 0 || zone === undefined ? written : written + KOREA_OFFSET - offsetOf(zone)
  const shiftDays = moved < 0 ? -1 : moved >= MINUTES_OF_DAY ? 1 : 0
  const local = moved - shiftDays * MINUTES_OF_DAY
  if (!SESSION_TIMES.has(Math.floor(local / 60) * 100 + (local % 60))) return undefined
  return { date, shiftDays }
}

/** Reads seconds or milliseconds since 1970 whose time of day in Korea is one of a session; undefined for other texts. */
export function dateOfEpoch(text: string): string | undefined {
  const ms = SECONDS.test(text) ? Number(text) * 1_000 : MILLISECONDS.test(text) ? Number(text) : undefined
  if (ms === undefined) return undefined
  const local = new Date(ms + KOREA_OFFSET * 60_000)
  const time = local.getUTCHours() * 100 + local.getUTCMinutes()
  return ms % 60_000 === 0 && SESSION_TIMES.has(time) ? local.toISOString().slice(0, 10) : undefined
}

/** Returns whether the text has a time of day that is none of a session. */
export function hasOtherTime(text: string): boolean {
  return (
    partTime(text) === undefined ||
    ((SECONDS.test(text) || MILLISECONDS.test(text)) && dateOfEpoch(text) === undefined)
  )
}

/** Adds days to `YYYY-MM-DD`; returns a text that is no calendar day as it is. */
export function shiftDate(date: string, days: number): string {
  const ms = days === 0 ? Number.NaN : Date.parse(`${date}T00:00:00Z`)
  return Number.isNaN(ms) ? date : new Date(ms + days * MS_OF_DAY).toISOString().slice(0, 10)
}

function offsetOf(zone: string): number {
  const parts = /^([+-])(\d{2}):?(\d{2})$/.exec(zone)
  if (!parts) return 0
  return (parts[1] === '-' ? -1 : 1) * (Number(parts[2]) * 60 + Number(parts[3]))
}
