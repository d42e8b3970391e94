/** The tasks that a worker can do: each with the shape of its payload, checked before it is run. */
import type { z } from 'zod'
import { TASK_NAMES } from '../domain/queue/job.js'
import type { JobPayloads, TaskName } from '../domain/queue/job.js'

export interface JobContext {
  /** Aborts when the worker stops; the job then goes back into the queue. */
  readonly signal: AbortSignal
  /** Whether an error now would be the last one: nobody will try again. */
  readonly lastAttempt: boolean
}

export interface Task<Name extends TaskName = TaskName> {
  readonly name: Name
  readonly payload: z.ZodType<JobPayloads[Name]>
  readonly run: (payload: JobPayloads[Name], context: JobContext) => Promise<void>
}

/** A task whose payload has been checked, as the worker runs it. */
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
 * @param names what the worker is to do; every one needs exactly one task
 * @throws Error naming a task that is missing or there twice
 */
export function createRegistry(
  tasks: readonly RegisteredTask[],
  names: readonly TaskName[] = TASK_NAMES,
): ReadonlyMap<TaskName, RegisteredTask> {
  const registry = new Map<TaskName, RegisteredTask>()
  for (const task of tasks) {
    if (registry.has(task.name)) throw new Error(`task ${task.name} has two handlers`)
    registry.set(task.name, task)
  }
  const missing = names.filter((name) => !registry.has(name))
  if (missing.length > 0) throw new Error(`no handler for task ${missing.join(', ')}`)
  return new Map([...registry].filter(([name]) => names.includes(name)))
}
