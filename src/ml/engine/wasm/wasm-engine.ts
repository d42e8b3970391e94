/**
 * The `wasm` engine: fits on a pool of worker threads, each with its own instance of the kernel.
 *
 * A fit shares no state with others, so its result does not depend on other fits or the number of threads. Threads
 * start with the first fit, stay for a minute after the last one and never keep the process alive.
 */
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { architectureViolation, sampleCountViolation } from '../../bounds.js'
import { sampleCountOf } from '../../samples.js'
import { weightCount } from '../../weights.js'
import type { Engine, FitOptions, FitResult } from '../engine.js'
import type { Architecture, FitProblem } from '../../fit-problem.js'
import { fitWhereValid } from '../fit-where-valid.js'
import { runInOrder } from '../in-order.js'
import { FitPool } from './fit-pool.js'
import { Kernel } from './kernel.js'
import { problemBytes } from './packed-fits.js'

const VERSION = 'wasm-2'
const WORKER_FILE = fileURLToPath(new URL('./fit-worker.js', import.meta.url))
/** Enough for one running and one waiting task, even while the oldest fit blocks the stream. */
const IN_FLIGHT_PER_THREAD = 16
/** Bound on the bytes of problems in flight; the largest problem has about 17 MiB. */
const IN_FLIGHT_BYTES_PER_THREAD = 64 * 2 ** 20

class WasmEngine implements Engine {
  readonly name = 'wasm'
  readonly version = VERSION
  readonly device: string
  readonly parallelism: number
  readonly #pool: FitPool
  /** Kernel for predictions, on the calling thread. */
  #kernel: Kernel | undefined

  constructor(threads: number) {
    this.parallelism = threads
    this.#pool = new FitPool(threads, WORKER_FILE)
    this.device = `wasm-simd x${threads} ${threads === 1 ? 'thread' : 'threads'}`
  }

  async *fit(
    problems: Iterable<FitProblem> | AsyncIterable<FitProblem>,
    options: FitOptions = {},
  ): AsyncGenerator<FitResult, void, void> {
    const run = this.#pool.open()
    yield* runInOrder({
      items: problems,
      limit: this.parallelism * IN_FLIGHT_PER_THREAD,
      weigh: problemBytes,
      weightLimit: this.parallelism * IN_FLIGHT_BYTES_PER_THREAD,
      run: (problem) => fitWhereValid(run, problem, options.onProgress),
      stop: () => run.stop(),
      signal: options.signal,
    })
  }

  predict(architecture: Architecture, weights: Float32Array, rows: Float32Array): Float32Array {
    const sampleCount = sampleCountOf(rows.length / architecture.features, architecture.lookback)
    const violation = architectureViolation(architecture) ?? sampleCountViolation(sampleCount)
    if (violation !== undefined) throw new RangeError(`Cannot predict: ${violation}.`)
    if (weights.length !== weightCount(architecture)) {
      throw new RangeError(
        `Cannot predict: there are ${weights.length} weights; this network has ${weightCount(architecture)}.`,
      )
    }
    this.#kernel ??= new Kernel()
    return this.#kernel.predict(architecture, weights, rows)
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}

/**
 * Creates the engine.
 * @param options.threads number of worker threads; the machine's parallelism by default
 * @throws RangeError where it is not a whole number from 1
 */
export function createWasmEngine(options: { readonly threads?: number } = {}): Engine {
  const threads = options.threads ?? availableParallelism()
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`The wasm engine was given ${threads} threads; it needs a whole number from 1.`)
  }
  return new WasmEngine(threads)
}
