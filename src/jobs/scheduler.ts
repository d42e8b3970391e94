/**
 * The scheduler: asks for the night at the moments that the schedule names, and once when it starts for what was missed.
 * Any number may run; whoever comes second finds the night on record.
 *
 * node-cron wakes it at the second, on a timer that was set up to a day before. Timers know nothing of a clock that is
 * set, nor of a machine that slept, so the wall clock is looked at every few seconds as well: whatever moment has passed
 * since the schedule was last asked for is asked for then. A look costs no query.
 */
import { schedule } from 'node-cron'
import type { Clock } from '../domain/clock.js'
import { nextRunAfter, SCHEDULE_TIMEZONE } from '../domain/schedule-expression.js'
import { messageOf } from '../errors.js'
import type { Logger } from '../logger.js'

const LOOK_MS = 10_000
/** Between two tries to ask, where the database cannot be reached. */
const RETRY_MS = 30_000
/** A moment that passed longer ago is asked for as one that was missed. */
const LATE_MS = 60_000

interface Asked {
  readonly message: string
}

export interface SchedulerOptions {
  /** As `parseSchedule` gave it. */
  readonly expression: string
  readonly clock: Clock
  readonly catchUp: () => Promise<Asked>
  readonly fire: () => Promise<Asked>
  readonly log: Logger
}

export interface RunningScheduler {
  readonly expression: string
  readonly timeZone: string
  /** Waits for what is being asked. */
  stop(): Promise<void>
}

export async function startScheduler(options: SchedulerOptions): Promise<RunningScheduler> {
  const { expression, clock, log } = options
  const look = createLook(options)
  const tell = { info: () => undefined, debug: () => undefined, warn: () => undefined }
  const task = schedule(expression, look, {
    timezone: SCHEDULE_TIMEZONE,
    logger: { ...tell, error: (message) => log.error(messageOf(message)) },
  })
  task.on('execution:missed', () => void look())
  const timer = setInterval(() => void look(), LOOK_MS)
  await look()
  return {
    expression,
    timeZone: SCHEDULE_TIMEZONE,
    async stop() {
      clearInterval(timer)
      await task.destroy()
      await look.end()
    },
  }

  function createLook({ catchUp, fire }: SchedulerOptions): {
    (): Promise<void>
    end(): Promise<void>
  } {
    /** Moments up to here have been asked for; undefined until the start's own question has been. */
    let askedTo: Date | undefined
    let retryMs = Number.NEGATIVE_INFINITY
    let ended = false
    let looking: Promise<void> = Promise.resolve()
    const isDue = (after: Date, now: Date): boolean => {
      const moment = nextRunAfter(expression, after)
      return moment !== null && moment <= now
    }
    const once = async (): Promise<void> => {
      const now = clock.now()
      // A clock that was set back comes to its moments again.
      if (askedTo !== undefined && askedTo > now) askedTo = now
      if (ended || performance.now() < retryMs || (askedTo !== undefined && !isDue(askedTo, now))) return
      const isLate = askedTo === undefined || !isDue(new Date(now.getTime() - LATE_MS), now)
      try {
        if (isLate) log.info((await catchUp()).message)
        // Late or not, the day of this moment may be one to record as no session.
        if (askedTo !== undefined) log.info((await fire()).message)
        askedTo = now
      } catch (error) {
        log.error(`the night could not be asked for: ${messageOf(error)}; trying again`)
        retryMs = performance.now() + RETRY_MS
      }
    }
    return Object.assign(
      () => {
        looking = looking.then(once)
        return looking
      },
      {
        end: () => {
          ended = true
          return looking
        },
      },
    )
  }
}
