/**
 * The `tensorflow` engine: fits chunks of like problems, each chunk as one tensor program on one worker thread.
 *
 * One small network cannot fill a GPU; a market of them can. Results agree with those of `wasm` within a tolerance
 * but not byte for byte, because the device chooses the order of sums.
 */
import type { Engine, FitOptions, FitResult } from '../engine.js'
import type { FitProblem } from '../../fit-problem.js'
import type { LoadedTensorflow } from '../engines.js'
import { fitWhereValid } from '../fit-where-valid.js'
import { runInOrder } from '../in-order.js'
import { problemBytes } from '../wasm/packed-fits.js'
import { BackendThread } from './backend-thread.js'
import type { ChunkBounds } from './chunk-queue.js'
import { ChunkQueue } from './chunk-queue.js'

export const TENSORFLOW_VERSION = 'tensorflow-1'
const NODE_GPU_BACKEND = new URL('./node-gpu-backend.js', import.meta.url).href
/** Leaves room on a small card; holds 12,000 fits of the `seed` recipe. */
const CHUNK_MEMORY_BYTES = 2 ** 30
/** Most of a market at once. More would delay the first result and make a failure cost more. */
const CHUNK_FITS = 1024
/** Bound on problems in flight: one chunk that trains and one that gathers. */
const IN_FLIGHT_CHUNKS = 2
/** Bound on the bytes of problems in flight. */
const IN_FLIGHT_BYTES = 256 * 2 ** 20

export interface TensorflowOptions {
  /** Makes this engine's predictions. */
  readonly wasm: Engine
  /** Bytes of tensors in a chunk, 1 GiB by default; a problem that needs more trains alone. */
  readonly chunkMemoryBytes?: number
  /** Fits in a chunk, 1024 by default. */
  readonly chunkFits?: number
  /** URL of a module as {@link BackendModule} (tensor-library.ts); tfjs-node-gpu by default. */
  readonly backendModule?: string
  /** Ends the loading; the result is then unavailable. */
  readonly signal?: AbortSignal
}

class TensorflowEngine implements Engine {
  readonly name = 'tensorflow'
  readonly version = TENSORFLOW_VERSION
  readonly parallelism: number
  readonly #queue: ChunkQueue
  readonly #bounds: ChunkBounds

  constructor(
    readonly device: string,
    /**
     * `wasm` predicts: predictions are synchronous on the calling thread, where TensorFlow is not loaded. The
     * weights are the same, so only rounding differs.
     */
    readonly predict: Engine['predict'],
    queue: ChunkQueue,
    bounds: ChunkBounds,
  ) {
    this.#queue = queue
    this.#bounds = bounds
    this.parallelism = bounds.fits
  }

  async *fit(
    problems: Iterable<FitProblem> | AsyncIterable<FitProblem>,
    options: FitOptions = {},
  ): AsyncGenerator<FitResult, void, void> {
    const run = this.#queue.open()
    yield* runInOrder({
      items: withEnd(problems, () => run.end()),
      limit: this.#bounds.fits * IN_FLIGHT_CHUNKS,
      weigh: problemBytes,
      weightLimit: IN_FLIGHT_BYTES,
      run: (problem) => fitWhereValid(run, problem, options.onProgress),
      stop: () => run.stop(),
      signal: options.signal,
    })
  }

  close(): Promise<void> {
    return this.#queue.close()
  }
}

/** Returns the same items, and calls `onEnd` when there are no more or the source fails. */
function withEnd<Item>(items: Iterable<Item> | AsyncIterable<Item>, onEnd: () => void): AsyncIterable<Item> {
  return {
    [Symbol.asyncIterator]() {
      const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
      return {
        async next() {
          try {
            const next = await source.next()
            if (next.done === true) onEnd()
            return next
          } catch (error) {
            onEnd()
            throw error
          }
        },
        async return() {
          await source.return?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

/**
 * Loads TensorFlow in its own thread and returns the engine, or the reason why it is unavailable. Never throws for
 * missing packages or hardware.
 */
export async function loadTensorflow(options: TensorflowOptions): Promise<LoadedTensorflow> {
  const backendModule = options.backendModule ?? NODE_GPU_BACKEND
  const started = await BackendThread.start(backendModule, options.signal)
  if (started.kind === 'unavailable') return started
  const bounds = {
    memoryBytes: options.chunkMemoryBytes ?? CHUNK_MEMORY_BYTES,
    fits: options.chunkFits ?? CHUNK_FITS,
  }
  const restart = async (signal: AbortSignal): Promise<BackendThread> => {
    const again = await BackendThread.start(backendModule, signal)
    if (again.kind === 'unavailable') throw new Error(again.reason)
    return again.thread
  }
  const queue = new ChunkQueue(started.thread, restart, bounds)
  const predict: Engine['predict'] = (...input) => options.wasm.predict(...input)
  return {
    kind: 'loaded',
    engine: new TensorflowEngine(started.device, predict, queue, bounds),
    hasGpu: started.hasGpu,
  }
}
