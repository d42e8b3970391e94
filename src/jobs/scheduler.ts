/**
 * The scheduler: requests the night at each scheduled time, and requests missed nights once at the start. Any number of
 * schedulers may run, because a second request finds the night already recorded.
 *
 * node-cron sets a timer up to a day ahead. A timer ignores a changed clock and a sleeping machine, so the scheduler also
 * compares the wall clock with the next scheduled time every few seconds, without a query, and requests what is due.
 */
import { schedule } from 'node-cron'
import { KOREAN_TIMEZONE } from '../domain/calendar/korean-time.js'
import type { Clock } from '../domain/clock.js'
import { nextRunAfter } from '../domain/nights/schedule-expression.js'
import { messageOf } from '../errors.js'
import type { Logger } from '../logger.js'

const LOOK_MS = 5_000
/** Pause between two requests if the database is unreachable. */
const RETRY_MS = 30_000
/** A scheduled time that passed longer ago counts as missed. */
const LATE_MS = 60_000

interface Asked {
  readonly message: string
}

export interface SchedulerOptions {
  /** Checked by `parseSchedule`. */
  readonly expression: string
  readonly clock: Clock
  readonly catchUp: () => Promise<Asked>
  readonly fire: () => Promise<Asked>
  readonly log: Logger
  /** What is requested, for the log; the night by default. */
  readonly subject?: string
}

export interface RunningScheduler {
  readonly expression: string
  readonly timeZone: string
  /** Stops and waits for a running request. */
  stop(): Promise<void>
}

export async function startScheduler(options: SchedulerOptions): Promise<RunningScheduler> {
  const { expression, log } = options
  const ask = createAsk(options)
  let asking: Promise<void> | undefined
  const look = (): Promise<void> => {
    // One request at a time, so an unresponsive database delays one request and builds no queue.
    asking ??= ask().finally(() => (asking = undefined))
    return asking
  }
  const tell = { info: () => undefined, debug: () => undefined, warn: () => undefined }
  const task = schedule(expression, look, {
    timezone: KOREAN_TIMEZONE,
    logger: { ...tell, error: (message) => log.error(messageOf(message)) },
  })
  task.on('execution:missed', () => void look())
  await look()
  const timer = setInterval(() => void look(), LOOK_MS)
  return {
    expression,
    timeZone: KOREAN_TIMEZONE,
    async stop() {
      clearInterval(timer)
      await task.destroy()
      await asking
    },
  }
}

/** Requests the night if a scheduled time has passed since the last success. The first call requests missed nights. */
function createAsk({
  expression,
  clock,
  catchUp,
  fire,
  log,
  subject = 'the night',
}: SchedulerOptions): () => Promise<void> {
  /** Scheduled times up to `to` are requested, and `next` is the first after it; undefined before the first success. */
  let asked: { readonly to: Date; readonly next: Date | null } | undefined
  let retryMs = Number.NEGATIVE_INFINITY
  const askedTo = (to: Date): NonNullable<typeof asked> => ({ to, next: nextRunAfter(expression, to) })
  const isDue = (next: Date | null, now: Date): boolean => next !== null && next <= now
  return async () => {
    const now = clock.now()
    // After the clock was set back, its scheduled times come again.
    if (asked !== undefined && asked.to > now) asked = askedTo(now)
    if (performance.now() < retryMs || (asked !== undefined && !isDue(asked.next, now))) return
    const isStart = asked === undefined
    const isLate = isStart || !isDue(nextRunAfter(expression, new Date(now.getTime() - LATE_MS)), now)
    try {
      if (isLate) log.info((await catchUp()).message)
      // Also when late: today may have to be recorded as a day without a session.
      if (!isStart) log.info((await fire()).message)
      asked = askedTo(now)
    } catch (error) {
      log.error(`cannot request ${subject}: ${messageOf(error)}; trying again in ${RETRY_MS / 1_000} s`)
      retryMs = performance.now() + RETRY_MS
    }
  }
}
