/**
 * The chunk queue: gathers waiting fits into chunks and trains one chunk after the other.
 *
 * A small chunk costs nearly as much as a large one, so fits wait for more: until a chunk is full, the stream has
 * ended, or no fit has arrived for {@link QUIET_MS} while the thread is idle. While one chunk trains, the next
 * gathers. Streams take turns.
 */
import { KospigraphError, messageOf } from '../../../errors.js'
import type { EpochDone, FitResult } from '../engine.js'
import type { FitProblem } from '../../fit-problem.js'
import { packFits } from '../wasm/packed-fits.js'
import type { PackedFits } from '../wasm/packed-fits.js'
import type { BackendThread } from './backend-thread.js'
import { chunkKey, chunkLimit } from './chunk.js'

const QUIET_MS = 50

export interface ChunkBounds {
  /** Bytes of a chunk's tensors, see `workingBytes` (chunk.ts). */
  readonly memoryBytes: number
  /** Number of fits in a chunk. */
  readonly fits: number
}

interface WaitingFit {
  readonly key: string
  readonly packed: PackedFits
  readonly onEpoch: ((done: EpochDone) => void) | undefined
  readonly resolve: (result: FitResult) => void
  readonly reject: (error: unknown) => void
}

/** Waiting fits that may share a chunk, oldest first. */
interface Group {
  readonly limit: number
  readonly fits: WaitingFit[]
}

interface Stream {
  /** By `chunkKey`, in order of the oldest waiting fit unless a full group was taken out of turn. */
  readonly groups: Map<string, Group>
  ended: boolean
  stopped: boolean
  lastArrivalMs: number
}

/** The fits of one stream. */
export interface FitRun {
  /** Fits one problem. Rejects where the stream was stopped or the queue closed; every other outcome is a result. */
  fit(problem: FitProblem, onEpoch?: (done: EpochDone) => void): Promise<FitResult>
  /** Announces that no further fits will come, so a chunk need not wait for them. */
  end(): void
  /** Stops its waiting fits, and its running fits before their next step. */
  stop(): void
}

interface RunningChunk {
  readonly stream: Stream
  readonly fits: readonly WaitingFit[]
}

export class ChunkQueue {
  readonly #bounds: ChunkBounds
  readonly #startThread: (signal: AbortSignal) => Promise<BackendThread>
  readonly #closing = new AbortController()
  /** Streams with waiting fits, in the order of their turns. */
  readonly #streams = new Set<Stream>()
  #thread: BackendThread
  /** Set before its thread starts, where that is necessary. */
  #running: RunningChunk | undefined
  /** Settles when nothing runs; never rejects. */
  #training: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param startThread starts another thread after the first has died */
  constructor(
    thread: BackendThread,
    startThread: (signal: AbortSignal) => Promise<BackendThread>,
    bounds: ChunkBounds,
  ) {
    this.#thread = thread
    this.#startThread = startThread
    this.#bounds = bounds
  }

  /** Opens a stream of fits. */
  open(): FitRun {
    const stream: Stream = { groups: new Map(), ended: false, stopped: false, lastArrivalMs: 0 }
    return {
      fit: (problem, onEpoch) =>
        new Promise((resolve, reject) => {
          const { key } = problem
          if (this.#closed || stream.stopped) {
            reject(this.#stoppedError(key))
            return
          }
          // Copied on arrival, because copying a thousand at once when the chunk is full would block this thread.
          const fit: WaitingFit = { key, packed: packFits([problem]), onEpoch, resolve, reject }
          const group = stream.groups.get(chunkKey(problem))
          if (group !== undefined) group.fits.push(fit)
          else stream.groups.set(chunkKey(problem), { limit: chunkLimit(problem, this.#bounds), fits: [fit] })
          stream.lastArrivalMs = performance.now()
          this.#streams.add(stream)
          this.#dispatch()
        }),
      end: () => {
        stream.ended = true
        this.#dispatch()
      },
      stop: () => {
        stream.stopped = true
        this.#drop(stream)
      },
    }
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Stops all streams. Resolves when the thread has exited. */
  async close(): Promise<void> {
    this.#closing.abort()
    clearTimeout(this.#timer)
    for (const stream of this.#streams) this.#drop(stream)
    if (this.#running !== undefined) this.#drop(this.#running.stream)
    await this.#thread.close()
    // A replacement thread may be starting; #train ends it too.
    await this.#training
  }

  #drop(stream: Stream): void {
    this.#streams.delete(stream)
    const waiting = [...stream.groups.values()].flatMap(({ fits }) => fits)
    stream.groups.clear()
    for (const { key, reject } of waiting) reject(this.#stoppedError(key))
    if (this.#running?.stream !== stream) return
    this.#thread.stop()
    for (const { key, reject } of this.#running.fits) reject(this.#stoppedError(key))
  }

  #stoppedError(key: string): KospigraphError {
    const reason = this.#closed ? 'the engine was closed' : 'the fits were stopped'
    return new KospigraphError('ABORTED', `${key}: ${reason}.`)
  }

  #dispatch(): void {
    clearTimeout(this.#timer)
    if (this.#training !== undefined || this.#closed) return
    const nowMs = performance.now()
    let waitMs = Infinity
    for (const stream of this.#streams) {
      const quietInMs = stream.ended ? 0 : stream.lastArrivalMs + QUIET_MS - nowMs
      const fits = this.#takeChunk(stream, quietInMs <= 0)
      if (fits.length === 0) {
        waitMs = Math.min(waitMs, quietInMs)
        continue
      }
      // The stream goes to the end of the queue.
      this.#streams.delete(stream)
      if (stream.groups.size > 0) this.#streams.add(stream)
      this.#training = this.#train(stream, fits).finally(() => {
        this.#training = undefined
        this.#dispatch()
      })
      return
    }
    if (waitMs < Infinity) this.#timer = setTimeout(() => this.#dispatch(), Math.ceil(waitMs))
  }

  /** Takes the fits of a full group, or with `any` those of the group that has waited longest. */
  #takeChunk({ groups }: Stream, any: boolean): WaitingFit[] {
    for (const isReady of [({ fits, limit }: Group) => fits.length >= limit, () => any]) {
      for (const [key, group] of groups) {
        if (!isReady(group)) continue
        const { limit, fits } = group
        groups.delete(key)
        const taken = fits.splice(0, limit)
        if (fits.length > 0) groups.set(key, group)
        return taken
      }
    }
    return []
  }

  async #train(stream: Stream, fits: readonly WaitingFit[]): Promise<void> {
    this.#running = { stream, fits }
    try {
      if (!this.#thread.isAlive) this.#thread = await this.#startThread(this.#closing.signal)
      if (this.#closed) await this.#thread.close()
      if (stream.stopped || this.#closed) throw new Error('stopped')
      const problems = fits.map(({ packed }) => packed)
      const reporting = fits.some(({ onEpoch }) => onEpoch !== undefined)
      const report = (epoch: number, losses: Float64Array): void => {
        fits.forEach((fit, i) => reportEpoch(fit, epoch, losses[i] ?? NaN))
      }
      const results = await this.#thread.train({ problems, onEpoch: reporting ? report : undefined })
      // There are no results where the stream was stopped; its fits are already rejected.
      fits.forEach(({ resolve }, i) => results?.[i] && resolve(results[i]))
    } catch (error) {
      for (const { key, resolve, reject } of fits) {
        if (stream.stopped || this.#closed) reject(this.#stoppedError(key))
        else {
          const message = `${key}: TensorFlow's thread failed: ${messageOf(error)}`
          resolve({ kind: 'failure', key, code: 'ENGINE_FAILED', message })
        }
      }
    } finally {
      this.#running = undefined
    }
  }
}

function reportEpoch({ onEpoch, reject }: WaitingFit, epoch: number, loss: number): void {
  try {
    onEpoch?.({ epoch, loss })
  } catch (error) {
    reject(error)
  }
}
