/** The worker thread: one kernel, one fit at a time. */
import type { MessagePort } from 'node:worker_threads'
import type { FitProblem, FitResult } from '../engine.js'
import { Kernel } from './kernel.js'
import type { EpochDone } from './train.js'
import { train } from './train.js'

export interface FitTask {
  readonly problem: FitProblem
  /** Where {@link EpochDone} goes, where somebody listens. */
  readonly progress: MessagePort | undefined
}

const PROGRESS_INTERVAL_MS = 100
/** WebAssembly memory never shrinks: an instance that has grown beyond this is not kept for the next fit. */
const KEPT_MEMORY_BYTES = 32 * 2 ** 20

let kernel: Kernel | undefined

export default function fitInWorker({ problem, progress }: FitTask): FitResult {
  kernel ??= new Kernel()
  let reportedMs = performance.now()
  const report = (done: EpochDone): void => {
    const nowMs = performance.now()
    if (nowMs - reportedMs < PROGRESS_INTERVAL_MS) return
    reportedMs = nowMs
    progress?.postMessage(done)
  }
  try {
    return train(kernel, problem, report)
  } finally {
    progress?.close()
    if (kernel.memoryBytes > KEPT_MEMORY_BYTES) kernel = undefined
  }
}
