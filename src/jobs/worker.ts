/**
 * Workers: take jobs from the queue and run their tasks, several at a time.
 *
 * A process locks its jobs under the id of one pool, and holds an advisory lock under that id while it lives. Whoever is
 * alive looks every two seconds for jobs of pools that hold none, and frees them: a killed worker's jobs are taken over
 * within five seconds. A worker that only lost its lock may still be running such a job; what it writes is refused by
 * the claim that the successor has raised.
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
/** Between two tries to go on after the queue's pool has given up. */
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
  /** Jobs at a time. */
  readonly slots: number
  readonly openLocks: () => Promise<WorkerLocks>
  /** Done at the start and every minute. */
  readonly maintain: () => Promise<MaintenanceResult>
  readonly log: Logger
}

export interface RunningWorker {
  /** Jobs at a time. */
  readonly slots: number
  /** False while it takes no jobs, because it cannot show that it is alive. */
  isAlive(): boolean
  /** Ends what runs; its jobs go back into the queue at once. */
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
    if (abandoned.length > 0) log.warn(`failed what nobody brought to an end: ${abandoned.join(', ')}`)
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
  // The library's pool ends by itself where it could not write down what became of a job.
  const keepRunning = async (): Promise<void> => {
    while (!signal.aborted) {
      await runner.promise.catch(() => undefined)
      if (isAborted(signal)) return
      log.error('the queue gave up, because it could not write down what became of a job; beginning anew')
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
    repeat('look for workers that died', SWEEP_MS, look),
    repeat('tidy up', TIDY_MS, tidy),
  ]
  return {
    slots,
    isAlive: () => locks.isHeld(),
    async stop() {
      stopping.abort(new KospigraphError('ABORTED', 'the worker stops'))
      // It may have ended by itself already, and complains then.
      await runner.stop().catch(() => undefined)
      await Promise.all(all)
      // One that was being started meanwhile.
      await runner.stop().catch(() => undefined)
      await locks.close()
    },
  }
}

/** Read again after every wait, which the compiler does not expect. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted
}

async function startPool(options: WorkerOptions, locks: WorkerLocks, signal: AbortSignal): Promise<Runner> {
  const { pgPool, workerLog: logger, tasks, slots } = options
  const events = new EventEmitter() as WorkerEvents
  let holding: Promise<void> = Promise.reject(new Error('the queue has given the pool no id'))
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
    // Asked before every job, and the one place to say "not now": without its lock, a job would be taken away at once.
    forbiddenFlags: async () => {
      await holding
      if (!locks.isHeld()) throw new Error('the lock is lost, and not taken again yet')
      return []
    },
    // Otherwise nobody catches the error of a job that cannot be completed, and the process ends.
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
        // The job is the other worker's now, and to end well here would take it out of the queue.
        throw error
      }
      if (signal.aborted) {
        // Not a failure: the same job, new, without the wait that a failed one has to take.
        await addJob(name, payload, {
          ...(job.key !== null && { jobKey: job.key }),
          priority: job.priority,
          maxAttempts: job.max_attempts,
        })
        return
      }
      const outlook = lastAttempt ? 'it is given up' : 'it will be tried again'
      log.error({ err: error, job: job.id }, `job ${name} failed in attempt ${job.attempts}; ${outlook}`)
      throw error
    }
  }
}
