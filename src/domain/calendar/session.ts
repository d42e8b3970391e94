/**
 * Sessions: KRX trading days as plain local dates (`YYYY-MM-DD`), never instants.
 *
 * All arithmetic uses the proleptic Gregorian day number, so no time zone can shift a date.
 */
import { KospigraphError } from '../../errors.js'

declare const sessionBrand: unique symbol
/** A plain local date, `YYYY-MM-DD`. String order is date order. */
export type Session = string & { readonly [sessionBrand]: true }

const SHAPE = /^(\d{4})-(\d{2})-(\d{2})$/
export const MS_PER_DAY = 86_400_000
/** Days from 1 March of the year 0 to 1970-01-01. */
const DAYS_TO_1970 = 719_468

/** Whether `text` is a real calendar date written as `YYYY-MM-DD`. */
export function isLocalDate(text: string): text is Session {
  const parts = SHAPE.exec(text)
  // There is no year 0; PostgreSQL refuses it.
  if (!parts || parts[1] === '0000') return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/**
 * Parses a date from outside.
 * @param name the argument's name, for the error
 * @throws KospigraphError BAD_USER_INPUT where it is not a date
 */
export function parseSession(text: string, name: string): Session {
  if (!isLocalDate(text)) {
    throw new KospigraphError('BAD_USER_INPUT', `${name}: "${text}" is not a date; write it as YYYY-MM-DD`)
  }
  return text
}

/** Days since 1970-01-01. Computed from the digits, which is fast enough for a million rows. */
export function dayNumber(session: Session): number {
  const month = number(session, 5, 7)
  // Counting years from March puts the leap day at the end of a year.
  const year = number(session, 0, 4) - (month <= 2 ? 1 : 0)
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + number(session, 8, 10) - 1
  const leapDays = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400)
  return year * 365 + leapDays + dayOfYear - DAYS_TO_1970
}

function number(text: string, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at += 1) value = value * 10 + text.charCodeAt(at) - 48
  return value
}

export function fromDayNumber(day: number): Session {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10) as Session
}

export function addDays(session: Session, days: number): Session {
  return fromDayNumber(dayNumber(session) + days)
}

/** 0 is Sunday, 6 is Saturday. */
export function weekday(session: Session): number {
  return (((dayNumber(session) + 4) % 7) + 7) % 7
}
