/** What a test may leave running: counted from the process's diagnostic report and by async_hooks. */
import { createHook } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'

interface Report {
  readonly workers: readonly unknown[]
  readonly libuv: readonly { readonly type: string; readonly is_active?: boolean }[]
}

function report(): Report {
  return process.report.getReport() as unknown as Report
}

/** Worker threads of this process. */
export function workerThreads(): number {
  return report().workers.length
}

/**
 * Active handles by type, referenced or not: a message port is an `async`. Timers are left out. libuv has one for all
 * timers of a thread, and the garbage collector of V8 sets others: see {@link watchTimers}.
 */
export function activeHandles(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { type, is_active: isActive } of report().libuv) {
    if (isActive === true && type !== 'timer') counts[type] = (counts[type] ?? 0) + 1
  }
  return counts
}

/**
 * Watches the timers of our own code, referenced or not, that are set from now on. Call `stop` at the end.
 *
 * Those of libraries are left out. With one test file jest reports progress from the process that runs it, and piscina
 * may leave one unreferenced timer for each thread, which ends after its idle time.
 */
export function watchTimers(): {
  readonly pending: () => Promise<readonly string[]>
  readonly stop: () => void
} {
  const setBy = new Map<number, string>()
  const hook = createHook({
    init: (id, type) => {
      if (type === 'Timeout') setBy.set(id, new Error('set').stack ?? '')
    },
    destroy: (id) => void setBy.delete(id),
  }).enable()
  /** The stack of each timer that neither ran nor was cleared. */
  const pending = async (): Promise<readonly string[]> => {
    // Node reports timers that have ended in the next turn of the event loop.
    for (let turns = 0; turns < 3; turns += 1) await turn()
    return [...setBy.values()].filter((stack) => !callerOf(stack).includes('/node_modules/'))
  }
  return { pending, stop: () => void hook.disable() }
}

/** The first frame of a stack outside Node and the hook. */
function callerOf(stack: string): string {
  const frames = stack.split('\n').slice(2)
  return frames.find((frame) => !/[( ]node:/.test(frame)) ?? ''
}
