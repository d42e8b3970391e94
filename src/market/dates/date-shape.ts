/**
 * Parses dates as exports write them into `YYYY-MM-DD`. It only moves digits and uses no clock and no zone but Korea's, so
 * that midnight in Seoul cannot become the day before.
 */
import { isLocalDate } from '../../domain/calendar/session.js'
import { dateOfEpoch, hasOtherTime, partTime, shiftDate } from './time-of-day.js'

/** Orders of a date of three short numbers. */
export const DATE_ORDERS = ['DMY', 'MDY', 'YMD'] as const
export type DateOrder = (typeof DATE_ORDERS)[number]

const YEAR_FIRST = /^(\d{4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})\.?$/
const COMPACT = /^((?:19|20)\d{2})(\d{2})(\d{2})(?:\.0)?$/
const KOREAN = /^(\d{4}|\d{2})\s*년\s*(\d{1,2})\s*월\s*(\d{1,2})\s*일$/
const YEAR_LAST = /^(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})\.?$/
const NAMED_MONTH = /^(?:([a-z]{3,9})\.?[ -](\d{1,2}),?|(\d{1,2})[ -]([a-z]{3,9})\.?,?)[ -](\d{4}|\d{2})$/i
/** `(월)` or `월요일` after a date. */
const WEEKDAY =
  /\s*(?:\((?:[월화수목금토일](?:요일)?|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)\)|[월화수목금토일]요일)(?=$|\s)/i
/** Dates and instants begin so; a text such as `2:1 split` does not. */
const MAY_BE_TIMED = /^\d{4}\D|^\d{8}|^\d{1,2}[-/.]/
/** Longer texts are no dates. */
const MAX_LENGTH = 50
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
  const plain = YEAR_FIRST.exec(text) ?? COMPACT.exec(text)
  if (plain) return written(plain[1], plain[2], plain[3])
  if (text.length > MAX_LENGTH) return undefined
  const cleaned = cleanDate(text)
  const parted = partTime(cleaned)
  if (parted === undefined) return undefined
  const date = readDay(parted.date, order) ?? dateOfEpoch(cleaned)
  return date === undefined ? undefined : shiftDate(date, parted.shiftDays)
}

function readDay(text: string, order: DateOrder | undefined): string | undefined {
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

/** Full-width digits and hard spaces become plain ones, and a weekday after the date is left out. */
function cleanDate(text: string): string {
  return text.normalize('NFKC').replace(WEEKDAY, '').replace(/\s+/g, ' ').trim()
}

/** Returns whether the text is a date whose order depends on the other rows. */
export function needsOrder(text: string): boolean {
  return YEAR_LAST.test(dayOf(text))
}

/** Reads a date of three short numbers in one order; undefined where that is not a calendar day. */
export function readShort(text: string, order: DateOrder): string | undefined {
  const parts = YEAR_LAST.exec(dayOf(text))
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

/** Returns the day of a text, without a session's time. */
function dayOf(text: string): string {
  if (text.length > MAX_LENGTH || YEAR_LAST.test(text)) return text
  return partTime(cleanDate(text))?.date ?? ''
}

/** Returns whether the text is or contains a time of day other than a session's. */
export function hasTimeOfDay(text: string): boolean {
  return /^\d{1,2}:\d{2}(:\d{2})?$/.test(text) || (MAY_BE_TIMED.test(text) && hasOtherTime(cleanDate(text)))
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
