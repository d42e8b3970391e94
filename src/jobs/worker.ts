/**
 * The worker: takes jobs from the queue and runs their tasks, several at a time.
 *
 * A process locks its jobs under the id of its pool, and holds an advisory lock under that id while it lives. Every two
 * seconds each live worker frees the jobs of pools without a lock, so the jobs of a killed worker are taken over within
 * five seconds. A worker that only lost its lock may still run such a job. Its writes are refused, because its successor
 * has raised the claim.
 */
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from 'graphile-worker'
import type { JobHelpers, Runner, RunnerOptions, WorkerEvents } from 'graphile-worker'
import { ClaimLostError } from '../domain/queue/job.js'
import type { TaskName } from '../domain/queue/job.js'
import { KospigraphError, messageOf } from '../errors.js'
import type { Logger } from '../logger.js'
import type { RegisteredTask } from './registry.js'

const POLL_MS = 1_000
const SWEEP_MS = 2_000
const TIDY_MS = 60_000
/** Pause before the pool of the queue is started again after it ended. */
const RESTART_MS = 1_000

export interface WorkerLocks {
  hold(workerId: string): Promise<void>
  isHeld(): boolean
  freeDeadWorkers(): Promise<readonly string[]>
  close(): Promise<void>
}

export interface MaintenanceResult {
  readonly deletedEvents: number
  readonly abandoned: readonly string[]
}

export interface WorkerOptions {
  readonly pgPool: NonNullable<RunnerOptions['pgPool']>
  readonly workerLog: NonNullable<RunnerOptions['logger']>
  readonly tasks: ReadonlyMap<TaskName, RegisteredTask>
  /** Number of jobs at a time. */
  readonly slots: number
  readonly openLocks: () => Promise<WorkerLocks>
  /** Runs at the start and every minute. */
  readonly maintain: () => Promise<MaintenanceResult>
  readonly log: Logger
}

export interface RunningWorker {
  /** Number of jobs at a time. */
  readonly slots: number
  /** False while the worker takes no jobs because it lost its lock. */
  isAlive(): boolean
  /** Aborts running jobs, which return to the queue at once. */
  stop(): Promise<void>
}

export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { log, slots } = options
  const locks = await options.openLocks()
  const stopping = new AbortController()
  const { signal } = stopping
  const look = async (): Promise<void> => {
    const dead = await locks.freeDeadWorkers()
    if (dead.length > 0) log.warn(`took back the jobs of workers that died: ${dead.join(', ')}`)
  }
  const tidy = async (): Promise<void> => {
    const { deletedEvents, abandoned } = await options.maintain()
    if (deletedEvents > 0) log.info(`deleted ${deletedEvents} old events`)
    if (abandoned.length > 0)
      log.warn(`failed because every worker that claimed them died: ${abandoned.join(', ')}`)
  }
  const repeat = async (what: string, everyMs: number, task: () => Promise<void>): Promise<void> => {
    while (!isAborted(signal)) {
      await task().catch((error: unknown) => {
        if (!isAborted(signal)) log.warn(`cannot ${what}: ${messageOf(error)}`)
      })
      await sleep(everyMs, undefined, { signal }).catch(() => undefined)
    }
  }
  let runner: Runner
  try {
    runner = await startPool(options, locks, signal)
  } catch (error) {
    await locks.close()
    throw error
  }
  // The pool of the library ends if it cannot store the result of a job.
  const keepRunning = async (): Promise<void> => {
    while (!signal.aborted) {
      await runner.promise.catch(() => undefined)
      if (isAborted(signal)) return
      log.error(
        'the pool of the queue ended, because it could not store the result of a job; starting it again',
      )
      while (!isAborted(signal)) {
        await sleep(RESTART_MS, undefined, { signal }).catch(() => undefined)
        try {
          if (!isAborted(signal)) runner = await startPool(options, locks, signal)
          break
        } catch (error) {
          log.warn(`cannot take jobs from the queue: ${messageOf(error)}`)
        }
      }
    }
  }
  const all = [
    keepRunning(),
    repeat('look for dead workers', SWEEP_MS, look),
    repeat('delete old events and fail abandoned work', TIDY_MS, tidy),
  ]
  return {
    slots,
    isAlive: () => locks.isHeld(),
    async stop() {
      stopping.abort(new KospigraphError('ABORTED', 'the worker is stopping'))
      // It throws if the pool has already ended.
      await runner.stop().catch(() => undefined)
      await Promise.all(all)
      // Another pool may have been started in the meantime.
      await runner.stop().catch(() => undefined)
      await locks.close()
    },
  }
}

/** A function, because the compiler assumes that `signal.aborted` does not change during a wait. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted
}

async function startPool(options: WorkerOptions, locks: WorkerLocks, signal: AbortSignal): Promise<Runner> {
  const { pgPool, workerLog: logger, tasks, slots } = options
  const events = new EventEmitter() as WorkerEvents
  let holding: Promise<void> = Promise.reject(new Error('the queue has not created a pool'))
  holding.catch(() => undefined)
  events.on('pool:create', ({ workerPool }) => {
    holding = locks.hold(workerPool.id)
    holding.catch(() => undefined)
  })
  const runner = await run({
    pgPool,
    logger,
    events,
    concurrency: slots,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    taskList: Object.fromEntries(
      [...tasks].map(([name, task]) => [name, jobOf(options, name, task, signal)]),
    ),
    // Called before every job, and the only hook that can defer one. Without the lock, another worker would take the job.
    forbiddenFlags: async () => {
      await holding
      if (!locks.isHeld()) throw new Error('the worker lost its lock and has not taken it again')
      return []
    },
    // Otherwise the error of a job that cannot be completed is unhandled and ends the process.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  })
  try {
    await holding
    return runner
  } catch (error) {
    await runner.stop().catch(() => undefined)
    throw error
  }
}

function jobOf({ log }: WorkerOptions, name: TaskName, task: RegisteredTask, signal: AbortSignal) {
  return async (payload: unknown, { job, addJob }: JobHelpers): Promise<void> => {
    const lastAttempt = job.attempts >= job.max_attempts
    try {
      await task.run(payload, { signal, lastAttempt })
    } catch (error) {
      if (error instanceof ClaimLostError) {
        log.warn(`job ${name}: ${error.message}`)
        // The job belongs to the other worker now. Success here would delete it from the queue.
        throw error
      }
      if (signal.aborted) {
        // Not a failure: queue the same job again, without the delay of a failed one.
        await addJob(name, payload, {
          ...(job.key !== null && { jobKey: job.key }),
          priority: job.priority,
          maxAttempts: job.max_attempts,
        })
        return
      }
      const outlook = lastAttempt ? 'it becomes a dead letter' : 'it will be tried again'
      log.error({ err: error, job: job.id }, `job ${name} failed in attempt ${job.attempts}; ${outlook}`)
      throw error
    }
  }
}
