/**
 * The fit pool: hands waiting fits to worker threads, and ends every fit with exactly one outcome.
 *
 * Fits wait here and not in piscina, which gets at most one task for each thread. So a stream that ends removes
 * only its own fits, streams take turns, and no fit waits for a dead thread: piscina replaces one only when the
 * next task comes.
 *
 * Small fits go to a thread several at a time, up to {@link TASK_WORK}: sending a task and waking both sides costs
 * about as much as a small fit, and the thread idles until the next task arrives. Sharing a task changes no
 * result. When a thread dies, each fit of its task runs again alone, so only the fit that kills its thread fails.
 */
import { setMaxListeners } from 'node:events'
import { Piscina } from 'piscina'
import { KospigraphError, messageOf } from '../../../errors.js'
import type { EpochDone, FitResult } from '../engine.js'
import type { FitProblem } from '../../fit-problem.js'
import type { EpochReport, FitTask } from './fit-worker.js'
import { packFits } from './packed-fits.js'

const IDLE_THREAD_MS = 60_000
/**
 * Fit threads yield to the query thread. With both cores fitting, its p99 delay fell from 4.5 to 2.0 ms, and fits
 * a second rose by 3 %, because the next task also arrives sooner. On other systems than Linux this would slow the
 * whole process.
 */
const NICENESS = process.platform === 'linux' ? 5 : 0
/** Work of one task, in weights × samples × steps × epochs: three fits of the `seed` recipe. */
const TASK_WORK = 7e7
const TASK_FITS = 8

interface WaitingFit {
  readonly problem: FitProblem
  readonly work: number
  readonly onEpoch: ((done: EpochDone) => void) | undefined
  readonly resolve: (result: FitResult) => void
  readonly reject: (error: unknown) => void
  /** Its task's thread died, so it runs in a task of its own. */
  readonly suspected: boolean
}

interface RunningTask {
  readonly fits: readonly WaitingFit[]
  readonly fail: (error: unknown) => void
}

interface Stream {
  readonly waiting: WaitingFit[]
  readonly stopping: AbortController
}

/** The fits of one stream. */
export interface FitRun {
  /** Fits one problem. Rejects where the stream was stopped or the pool closed; every other outcome is a result. */
  fit(problem: FitProblem, onEpoch?: (done: EpochDone) => void): Promise<FitResult>
  /** Ends its waiting and running fits at once; the threads that run them are terminated. */
  stop(): void
}

function workOf({ architecture, training, labels }: FitProblem): number {
  const { features, lookback, layers, hidden } = architecture
  return training.epochs * labels.length * lookback * hidden * (features + (2 * layers - 1) * hidden)
}

export class FitPool {
  readonly #threads: number
  readonly #workerFile: string
  /** Streams with waiting fits, in the order of their turns. */
  readonly #streams = new Set<Stream>()
  readonly #running = new Map<number, RunningTask>()
  /** Threads that have not exited, including those that piscina has dropped. */
  readonly #alive = new Set<Piscina['threads'][number]>()
  #piscina: Piscina<FitTask, FitResult[]> | undefined
  #lastTask = 0
  #closed = false

  /** @param workerFile path of a module with a default export like `fit-worker.ts` */
  constructor(threads: number, workerFile: string) {
    this.#threads = threads
    this.#workerFile = workerFile
  }

  /** Opens a stream of fits. */
  open(): FitRun {
    const stream: Stream = { waiting: [], stopping: new AbortController() }
    // Every running task listens to it; Node warns beyond ten listeners.
    setMaxListeners(0, stream.stopping.signal)
    return {
      fit: (problem, onEpoch) =>
        new Promise((resolve, reject) => {
          const work = workOf(problem)
          stream.waiting.push({ problem, work, onEpoch, resolve, reject, suspected: false })
          this.#streams.add(stream)
          this.#dispatch()
        }),
      stop: () => {
        this.#drop(stream)
        stream.stopping.abort()
      },
    }
  }

  /** Stops all streams. Resolves when the last thread has exited. */
  async close(): Promise<void> {
    this.#closed = true
    for (const stream of this.#streams) this.#drop(stream)
    this.#watchThreads()
    const exits = [...this.#alive].map((thread) => new Promise((resolve) => thread.once('exit', resolve)))
    await this.#piscina?.destroy()
    await Promise.all(exits)
  }

  #drop(stream: Stream): void {
    this.#streams.delete(stream)
    for (const { problem, reject } of stream.waiting.splice(0)) reject(this.#stopped(problem.key))
  }

  #stopped(key: string, cause?: unknown): KospigraphError {
    const reason = this.#closed ? 'the engine was closed' : 'the fits were stopped'
    return new KospigraphError('ABORTED', `${key}: ${reason}.`, { cause })
  }

  #dispatch(): void {
    for (const stream of this.#streams) {
      if (this.#closed || stream.stopping.signal.aborted) {
        this.#drop(stream)
        continue
      }
      if (this.#running.size >= this.#threads) return
      const fits = this.#takeTask(stream)
      // The stream goes to the end of the queue.
      this.#streams.delete(stream)
      if (stream.waiting.length > 0) this.#streams.add(stream)
      if (fits.length > 0) void this.#runTask(stream, fits)
    }
  }

  /**
   * Takes the stream's next fits for one task. Few remaining fits are shared among the threads, so that all end
   * together.
   */
  #takeTask({ waiting }: Stream): WaitingFit[] {
    const limit = Math.min(TASK_FITS, Math.ceil(waiting.length / this.#threads))
    let work = 0
    let count = 0
    for (const fit of waiting) {
      work += fit.work
      if (count > 0 && (count >= limit || work > TASK_WORK || fit.suspected)) break
      count += 1
      if (fit.suspected) break
    }
    return waiting.splice(0, count)
  }

  async #runTask(stream: Stream, fits: readonly WaitingFit[]): Promise<void> {
    const id = (this.#lastTask += 1)
    try {
      const results = await new Promise<FitResult[]>((resolve, reject) => {
        this.#running.set(id, { fits, fail: reject })
        const packed = packFits(fits.map(({ problem }) => problem))
        const reporting = fits.some(({ onEpoch }) => onEpoch !== undefined)
        const options = { signal: stream.stopping.signal, transferList: [packed.buffer] }
        this.#openPiscina()
          .run({ ...packed, id, reporting }, options)
          .then(resolve, reject)
        this.#watchThreads()
      })
      this.#running.delete(id)
      for (const [place, { resolve }] of fits.entries()) resolve(results[place] as FitResult)
    } catch (error) {
      this.#running.delete(id)
      this.#fail(stream, fits, error)
    }
    this.#dispatch()
  }

  /** Ends the fits of a failed task: retries each alone, or fails the only one. */
  #fail(stream: Stream, fits: readonly WaitingFit[], error: unknown): void {
    if (this.#closed || stream.stopping.signal.aborted) {
      for (const { problem, reject } of fits) reject(this.#stopped(problem.key, error))
    } else if (fits.length > 1) {
      stream.waiting.unshift(...fits.map((fit) => ({ ...fit, suspected: true })))
      this.#streams.add(stream)
    } else {
      for (const { problem, resolve } of fits) {
        const message = `${problem.key}: the worker thread failed: ${messageOf(error)}`
        resolve({ kind: 'failure', key: problem.key, code: 'ENGINE_FAILED', message })
      }
    }
  }

  #openPiscina(): Piscina<FitTask, FitResult[]> {
    if (this.#piscina !== undefined) return this.#piscina
    const piscina = new Piscina<FitTask, FitResult[]>({
      filename: this.#workerFile,
      minThreads: 0,
      maxThreads: this.#threads,
      idleTimeout: IDLE_THREAD_MS,
      recordTiming: false,
      niceIncrement: NICENESS,
    })
    piscina.on('message', (report: EpochReport) => {
      this.#report(report)
    })
    // Emitted where a thread dies without a task; #watchThreads handles its exit.
    piscina.on('error', () => undefined)
    return (this.#piscina = piscina)
  }

  #report({ task, place, epoch, loss }: EpochReport): void {
    // A report may arrive after the results, because it uses another port.
    const fit = this.#running.get(task)?.fits[place]
    try {
      fit?.onEpoch?.({ epoch, loss })
    } catch (error) {
      fit?.reject(error)
    }
  }

  #watchThreads(): void {
    const piscina = this.#piscina
    for (const thread of piscina?.threads ?? []) {
      if (this.#alive.has(thread)) continue
      this.#alive.add(thread)
      let cause: unknown
      thread.once('error', (error) => (cause = error))
      thread.once('exit', (code) => {
        this.#alive.delete(thread)
        if (piscina !== this.#piscina || piscina?.threads.length !== 0 || this.#running.size === 0) return
        // The last thread died before it took its task, and piscina starts no thread for tasks that are already
        // queued.
        this.#piscina = undefined
        for (const { fail } of this.#running.values()) {
          fail(cause ?? new Error(`it exited with code ${code} before it took a fit`))
        }
        void piscina.destroy()
      })
    }
  }
}
