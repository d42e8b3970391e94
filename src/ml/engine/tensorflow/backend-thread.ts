/** The host's side of TensorFlow's worker thread: starts it, sends it one chunk at a time, stops and ends it. */
import { Worker } from 'node:worker_threads'
import type { FitResult } from '../engine.js'
import type { PackedFits } from '../wasm/packed-fits.js'
import type { ChunkTask, WorkerData, WorkerMessage } from './fit-worker.js'
import type { BackendUnavailable } from './tensor-library.js'

const WORKER_FILE = new URL('./fit-worker.js', import.meta.url)

export interface ThreadChunk {
  /** Problems with equal `chunkKey`. Their buffers are transferred to the thread. */
  readonly problems: readonly PackedFits[]
  /** Called a few times a second with the losses of an epoch, in the order of the problems. */
  readonly onEpoch: ((epoch: number, losses: Float64Array) => void) | undefined
}

interface RunningChunk extends ThreadChunk {
  readonly number: number
  readonly resolve: (results: readonly FitResult[] | undefined) => void
  readonly reject: (error: Error) => void
}

export type StartedThread =
  | {
      readonly kind: 'loaded'
      readonly thread: BackendThread
      readonly device: string
      readonly hasGpu: boolean
    }
  | BackendUnavailable

const LOADING_ENDED: BackendUnavailable = {
  kind: 'unavailable',
  reason: 'the loading of TensorFlow was stopped',
  remedy: 'Set ML_ENGINE=wasm to do without it.',
}

export class BackendThread {
  readonly #worker: Worker
  readonly #stopped = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  #running: RunningChunk | undefined
  #last = 0
  #end: Error | undefined

  /**
   * Starts the thread. Resolves when the backend is loaded, or with the reason why it is not; then no thread is
   * left.
   * @param backendModule URL of a module as `BackendModule` (tensor-library.ts)
   * @param signal ends the loading
   */
  static async start(backendModule: string, signal?: AbortSignal): Promise<StartedThread> {
    const thread = new BackendThread(backendModule)
    const stop = (): void => void thread.close()
    signal?.addEventListener('abort', stop)
    if (signal?.aborted === true) stop()
    const backend = await thread.#loaded
    signal?.removeEventListener('abort', stop)
    // What a thread reports when it is terminated while loading differs between releases of Node.
    const isEnded = signal?.aborted === true
    if (backend.kind === 'loaded' && !isEnded) {
      thread.#worker.unref()
      return { ...backend, thread }
    }
    await thread.close()
    return backend.kind === 'loaded' || isEnded ? LOADING_ENDED : backend
  }

  readonly #loaded: Promise<Extract<WorkerMessage, { kind: 'backend' }>['backend']>

  private constructor(backendModule: string) {
    const workerData: WorkerData = { backendModule, stopped: this.#stopped }
    const worker = new Worker(WORKER_FILE, { workerData })
    this.#worker = worker
    this.#loaded = new Promise((resolve) => {
      worker.on('message', (message: WorkerMessage) => {
        if (message.kind === 'backend') resolve(message.backend)
        else this.#take(message)
      })
      worker.on('error', (error) => (this.#end = error))
      worker.on('exit', (code) => {
        this.#end ??= new Error(`it exited with code ${code}`)
        this.#running?.reject(this.#end)
        resolve({
          kind: 'unavailable',
          reason: `TensorFlow's thread ended while it loaded: ${this.#end.message}`,
          remedy: 'Set ML_ENGINE=wasm to do without it.',
        })
      })
    })
  }

  get isAlive(): boolean {
    return this.#end === undefined
  }

  /**
   * Trains a chunk. Resolves to one result for each problem in order, or undefined after {@link stop}.
   * @throws Error where a chunk is already running; rejects where the thread ends
   */
  train(chunk: ThreadChunk): Promise<readonly FitResult[] | undefined> {
    if (this.#running !== undefined) throw new Error('The thread is already training a chunk.')
    const number = (this.#last += 1)
    const { problems, onEpoch } = chunk
    // A running chunk keeps the process alive; an idle thread does not.
    this.#worker.ref()
    return new Promise<readonly FitResult[] | undefined>((resolve, reject) => {
      this.#running = { ...chunk, number, resolve, reject }
      if (this.#end !== undefined) throw this.#end
      const task: ChunkTask = { chunk: number, problems, reporting: onEpoch !== undefined }
      this.#worker.postMessage(
        task,
        problems.map(({ buffer }) => buffer),
      )
    }).finally(() => {
      this.#running = undefined
      this.#worker.unref()
    })
  }

  /** Stops the running chunk before its next step. */
  stop(): void {
    if (this.#running !== undefined) Atomics.store(this.#stopped, 0, this.#running.number)
  }

  /** Terminates the thread. Resolves when it has exited. */
  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #take(message: Exclude<WorkerMessage, { kind: 'backend' }>): void {
    const running = this.#running
    if (running?.number !== message.chunk) return
    if (message.kind === 'epoch') running.onEpoch?.(message.epoch, message.losses)
    else running.resolve(message.results)
  }
}
