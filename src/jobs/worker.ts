/**
 * Workers: take jobs from the queue and run their tasks, several at a time.
 *
 * Every slot is a worker of its own with an id that tells the process, and holds an advisory lock under that id while it
 * lives. Whoever is alive looks every two seconds for jobs of workers that hold none, and frees them: a killed worker's
 * jobs are taken over within five seconds. A worker that only lost its lock may still be running such a job; what it
 * writes is refused by the claim that the successor has raised.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { run } from 'graphile-worker'
import type { Runner, RunnerOptions } from 'graphile-worker'
import type { TaskName } from '../domain/job.js'
import { KospigraphError, messageOf } from '../errors.js'
import type { Logger } from '../logger.js'
import type { RegisteredTask } from './registry.js'

const POLL_MS = 1_000
const SWEEP_MS = 2_000

export interface WorkerLocks {
  freeDeadWorkers(): Promise<readonly string[]>
  close(): Promise<void>
}

export interface WorkerOptions {
  readonly pgPool: NonNullable<RunnerOptions['pgPool']>
  readonly workerLog: NonNullable<RunnerOptions['logger']>
  readonly tasks: ReadonlyMap<TaskName, RegisteredTask>
  /** Jobs at a time. */
  readonly slots: number
  readonly holdLocks: (workerIds: readonly string[]) => Promise<WorkerLocks>
  readonly log: Logger
}

export interface RunningWorker {
  readonly ids: readonly string[]
  /** Ends what runs; its jobs go back into the queue at once. */
  stop(): Promise<void>
}

export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { log, slots } = options
  const process = `${hostname()}-${globalThis.process.pid}-${randomBytes(4).toString('hex')}`
  const ids = Array.from({ length: slots }, (_, slot) => `${process}-${slot}`)
  const locks = await options.holdLocks(ids)
  const stopping = new AbortController()
  let sweep: NodeJS.Timeout | undefined
  let sweeping: Promise<void> = Promise.resolve()
  const look = async (): Promise<void> => {
    try {
      const dead = await locks.freeDeadWorkers()
      if (dead.length > 0) log.warn(`took back the jobs of workers that died: ${dead.join(', ')}`)
    } catch (error) {
      if (!stopping.signal.aborted) log.warn(`cannot look for workers that died: ${messageOf(error)}`)
    }
    if (!stopping.signal.aborted) sweep = setTimeout(() => void (sweeping = look()), SWEEP_MS)
  }
  const runners: Runner[] = []
  const stop = async (): Promise<void> => {
    stopping.abort(new KospigraphError('ABORTED', 'the worker stops'))
    clearTimeout(sweep)
    await Promise.all(runners.map((runner) => runner.stop()))
    await sweeping
    await locks.close()
  }
  try {
    for (const workerId of ids) runners.push(await startSlot(options, workerId, stopping.signal))
  } catch (error) {
    await stop()
    throw error
  }
  sweeping = look()
  return { ids, stop }
}

function startSlot(
  { pgPool, workerLog, tasks, log }: WorkerOptions,
  workerId: string,
  signal: AbortSignal,
): Promise<Runner> {
  const taskList: RunnerOptions['taskList'] = {}
  for (const [name, task] of tasks) {
    taskList[name] = async (payload, { job, addJob }) => {
      const lastAttempt = job.attempts >= job.max_attempts
      try {
        await task.run(payload, { signal, lastAttempt })
      } catch (error) {
        if (signal.aborted) {
          // Not a failure: the same job, new, without the wait that a failed one has to take.
          await addJob(name, payload, {
            ...(job.key !== null && { jobKey: job.key }),
            ...{ priority: job.priority, maxAttempts: job.max_attempts },
          })
          return
        }
        const outlook = lastAttempt ? 'it is given up' : 'it will be tried again'
        log.error({ err: error, job: job.id }, `job ${name} failed in attempt ${job.attempts}; ${outlook}`)
        throw error
      }
    }
  }
  const options = {
    ...{ pgPool, taskList, workerId, logger: workerLog },
    ...{ concurrency: 1, pollInterval: POLL_MS, noHandleSignals: true },
  }
  return run(options)
}
