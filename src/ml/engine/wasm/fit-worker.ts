/** The wasm engine's worker thread: one kernel that runs one fit at a time. */
import { parentPort } from 'node:worker_threads'
import { messageOf } from '../../../errors.js'
import type { EpochDone, FitResult } from '../engine.js'
import type { FitProblem } from '../../fit-problem.js'
import { problemViolation } from '../problem-check.js'
import { Kernel } from './kernel.js'
import type { PackedFits } from './packed-fits.js'
import { unpackFits } from './packed-fits.js'
import { train } from './train.js'

/** A few fits that one thread runs one after the other. */
export interface FitTask extends PackedFits {
  /** Identifies the task in reports. */
  readonly id: number
  /** Whether to send {@link EpochReport}s. */
  readonly reporting: boolean
}

export interface EpochReport extends EpochDone {
  readonly task: number
  /** Index of the fit in its task. */
  readonly place: number
}

const REPORT_INTERVAL_MS = 100
/** WebAssembly memory never shrinks, so a larger instance is dropped after its fit. */
const KEPT_MEMORY_BYTES = 32 * 2 ** 20

let kernel: Kernel | undefined

function fitOne(problem: FitProblem, report: (done: EpochDone) => void): FitResult {
  const { key } = problem
  // Batch orders take long to check, so this thread does it, not the one that feeds all workers.
  const violation = problemViolation(problem)
  if (violation !== undefined) {
    return { kind: 'failure', key, code: 'INVALID_PROBLEM', message: `${key}: ${violation}` }
  }
  try {
    kernel ??= new Kernel()
    const result = train(kernel, problem, report)
    if (kernel.memoryBytes > KEPT_MEMORY_BYTES) kernel = undefined
    return result
  } catch (error) {
    kernel = undefined
    return { kind: 'failure', key, code: 'ENGINE_FAILED', message: `${key}: ${messageOf(error)}` }
  }
}

/** Fits the problems of a task and returns one result for each, in order. */
export default function fitInWorker(task: FitTask): FitResult[] {
  return unpackFits(task).map((problem, place) => {
    let reportedMs = performance.now()
    return fitOne(problem, (done) => {
      if (!task.reporting) return
      const nowMs = performance.now()
      if (nowMs - reportedMs < REPORT_INTERVAL_MS) return
      reportedMs = nowMs
      const report: EpochReport = { task: task.id, place, ...done }
      parentPort?.postMessage(report)
    })
  })
}
