/** Tidying up behind the queue, now and then, by whichever workers there are. */
import type { BacktestProgress } from '../../domain/backtests/backtest.js'
import { NO_METRICS } from '../../domain/backtests/backtest.js'
import type { Clock } from '../../domain/clock.js'
import type { Topic } from '../../domain/queue/event.js'
import type { BacktestWriter } from '../../db/backtests/backtest-writer.js'
import type { EventStore } from '../../db/queue/events.js'
import type { RunWriter } from '../../db/models/run-writer.js'
import type { FailAbandonedNights } from '../nights/fail-abandoned-nights.js'

const HOUR_MS = 3_600_000
const KEPT_MS = 7 * 24 * HOUR_MS
/** What is told of these is kept elsewhere as well. */
const FORGOTTEN: readonly Topic[] = ['run', 'bars', 'forecast']

const FAILED: BacktestProgress = {
  status: 'FAILED',
  fold: null,
  foldFailure: null,
  rows: [],
  doneFolds: 0,
  doneSessions: 0,
  metrics: NO_METRICS,
}

export interface MaintenanceResult {
  /** Events that are older than a week; looked for once an hour. */
  readonly forgotten: number
  /** Runs, backtests and nights whose jobs are gone or given up; a night is named by its date. */
  readonly abandoned: readonly string[]
}

export type Maintain = () => Promise<MaintenanceResult>

export function createMaintenance(deps: {
  readonly events: EventStore
  readonly runs: RunWriter
  readonly backtests: BacktestWriter
  readonly failAbandonedNights: FailAbandonedNights
  readonly clock: Clock
}): Maintain {
  let forgotMs = Number.NEGATIVE_INFINITY
  return async () => {
    const now = deps.clock.now()
    const runs = await deps.runs.failAbandoned(now)
    const backtests = await deps.backtests.failAbandoned(FAILED, now)
    const nights = await deps.failAbandonedNights()
    const abandoned = [...runs, ...backtests, ...nights]
    if (now.getTime() - forgotMs < HOUR_MS) return { forgotten: 0, abandoned }
    const forgotten = await deps.events.forget(FORGOTTEN, new Date(now.getTime() - KEPT_MS))
    forgotMs = now.getTime()
    return { forgotten, abandoned }
  }
}
