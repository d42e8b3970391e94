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
import { nextRunAfter, SCHEDULE_TIMEZONE } from '../domain/nights/schedule-expression.js'
import { messageOf } from '../errors.js'
import type { Logger } from '../logger.js'

const LOOK_MS = 5_000
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
  const { expression, log } = options
  const ask = createAsk(options)
  let asking: Promise<void> | undefined
  const look = (): Promise<void> => {
    // One at a time: a database that does not answer holds up one question and no queue of them.
    asking ??= ask().finally(() => (asking = undefined))
    return asking
  }
  const tell = { info: () => undefined, debug: () => undefined, warn: () => undefined }
  const task = schedule(expression, look, {
    timezone: SCHEDULE_TIMEZONE,
    logger: { ...tell, error: (message) => log.error(messageOf(message)) },
  })
  task.on('execution:missed', () => void look())
  await look()
  const timer = setInterval(() => void look(), LOOK_MS)
  return {
    expression,
    timeZone: SCHEDULE_TIMEZONE,
    async stop() {
      clearInterval(timer)
      await task.destroy()
      await asking
    },
  }
}

/** Asks where a moment has passed since this was answered last, and the first time for what was missed. */
function createAsk({ expression, clock, catchUp, fire, log }: SchedulerOptions): () => Promise<void> {
  /** Moments up to `to` have been asked for, and `next` is the first after it; undefined before the first answer. */
  let asked: { readonly to: Date; readonly next: Date | null } | undefined
  let retryMs = Number.NEGATIVE_INFINITY
  const askedTo = (to: Date): NonNullable<typeof asked> => ({ to, next: nextRunAfter(expression, to) })
  const isDue = (next: Date | null, now: Date): boolean => next !== null && next <= now
  return async () => {
    const now = clock.now()
    // A clock that was set back comes to its moments again.
    if (asked !== undefined && asked.to > now) asked = askedTo(now)
    if (performance.now() < retryMs || (asked !== undefined && !isDue(asked.next, now))) return
    const isStart = asked === undefined
    const isLate = isStart || !isDue(nextRunAfter(expression, new Date(now.getTime() - LATE_MS)), now)
    try {
      if (isLate) log.info((await catchUp()).message)
      // Late or not: today may be a day to record as no session.
      if (!isStart) log.info((await fire()).message)
      asked = askedTo(now)
    } catch (error) {
      log.error(`the night could not be asked for: ${messageOf(error)}; trying again`)
      retryMs = performance.now() + RETRY_MS
    }
  }
}
