import { z } from 'zod'
import { createRegistry, defineTask } from '../../../src/jobs/registry.js'
import type { JobContext, RegisteredTask } from '../../../src/jobs/registry.js'

const context: JobContext = { signal: new AbortController().signal, lastAttempt: false }
const ran: unknown[] = []
const task = defineTask({
  name: 'retrain',
  payload: z.strictObject({ runId: z.uuid() }),
  run: (payload) => {
    ran.push(payload)
    return Promise.resolve()
  },
})

describe('the registry of tasks', () => {
  it('refuses to start with a task that has no handler, or two', () => {
    expect(() => createRegistry([])).toThrow(/no handler for task retrain/)
    expect(() => createRegistry([task, task])).toThrow(/task retrain has two handlers/)
  })

  it('has only tasks of workers', () => {
    const other: RegisteredTask = { ...task, name: 'other' as 'retrain' }
    expect([...createRegistry([task, other], ['retrain']).keys()]).toEqual(['retrain'])
  })

  it('refuses a payload that does not match the task', async () => {
    const runId = '00000000-0000-4000-8000-000000000000'
    for (const payload of [undefined, {}, { runId: 'x' }, { runId, more: 1 }]) {
      await expect(Promise.resolve().then(() => task.run(payload, context))).rejects.toThrow(z.ZodError)
    }
    expect(ran).toEqual([])
    await task.run({ runId }, context)
    expect(ran).toEqual([{ runId }])
  })
})
