/**
 * The pool: hands waiting fits to worker threads and sees to it that every fit has one outcome.
 *
 * Fits wait here and not in piscina, which has a task for each thread at most. So a stream that ends takes its own
 * fits along and no others, streams take turns, and nothing waits for a thread that has died: piscina replaces one
 * only when the next task comes.
 *
 * Small fits go to a thread several at a time, up to {@link TASK_WORK}: sending a task and waking both sides costs
 * about as much as a small fit itself, and the thread idles until the next task arrives. What shares a task
 * changes no result. When a thread dies, the fits of its task run again, each alone, so that only the one it dies of
 * fails.
 */
import { setMaxListeners } from 'node:events'
import { Piscina } from 'piscina'
import { KospigraphError, messageOf } from '../../../errors.js'
import type { FitResult } from '../engine.js'
import type { FitProblem } from '../../fit-problem.js'
import type { EpochReport, FitTask } from './fit-worker.js'
import { packFits } from './packed-fits.js'
import type { EpochDone } from './train.js'

const IDLE_THREAD_MS = 60_000
/**
 * Threads that fit give way to the one that answers queries: with both cores fitting, its p99 delay fell from 4.5 to
 * 2.0 ms and fits a second rose by 3 %, because it also brings the next task sooner. Elsewhere than on Linux this
 * would slow the whole process.
 */
const NICENESS = process.platform === 'linux' ? 5 : 0
/** In weights used, for one sample, at one step: three of the `seed` recipe's fits. */
const TASK_WORK = 7e7
const TASK_FITS = 8

interface WaitingFit {
  readonly problem: FitProblem
  readonly work: number
  readonly onEpoch: ((done: EpochDone) => void) | undefined
  readonly resolve: (result: FitResult) => void
  readonly reject: (error: unknown) => void
  /** Its task has killed a thread: the next one is its own. */
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
  /** Rejects where the stream was stopped or the pool closed; everything else is a result. */
  fit(problem: FitProblem, onEpoch?: (done: EpochDone) => void): Promise<FitResult>
  /** Ends its waiting and running fits at once; threads that ran them are terminated. */
  stop(): void
}

function workOf({ architecture, training, labels }: FitProblem): number {
  const { features, lookback, layers, hidden } = architecture
  return training.epochs * labels.length * lookback * hidden * (features + (2 * layers - 1) * hidden)
}

export class FitPool {
  readonly #threads: number
  readonly #workerFile: string
  /** In the order of their turns. */
  readonly #streams = new Set<Stream>()
  readonly #running = new Map<number, RunningTask>()
  /** Until each has exited, also after piscina has let go of it. */
  readonly #alive = new Set<Piscina['threads'][number]>()
  #piscina: Piscina<FitTask, FitResult[]> | undefined
  #lastTask = 0
  #closed = false

  /** @param workerFile path of a module whose default export does what `fit-worker.ts` does */
  constructor(threads: number, workerFile: string) {
    this.#threads = threads
    this.#workerFile = workerFile
  }

  open(): FitRun {
    const stream: Stream = { waiting: [], stopping: new AbortController() }
    // Every task that runs listens to it; Node warns beyond ten.
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

  /** Stops all streams; resolves when the last thread has exited. */
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
      // To the end of the line.
      this.#streams.delete(stream)
      if (stream.waiting.length > 0) this.#streams.add(stream)
      if (fits.length > 0) void this.#runTask(stream, fits)
    }
  }

  /** The stream's next few fits; less than its share of the threads where few are left, so that all end together. */
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

  /** What becomes of the fits of a task that gave no results. */
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
    // Given where a thread dies without a task, which is seen to where threads exit.
    piscina.on('error', () => undefined)
    return (this.#piscina = piscina)
  }

  #report({ task, place, epoch, loss }: EpochReport): void {
    // A report may come after the results, by another port.
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
        // The last one died before it took its task, and piscina starts none for tasks that wait already.
        this.#piscina = undefined
        for (const { fail } of this.#running.values()) {
          fail(cause ?? new Error(`it ended with exit code ${code} before it took a fit`))
        }
        void piscina.destroy()
      })
    }
  }
}
