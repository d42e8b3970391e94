/**
 * Starts nights: by the schedule, late, or on request. Starting inserts the night's row and its job; the row exists once,
 * however many schedulers try.
 */
import { KOREAN_TIMEZONE, koreanInstant } from '../../domain/calendar/korean-time.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Clock } from '../../domain/clock.js'
import { missedSessions, nightOf } from '../../domain/nights/night.js'
import type { MissedNights } from '../../domain/nights/night.js'
import type { NightRecord } from '../../domain/nights/night-record.js'
import { requireReason } from '../../domain/reason.js'
import { nextRunAfter } from '../../domain/nights/schedule-expression.js'
import type { Session } from '../../domain/calendar/session.js'
import type { NightCancellation } from '../../db/nights/night-cancellation.js'
import type { NightWriter } from '../../db/nights/night-writer.js'
import type { NightStore } from '../../db/nights/nights.js'
import type { SchedulePause } from '../../db/nights/schedule-pause.js'
import { KospigraphError } from '../../errors.js'

/** The schedule, whether it is paused, and its next run. */
export interface ScheduleState {
  readonly expression: string
  readonly timeZone: string
  readonly recipes: readonly string[]
  readonly paused: boolean
  readonly pausedReason: string | null
  /** Null where the expression matches no moment in 8 years. */
  readonly nextRun: Date | null
}

/** Outcome of a request to start a night; `claimed` is the session of the night that this call started. */
export interface Asked {
  readonly claimed: Session | null
  readonly message: string
}

/** The night has been done or waits for bars already: there is nothing to begin. */
export class NightOnRecordError extends KospigraphError {
  readonly session: Session

  constructor({ session, status }: Pick<NightRecord, 'session' | 'status'>) {
    const state = status === 'STALE' ? 'waits for bars' : 'has been done'
    super('BAD_USER_INPUT', `the night of ${session} ${state}`)
    this.session = session
  }
}

export interface ScheduleNights {
  /** Starts the due night; called at the moments of the schedule. Before the day's first moment it does nothing. */
  fire(): Promise<Asked>
  /** Records missed nights and starts the newest one if it may still run; called when a scheduler starts or is late. */
  catchUp(): Promise<Asked>
  /**
   * Starts the night of the newest closed session, or returns it where it runs; also while the schedule is paused.
   * @throws NightOnRecordError where it has succeeded or waits for bars
   * @throws KospigraphError BAD_USER_INPUT where its target session has opened
   */
  runNow(): Promise<NightRecord>
  /**
   * Cancels a night that runs or waits for bars; its workers stop within a second and store nothing more. Its issued
   * forecasts are kept, and `runNow` can restart it.
   * @throws KospigraphError BAD_USER_INPUT where there is no such night, it has ended, or the reason is missing
   */
  cancel(date: Session, reason: string): Promise<NightRecord>
  schedule(): Promise<ScheduleState>
  /** @throws KospigraphError BAD_USER_INPUT without a reason */
  pause(reason: string): Promise<ScheduleState>
  resume(): Promise<ScheduleState>
}

export function createScheduleNights(deps: {
  readonly log: NightWriter
  readonly pause: SchedulePause
  readonly nights: NightStore
  readonly cancellation: Pick<NightCancellation, 'cancel'>
  readonly calendar: Calendar
  readonly clock: Clock
  readonly expression: string
  readonly recipes: readonly string[]
}): ScheduleNights {
  const { log, pause, nights, calendar, clock, expression, recipes } = deps

  /**
   * Records the nights missed before the newest session. Call this before a night starts: the newest recorded night
   * determines what was missed.
   */
  const recordMissed = async (now: Date): Promise<MissedNights & { readonly told: string }> => {
    const found = missedSessions(calendar, await nights.newestDate(log.simulated), now)
    const { missed, unnamed } = found
    const reason = 'no scheduler ran before the next session opened'
    await log.recordUndone(missed, 'MISSED', { trigger: 'SCHEDULE', recipes, requestedAt: now, reason })
    return { ...found, told: missed.length === 0 ? '' : `${missed.length + unnamed} nights were missed; ` }
  }

  /** Starts the night unless it is recorded already; records it as skipped while the schedule is paused. */
  const begin = async (
    date: Session,
    trigger: 'SCHEDULE' | 'CATCH_UP',
    requestedAt: Date,
  ): Promise<Asked> => {
    const paused = await pause.reason()
    if (paused !== undefined) {
      const reason = `paused: ${paused}`
      await log.recordUndone([date], 'SKIPPED', { trigger, recipes, requestedAt, reason })
      return { claimed: null, message: `the night of ${date} is skipped, the schedule is ${reason}` }
    }
    const isNew = await log.start({ session: date, trigger, recipes, requestedAt })
    return isNew
      ? { claimed: date, message: `the night of ${date} begins` }
      : { claimed: null, message: `the night of ${date} is recorded already` }
  }

  /** Whether a moment of the schedule on this day in Korea has passed. */
  const wasDueOn = (date: Session, now: Date): boolean => {
    const due = nextRunAfter(expression, new Date(koreanInstant(date, '00:00').getTime() - 1))
    return due !== null && due <= now
  }

  const state = async (): Promise<ScheduleState> => {
    const reason = await pause.reason()
    return {
      expression,
      timeZone: KOREAN_TIMEZONE,
      recipes,
      paused: reason !== undefined,
      pausedReason: reason ?? null,
      nextRun: nextRunAfter(expression, clock.now()),
    }
  }

  return {
    async fire() {
      const now = clock.now()
      const night = nightOf(calendar, now)
      // A late call for a moment of an earlier day must not start today's night before its own moment.
      if (!wasDueOn(night.kind === 'today' ? night.session : night.date, now)) {
        return { claimed: null, message: 'no moment of the schedule has come today' }
      }
      const { told } = await recordMissed(now)
      if (night.kind === 'tooLate') return { claimed: null, message: `${told}${night.message}` }
      if (night.kind === 'earlier' && night.reason === 'NOT_A_SESSION') {
        const record = { trigger: 'SCHEDULE', recipes, requestedAt: now, reason: night.message } as const
        await log.recordUndone([night.date], 'SKIPPED', record)
      }
      const asked = await begin(night.session, 'SCHEDULE', now)
      const message = night.kind === 'earlier' ? `${night.message}; ${asked.message}` : asked.message
      return { ...asked, message: `${told}${message}` }
    },

    async catchUp() {
      const now = clock.now()
      if ((await nights.newestDate(log.simulated)) === null) {
        return { claimed: null, message: 'no night of real symbols is on record, so none was missed' }
      }
      const { told, catchUp } = await recordMissed(now)
      if (!catchUp) return { claimed: null, message: `${told}there is none to catch up` }
      const due = nextRunAfter(expression, calendar.sessionClose(catchUp.session))
      if (due === null || due > now) {
        return { claimed: null, message: `${told}the night of ${catchUp.session} is not due yet` }
      }
      const asked = await begin(catchUp.session, 'CATCH_UP', now)
      return { ...asked, message: `${told}${asked.message}` }
    },

    async runNow() {
      const now = clock.now()
      const night = nightOf(calendar, now)
      if (night.kind === 'tooLate') throw new KospigraphError('BAD_USER_INPUT', night.message)
      const { session } = night
      await recordMissed(now)
      const record = { session, trigger: 'MANUAL', recipes, requestedAt: now } as const
      const began = (await log.start(record)) || (await log.restart(record))
      const found = await nights.byKey({ session, simulated: log.simulated })
      if (!found) throw new Error(`the night of ${session} is gone`)
      if (began || found.status === 'RUNNING') return found
      throw new NightOnRecordError(found)
    },

    async cancel(date, reason) {
      const isCancelled = await deps.cancellation.cancel(date, requireReason(reason), clock.now())
      const found = await nights.byKey({ session: date, simulated: log.simulated })
      if (!found) {
        throw new KospigraphError('BAD_USER_INPUT', `date: there is no night of ${date}; nights lists them`)
      }
      if (isCancelled) return found
      const message = `date: the night of ${date} has ended already, as ${found.status}`
      throw new KospigraphError('BAD_USER_INPUT', message)
    },

    schedule: state,

    async pause(reason) {
      await pause.set(requireReason(reason), clock.now())
      return state()
    },

    async resume() {
      await pause.set(null, clock.now())
      return state()
    },
  }
}
