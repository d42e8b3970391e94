/** The use case of maintenance: workers now and then fail what was abandoned and delete old events. */
import type { Clock } from '../../domain/clock.js'
import type { Topic } from '../../domain/queue/event.js'
import type { EventStore } from '../../db/queue/events.js'

const HOUR_MS = 3_600_000
const KEPT_MS = 7 * 24 * HOUR_MS
/** Topics whose content is also stored elsewhere, so that their events may be deleted. */
const DELETED_TOPICS: readonly Topic[] = ['run', 'bars', 'forecast']

export interface MaintenanceResult {
  /** Deleted events, all older than a week. Looked for once an hour. */
  readonly deletedEvents: number
  /** Ids of runs and backtests, and sessions of nights, whose jobs are gone or given up. */
  readonly abandoned: readonly string[]
}

export type Maintain = () => Promise<MaintenanceResult>

/** Fails whatever of one kind no worker will finish. @returns what was failed, by id or session */
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
