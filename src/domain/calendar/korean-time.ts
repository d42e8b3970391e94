/** Korean time: dates and times of day in Seoul as instants, and back. */
import { fromDayNumber, MS_PER_DAY } from './session.js'
import type { Session } from './session.js'

export const KOREAN_TIMEZONE = 'Asia/Seoul'
// Korea has had no daylight saving time since 1988, so the offset is a constant.
const OFFSET = '+09:00'
const OFFSET_MS = 9 * 3_600_000

/** The date in Korea at an instant. */
export function koreanDate(instant: Date): Session {
  return fromDayNumber(Math.floor((instant.getTime() + OFFSET_MS) / MS_PER_DAY))
}

/** @param time of day, `HH:MM` */
export function koreanInstant(date: Session, time: string): Date {
  return new Date(`${date}T${time}:00${OFFSET}`)
}
