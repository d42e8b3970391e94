/**
 * The `wasm` engine: fits on a pool of worker threads, each with its own instance of the kernel.
 *
 * One task is one fit, so a fit's result does not depend on what else runs or on how many threads there are.
 * Threads start with the first fit, stay for a minute after the last one and never keep the process alive.
 */
import { setMaxListeners } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { MessageChannel } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { KospigraphError, messageOf } from '../../../errors.js'
import { architectureViolation, sampleCountViolation } from '../../bounds.js'
import { sampleCountOf } from '../../samples.js'
import { weightCount } from '../../weights.js'
import type { Architecture, Engine, FitOptions, FitProblem, FitResult } from '../engine.js'
import { runInOrder } from '../in-order.js'
import { problemViolation } from '../problem-check.js'
import type { FitTask } from './fit-worker.js'
import { Kernel } from './kernel.js'
import type { EpochDone } from './train.js'

const VERSION = 'wasm-1'
const IDLE_THREAD_MS = 60_000
/** Enough that a thread finds work while the oldest fit, which blocks the stream, still runs. */
const IN_FLIGHT_PER_THREAD = 4

class WasmEngine implements Engine {
  readonly name = 'wasm'
  readonly version = VERSION
  readonly device: string
  readonly #threads: number
  #pool: Piscina<FitTask, FitResult> | undefined
  #closed = false
  /** For predictions, on the calling thread. */
  #kernel: Kernel | undefined

  constructor(threads: number) {
    this.#threads = threads
    this.device = `wasm-simd x${threads} ${threads === 1 ? 'thread' : 'threads'}`
  }

  async *fit(
    problems: Iterable<FitProblem> | AsyncIterable<FitProblem>,
    options: FitOptions = {},
  ): AsyncGenerator<FitResult, void, void> {
    const stopping = new AbortController()
    // Every fit in flight listens to it; Node warns beyond ten.
    setMaxListeners(0, stopping.signal)
    yield* runInOrder({
      items: problems,
      limit: this.#threads * IN_FLIGHT_PER_THREAD,
      run: (problem) => this.#fitOne(problem, stopping.signal, options.onProgress),
      stop: () => stopping.abort(),
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

  async close(): Promise<void> {
    this.#closed = true
    const pool = this.#pool
    this.#pool = undefined
    await pool?.destroy()
  }

  async #fitOne(
    problem: FitProblem,
    signal: AbortSignal,
    onProgress: FitOptions['onProgress'],
  ): Promise<FitResult> {
    const { key } = problem
    const violation = problemViolation(problem)
    if (violation !== undefined) {
      return { kind: 'failure', key, code: 'INVALID_PROBLEM', message: `${key}: ${violation}` }
    }
    const epochs = problem.training.epochs
    const channel = onProgress === undefined ? undefined : new MessageChannel()
    channel?.port1.on('message', ({ epoch, loss }: EpochDone) => {
      onProgress?.({ key, epoch, epochs, loss })
    })
    try {
      const result = await this.#openPool().run(
        { problem, progress: channel?.port2 },
        { signal, transferList: channel === undefined ? [] : [channel.port2] },
      )
      // Reports still on their way are older than the result: the port is closed before the last one is given.
      channel?.port1.close()
      if (result.kind === 'fit')
        onProgress?.({ key, epoch: epochs, epochs, loss: result.losses.at(-1) ?? NaN })
      return result
    } catch (error) {
      if (this.#closed)
        throw new KospigraphError('ABORTED', `${key}: the engine was closed.`, { cause: error })
      if (signal.aborted) throw error
      const message = `${key}: the worker thread failed: ${messageOf(error)}`
      return { kind: 'failure', key, code: 'ENGINE_FAILED', message }
    } finally {
      channel?.port1.close()
    }
  }

  #openPool(): Piscina<FitTask, FitResult> {
    if (this.#closed) throw new Error('the engine is closed')
    this.#pool ??= new Piscina<FitTask, FitResult>({
      filename: fileURLToPath(new URL('./fit-worker.js', import.meta.url)),
      minThreads: 0,
      maxThreads: this.#threads,
      idleTimeout: IDLE_THREAD_MS,
    })
    return this.#pool
  }
}

/** @param options.threads worker threads; as many as the machine runs at once where none is given */
export function createWasmEngine(options: { readonly threads?: number } = {}): Engine {
  const threads = options.threads ?? availableParallelism()
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`The wasm engine was given ${threads} threads; it needs at least 1.`)
  }
  return new WasmEngine(threads)
}
