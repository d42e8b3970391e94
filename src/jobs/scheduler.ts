/**
 * The scheduler: asks for the night at the moments that the schedule names, and once when it starts for what was missed.
 * Any number may run; whoever comes second finds the night on record.
 */
import { schedule } from 'node-cron'
import { SCHEDULE_TIMEZONE } from '../domain/schedule-expression.js'
import { messageOf } from '../errors.js'
import type { Logger } from '../logger.js'

/** Between two tries to ask, where the database cannot be reached. */
const RETRY_MS = 30_000

interface Asked {
  readonly message: string
}

export interface SchedulerOptions {
  /** As `parseSchedule` gave it. */
  readonly expression: string
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

export async function startScheduler({
  expression,
  catchUp,
  fire,
  log,
}: SchedulerOptions): Promise<RunningScheduler> {
  let stopped = false
  let retry: NodeJS.Timeout | undefined
  let asking: Promise<void> = Promise.resolve()
  const ask = (what: () => Promise<Asked>): Promise<void> => {
    clearTimeout(retry)
    asking = asking.then(async () => {
      try {
        log.info((await what()).message)
      } catch (error) {
        log.error(`the night could not be asked for: ${messageOf(error)}; trying again`)
        if (!stopped) retry = setTimeout(() => void ask(catchUp), RETRY_MS)
      }
    })
    return asking
  }
  const tell = { info: () => undefined, debug: () => undefined, warn: () => undefined }
  const task = schedule(expression, () => ask(fire), {
    timezone: SCHEDULE_TIMEZONE,
    logger: { ...tell, error: (message) => log.error(messageOf(message)) },
  })
  // The machine slept, or was busy: late is early enough, as the night is of the session and not of the minute.
  task.on('execution:missed', () => void ask(fire))
  await ask(catchUp)
  return {
    expression,
    timeZone: SCHEDULE_TIMEZONE,
    async stop() {
      stopped = true
      await task.destroy()
      clearTimeout(retry)
      await asking
    },
  }
}
