/** A worker for tests of the pool: as the real one, but the keys of problems may order its death. */
import { fileURLToPath } from 'node:url'
import type { FitResult } from '../../../../../src/ml/engine/engine.js'
import type { FitTask } from '../../../../../src/ml/engine/wasm/fit-worker.js'
import fitInWorker from '../../../../../src/ml/engine/wasm/fit-worker.js'

export const DYING_WORKER_FILE = fileURLToPath(import.meta.url)

/** What the pool has its threads run. @public */
export default function dieOrFit(task: FitTask): FitResult[] | Promise<never> {
  const keys = task.problems.map(({ key }) => key)
  if (keys.includes('exits')) process.exit(3)
  if (keys.includes('throws')) {
    process.nextTick(() => {
      throw new Error('stray error')
    })
    return new Promise(() => undefined)
  }
  return fitInWorker(task)
}
