/** Opens a worker with its tasks and its own connections. */
import { createPool } from '../db/postgres/connection.js'
import type { DatabaseConnection } from '../db/postgres/connection.js'
import { openWorkerLocks } from '../db/queue/worker-locks.js'
import { quietWorkerLogger } from '../db/postgres/worker-logger.js'
import type { TaskName } from '../domain/queue/job.js'
import { createRegistry } from '../jobs/registry.js'
import { createBacktestTask } from '../jobs/tasks/backtest.js'
import { createNightChunkTask, createNightTask } from '../jobs/tasks/night.js'
import { createMorningSyncTask } from '../jobs/tasks/morning-sync.js'
import { createRetrainTask } from '../jobs/tasks/retrain.js'
import { startWorker } from '../jobs/worker.js'
import type { RunningWorker } from '../jobs/worker.js'
import type { Logger } from '../logger.js'
import type { RunBacktest } from '../services/backtests/run-backtest.js'
import type { RunNight } from '../services/nights/run-night.js'
import type { RunRetrain } from '../services/forecasts/run-retrain.js'
import type { MorningSync } from '../services/sync/morning-sync.js'
import type { Maintain } from '../services/queue/maintenance.js'

/** The use cases of a worker. */
export interface WorkerServices {
  readonly runRetrain: RunRetrain
  readonly runBacktest: RunBacktest
  readonly runNight: RunNight
  readonly morningSync: MorningSync
  readonly maintain: Maintain
}

export async function openWorker(
  connection: DatabaseConnection,
  {
    services: { runRetrain, runBacktest, runNight, morningSync, maintain },
    tasks,
    slots,
    log,
    onIdleError,
  }: {
    readonly services: WorkerServices
    /** Tasks of the worker; undefined means all. */
    readonly tasks: readonly TaskName[] | undefined
    readonly slots: number
    readonly log: Logger
    readonly onIdleError: (error: Error) => void
  },
): Promise<RunningWorker> {
  const registry = createRegistry(
    [
      createRetrainTask(runRetrain),
      createBacktestTask(runBacktest),
      createNightTask(runNight),
      createNightChunkTask(runNight),
      createMorningSyncTask(morningSync),
    ],
    tasks,
  )
  // One connection listens for new jobs; each slot fetches and completes its own.
  const pool = createPool(connection, { max: slots + 1, onIdleError })
  try {
    const worker = await startWorker({
      pgPool: pool,
      workerLog: quietWorkerLogger,
      tasks: registry,
      slots,
      log,
      maintain,
      openLocks: () => openWorkerLocks(connection, (line) => log.warn(line)),
    })
    return {
      ...worker,
      async stop() {
        await worker.stop()
        await pool.end()
      },
    }
  } catch (error) {
    await pool.end()
    throw error
  }
}
