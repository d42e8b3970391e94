/** Maintenance that workers run regularly: fails abandoned runs, backtests and nights, and deletes old events. */
import type { Clock } from '../../domain/clock.js'
import type { Topic } from '../../domain/queue/event.js'
import type { EventStore } from '../../db/queue/events.js'

const HOUR_MS = 3_600_000
const KEPT_MS = 7 * 24 * HOUR_MS
/** Topics whose content is also stored elsewhere, so that their events may be deleted. */
const DELETED_TOPICS: readonly Topic[] = ['run', 'bars', 'forecast']

export interface MaintenanceResult {
  /** Number of deleted events, all older than a week. Events are deleted at most once an hour. */
  readonly deletedEvents: number
  /** Ids of runs and backtests, and sessions of nights, that were failed because their job is gone or dead. */
  readonly abandoned: readonly string[]
}

export type Maintain = () => Promise<MaintenanceResult>

/** Fails all work of one kind that no worker will finish. @returns the ids or sessions that were failed */
export type FailAbandoned = (now: Date) => Promise<readonly string[]>

export function createMaintenance(deps: {
  readonly events: EventStore
  /** One for each kind of work: runs, backtests, nights. */
  readonly failAbandoned: readonly FailAbandoned[]
  readonly clock: Clock
}): Maintain {
  let lastDeletionMs = Number.NEGATIVE_INFINITY
  return async () => {
    const now = deps.clock.now()
    const abandoned: string[] = []
    for (const fail of deps.failAbandoned) abandoned.push(...(await fail(now)))
    if (now.getTime() - lastDeletionMs < HOUR_MS) return { deletedEvents: 0, abandoned }
    const deletedEvents = await deps.events.forget(DELETED_TOPICS, new Date(now.getTime() - KEPT_MS))
    lastDeletionMs = now.getTime()
    return { deletedEvents, abandoned }
  }
}
