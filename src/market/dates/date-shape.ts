/**
 * Parses dates as exports write them into `YYYY-MM-DD`. It only moves digits and uses no clock or time zone, so
 * that midnight in Seoul cannot become the day before.
 */
import { isLocalDate } from '../../domain/calendar/session.js'

/** Orders of a date of three short numbers. */
export const DATE_ORDERS = ['DMY', 'MDY', 'YMD'] as const
export type DateOrder = (typeof DATE_ORDERS)[number]

// Midnight in any zone means the written day; daily bars have no other time of day.
const MIDNIGHT_TIME = String.raw`[T ]+00:00(?::00(?:\.0+)?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?`
const MIDNIGHT = `(?:${MIDNIGHT_TIME})?`
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})\.?${MIDNIGHT}$`)
const COMPACT = new RegExp(String.raw`^((?:19|20)\d{2})(\d{2})(\d{2})${MIDNIGHT}$`)
const KOREAN = /^(\d{4})\s*년\s*(\d{1,2})\s*월\s*(\d{1,2})\s*일$/
const YEAR_LAST = new RegExp(String.raw`^(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})\.?${MIDNIGHT}$`)
const NAMED_MONTH = /^(?:([a-z]{3,9})\.?[ -](\d{1,2}),?|(\d{1,2})[ -]([a-z]{3,9})\.?,?)[ -](\d{4}|\d{2})$/i
const AT_MIDNIGHT = new RegExp(`${MIDNIGHT_TIME}$`)
const TIMED = /^(\d{4}[-/.]?\d{1,2}[-/.]?\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})[T ]+\d{1,2}:\d{2}/
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/**
 * Reads one date.
 * @param order for dates of three short numbers; without it they are not read
 * @returns `YYYY-MM-DD`, which need not be a calendar day, or undefined for another form
 */
export function readDate(text: string, order: DateOrder | undefined): string | undefined {
  // Nearly every date has this form, and regular expressions are too slow for a million of them.
  if (text.length === 10 && text.charCodeAt(4) === 45 && text.charCodeAt(7) === 45 && isDigits(text))
    return text
  const parts = YEAR_FIRST.exec(text) ?? COMPACT.exec(text) ?? KOREAN.exec(text)
  if (parts) return written(parts[1], parts[2], parts[3])
  const named = NAMED_MONTH.exec(text)
  if (named) {
    const name = (named[1] ?? named[4] ?? '').toLowerCase()
    const month = MONTHS.findIndex((start) => name.startsWith(start)) + 1
    return month > 0 ? written(named[5], String(month), named[2] ?? named[3]) : undefined
  }
  return order && readShort(text, order)
}

/** Returns whether the text is a date whose order depends on the other rows. */
export function needsOrder(text: string): boolean {
  return YEAR_LAST.test(text)
}

/** Reads a date of three short numbers in one order; undefined where that is not a calendar day. */
export function readShort(text: string, order: DateOrder): string | undefined {
  const parts = YEAR_LAST.exec(text)
  if (!parts) return undefined
  const [, first = '', , second = '', third = ''] = parts
  // 13/3/2019 does not begin with its year.
  if (order === 'YMD' && third.length === 4) return undefined
  const date =
    order === 'DMY'
      ? written(third, second, first)
      : order === 'MDY'
        ? written(third, first, second)
        : written(first, second, third)
  return date !== undefined && isLocalDate(date) ? date : undefined
}

/** Returns whether the text is or contains a time of day other than midnight. */
export function hasTimeOfDay(text: string): boolean {
  return /^\d{1,2}:\d{2}(:\d{2})?$/.test(text) || (TIMED.test(text) && !AT_MIDNIGHT.test(text))
}

/** Years of two digits are 1970 to 2069: the index begins in 1980. */
function written(year = '', month = '', day = ''): string | undefined {
  if (year.length !== 4 && year.length > 2) return undefined
  const full = year.length === 4 ? year : `${Number(year) >= 70 ? '19' : '20'}${year.padStart(2, '0')}`
  return `${full}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}

function isDigits(date: string): boolean {
  for (let at = 0; at < 10; at += 1) {
    const code = date.charCodeAt(at)
    if (at !== 4 && at !== 7 && (code < 48 || code > 57)) return false
  }
  return true
}
