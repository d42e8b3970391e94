/** Registers the tasks of a worker, each with the schema that checks its payload before it runs. */
import type { z } from 'zod'
import { TASK_NAMES } from '../domain/queue/job.js'
import type { JobPayloads, TaskName } from '../domain/queue/job.js'

export interface JobContext {
  /** Aborts when the worker stops. The job then returns to the queue. */
  readonly signal: AbortSignal
  /** Whether this is the last attempt: an error now is final. */
  readonly lastAttempt: boolean
}

export interface Task<Name extends TaskName = TaskName> {
  readonly name: Name
  readonly payload: z.ZodType<JobPayloads[Name]>
  readonly run: (payload: JobPayloads[Name], context: JobContext) => Promise<void>
}

/** A task that checks its payload and runs it. */
export interface RegisteredTask {
  readonly name: TaskName
  readonly run: (payload: unknown, context: JobContext) => Promise<void>
}

export function defineTask<Name extends TaskName>(task: Task<Name>): RegisteredTask {
  return {
    name: task.name,
    run: (payload, context) => task.run(task.payload.parse(payload), context),
  }
}

/**
 * @param names tasks of the worker; each needs exactly one handler
 * @throws Error that names a task without a handler or with two
 */
export function createRegistry(
  tasks: readonly RegisteredTask[],
  names: readonly TaskName[] = TASK_NAMES,
): ReadonlyMap<TaskName, RegisteredTask> {
  const registry = new Map<TaskName, RegisteredTask>()
  for (const task of tasks) {
    if (registry.has(task.name)) throw new Error(`task ${task.name} has two handlers; remove one`)
    registry.set(task.name, task)
  }
  const missing = names.filter((name) => !registry.has(name))
  if (missing.length > 0)
    throw new Error(`no handler for task ${missing.join(', ')}; add one to the registry`)
  return new Map([...registry].filter(([name]) => names.includes(name)))
}
