/**
 * Nights: which session a night belongs to, when it may run, and which nights were missed.
 *
 * A night belongs to the newest closed session and issues forecasts for the session after it, its target. It may run until
 * the target opens. All of this follows from the calendar and the current moment, so a clock that jumps, or a process
 * that starts twice in a minute, finds the same night and the same row.
 */
import type { Calendar } from '../calendar/calendar.js'
import { koreanDate, koreanInstant } from '../calendar/korean-time.js'
import { addDays } from '../calendar/session.js'
import type { Session } from '../calendar/session.js'

/**
 * `RUNNING`: its jobs are queued or running. `STALE`: bars of its session are missing; it is retried while there is time.
 * `SUCCEEDED`: every symbol has an outcome, failures included. `FAILED`: no symbol was fitted, or the night ended early.
 * `MISSED`: it did not run in time and never will. `SKIPPED`: there was nothing to do, see {@link NIGHT_SKIP_REASONS}.
 * `CANCELLED`: a person ended it; its issued forecasts are kept.
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
 * `NOT_A_SESSION`: the exchange was closed that day. `NOT_CLOSED`: the day's session has not closed yet. `TARGET_OPENED`:
 * the session to forecast has opened. `PAUSED`: a person paused the schedule.
 */
export const NIGHT_SKIP_REASONS = ['NOT_A_SESSION', 'NOT_CLOSED', 'TARGET_OPENED', 'PAUSED'] as const
export type NightSkipReason = (typeof NIGHT_SKIP_REASONS)[number]

/**
 * Times at which stale nights look again, `HH:MM` in Korea: in the evening once the bars of sources that include the
 * after-market are final, and in the morning.
 */
const RETRY_TIMES = ['07:00', '20:15'] as const
/** The last look, before the target opens and after the morning's sync, where a provider publishes on the next morning. */
const MORNING_RETRY = '08:40'
/** Most missed nights that are recorded one by one: a year of sessions. */
export const MAX_MISSED = 250
/** One retry in the evening and one in the morning, whenever the night began. */
const MAX_RETRIES = 2

export interface Night {
  /** The newest session that has closed. */
  readonly session: Session
  /** The session to forecast. */
  readonly target: Session
  /** From this instant on, no forecast is issued. */
  readonly targetOpensAt: Date
}

/**
 * `today`: the night belongs to today's session. `earlier`: today has no closed session, so the night belongs to an earlier
 * one and may still run if it has not; else `reason` explains why there is nothing to do. `tooLate`: the target has
 * opened, and the night must not run.
 */
export type NightOf =
  | (Night & { readonly kind: 'today' })
  | (Night & {
      readonly kind: 'earlier' | 'tooLate'
      /** Today's date in Korea. */
      readonly date: Session
      readonly reason: NightSkipReason
      /** The reason as a sentence. */
      readonly message: string
    })

/**
 * Returns the night that belongs to `now`.
 * @throws KospigraphError OUTSIDE_CALENDAR where the calendar does not know that date
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
    const message = `${date} has not closed yet; the newest closed session is ${session}`
    return { kind: 'earlier', ...night, date, reason: 'NOT_CLOSED', message }
  }
  const message = `${date} is not a session; the newest one is ${session}, and the next is ${target}`
  return { kind: 'earlier', ...night, date, reason: 'NOT_A_SESSION', message }
}

/**
 * Returns when a night with missing bars looks again: at the first 20:15 and 07:00 after `startedAt`, and with
 * `morningBars` at 08:40 before the target, in order, but never once its target has opened. A night that starts at 18:30
 * looks again that evening and the next morning.
 * @param startedAt when the night was first tried
 */
export function retryTimes(
  { targetOpensAt }: Pick<Night, 'targetOpensAt'>,
  startedAt: Date,
  { morningBars }: RetryOptions = NO_MORNING_BARS,
): Date[] {
  const today = koreanDate(startedAt)
  const last = koreanInstant(koreanDate(targetOpensAt), MORNING_RETRY)
  const retries = [today, addDays(today, 1)]
    .flatMap((date) => RETRY_TIMES.map((time) => koreanInstant(date, time)))
    .filter((time) => time > startedAt)
    .slice(0, MAX_RETRIES)
  return [...retries, ...(morningBars && last > startedAt ? [last] : [])].filter(
    (time) => time < targetOpensAt,
  )
}

interface RetryOptions {
  /** Whether a provider publishes its bars on the next morning. */
  readonly morningBars: boolean
}
const NO_MORNING_BARS: RetryOptions = { morningBars: false }

/** @returns the first retry after `now`, or null where none is left and the night stays stale */
export function nextRetry(
  night: Pick<Night, 'targetOpensAt'>,
  startedAt: Date,
  now: Date,
  options?: RetryOptions,
): Date | null {
  return retryTimes(night, startedAt, options).find((time) => time > now) ?? null
}

export interface MissedNights {
  /** Nights to record as missed, oldest first; at most the newest 250. */
  readonly missed: readonly Session[]
  /** Number of older missed nights that are not listed. */
  readonly unnamed: number
  /** The one night that may still run; null where it has a record, or its target has opened. */
  readonly catchUp: Night | null
}

/**
 * Finds the nights that did not run before a scheduler started at `now`.
 * @param lastNight the newest session with a recorded night of any status; null where there is none, so none was missed
 * @throws KospigraphError OUTSIDE_CALENDAR where the calendar does not know a date
 */
export function missedSessions(calendar: Calendar, lastNight: Session | null, now: Date): MissedNights {
  const newest = nightOf(calendar, now)
  const { session, target, targetOpensAt } = newest
  // `lastNight` is later than the newest session where the clock was set back.
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
