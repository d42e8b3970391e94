/**
 * Nights: which session one is about, when it may run, and what became of the ones nobody ran.
 *
 * A night is about the newest session that has closed and issues forecasts for the session after it, its target. It may
 * run until the target opens; after that there is nothing left to forecast. All of it follows from the calendar and the
 * moment, so a clock that jumps, or a process that starts twice in a minute, comes to the same night: whoever claims
 * its session claims the same row.
 */
import type { Calendar } from '../calendar/calendar.js'
import { addDays, fromDayNumber } from '../calendar/session.js'
import type { Session } from '../calendar/session.js'

/**
 * `RUNNING`: claimed, and its jobs are queued or at work. `STALE`: bars of its session are not there yet; retried.
 * `SUCCEEDED`: every symbol has come to an end, failed ones included. `FAILED`: it was given up. `MISSED`: nothing ran it
 * in time; never made up for. `SKIPPED`: there was nothing to do, see {@link NIGHT_SKIP_REASONS}. `CANCELLED`: somebody ended
 * it; what it had issued stands.
 */
export const NIGHT_STATUSES = [
  'RUNNING',
  'STALE',
  'SUCCEEDED',
  'FAILED',
  'MISSED',
  'SKIPPED',
  'CANCELLED',
] as const
export type NightStatus = (typeof NIGHT_STATUSES)[number]

/**
 * `NOT_A_SESSION`: the exchange was closed that day. `NOT_CLOSED`: it is a session, and has not closed. `TARGET_OPENED`:
 * the session to forecast has opened. `PAUSED`: somebody paused the schedule.
 */
export const NIGHT_SKIP_REASONS = ['NOT_A_SESSION', 'NOT_CLOSED', 'TARGET_OPENED', 'PAUSED'] as const
export type NightSkipReason = (typeof NIGHT_SKIP_REASONS)[number]

/** When stale nights look again, `HH:MM` in Korea. */
export const RETRY_TIMES = ['07:00', '20:00'] as const
/** Missed nights that are recorded one by one: a year of sessions. */
export const MAX_MISSED = 250
/** A retry each at 20:00 and at 07:00, whenever the night began. */
const MAX_RETRIES = 2
/** Korea has had no daylight saving time since 1988. */
const KOREA_OFFSET_MS = 9 * 3_600_000
const MS_PER_DAY = 86_400_000

export interface Night {
  /** The newest session that has closed. */
  readonly session: Session
  /** The session to forecast. */
  readonly target: Session
  /** From this moment on, nothing is issued. */
  readonly targetOpensAt: Date
}

/**
 * `today`: the night is about today's session. `earlier`: there is none today, or it has not closed, and the night about
 * the one before may still run if nobody has run it; else this is why there is nothing to do. `tooLate`: the target has
 * opened, and the night is not to run.
 */
export type NightOf =
  | (Night & { readonly kind: 'today' })
  | (Night & {
      readonly kind: 'earlier' | 'tooLate'
      /** In Korea. */
      readonly date: Session
      readonly reason: NightSkipReason
      /** The reason as a sentence. */
      readonly message: string
    })

/**
 * The night that one started at `now` is.
 * @throws KospigraphError OUTSIDE_CALENDAR
 */
export function nightOf(calendar: Calendar, now: Date): NightOf {
  const session = calendar.lastClosedSession(now)
  const target = calendar.nextSession(session)
  const night: Night = { session, target, targetOpensAt: calendar.sessionOpen(target) }
  const date = koreanDate(now)
  if (now >= night.targetOpensAt) {
    const message = `${target} has opened, so the night of ${session} has nothing left to forecast`
    return { kind: 'tooLate', ...night, date, reason: 'TARGET_OPENED', message }
  }
  if (session === date) return { kind: 'today', ...night }
  if (calendar.isSession(date)) {
    const message = `${date} has not closed yet; the newest session that has is ${session}`
    return { kind: 'earlier', ...night, date, reason: 'NOT_CLOSED', message }
  }
  const message = `${date} is not a session; the newest one is ${session}, and the next is ${target}`
  return { kind: 'earlier', ...night, date, reason: 'NOT_A_SESSION', message }
}

/**
 * When a night whose bars are not there looks again: at 20:00 and at 07:00 after `startedAt`, in order, once each and
 * never when its target has opened. A night of 18:30 looks the same evening and the next morning.
 * @param startedAt when the night was first tried; its retries are counted from there
 */
export function retryTimes({ targetOpensAt }: Pick<Night, 'targetOpensAt'>, startedAt: Date): Date[] {
  const today = koreanDate(startedAt)
  return [today, addDays(today, 1)]
    .flatMap((date) => RETRY_TIMES.map((time) => new Date(`${date}T${time}:00+09:00`)))
    .filter((time) => time > startedAt)
    .slice(0, MAX_RETRIES)
    .filter((time) => time < targetOpensAt)
}

/** The first retry after `now`, or null where none is left: the night stays stale. */
export function nextRetry(night: Pick<Night, 'targetOpensAt'>, startedAt: Date, now: Date): Date | null {
  return retryTimes(night, startedAt).find((time) => time > now) ?? null
}

export interface MissedNights {
  /** Oldest first, the newest 250 at most: to be recorded as missed, and never issued. */
  readonly missed: readonly Session[]
  /** Older ones that were missed as well and are not named. */
  readonly unnamed: number
  /** The one night that may still run; null where it has a record, or its target has opened. */
  readonly catchUp: Night | null
}

/**
 * What a scheduler that starts at `now` finds undone.
 * @param lastNight the newest session that has a night on record, whatever its status; null on a database without one,
 *   which has missed nothing
 * @throws KospigraphError OUTSIDE_CALENDAR
 */
export function missedSessions(calendar: Calendar, lastNight: Session | null, now: Date): MissedNights {
  const newest = nightOf(calendar, now)
  const { session, target, targetOpensAt } = newest
  // Later than the newest where the clock was set back.
  const isRecorded = lastNight !== null && lastNight >= session
  if (isRecorded) return { missed: [], unnamed: 0, catchUp: null }
  const isOpen = newest.kind !== 'tooLate'
  const undone = lastNight === null ? [] : calendar.sessionsBetween(addDays(lastNight, 1), session)
  const missed = isOpen ? undone.slice(0, -1) : undone
  return {
    missed: missed.slice(-MAX_MISSED),
    unnamed: Math.max(0, missed.length - MAX_MISSED),
    catchUp: isOpen ? { session, target, targetOpensAt } : null,
  }
}

function koreanDate(now: Date): Session {
  return fromDayNumber(Math.floor((now.getTime() + KOREA_OFFSET_MS) / MS_PER_DAY))
}
