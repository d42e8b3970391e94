/**
 * TensorFlow's worker thread: trains one chunk at a time.
 *
 * TensorFlow's operations run on the thread that calls them, and loading it with a GPU takes a second, so neither
 * happens on the query thread. While a chunk trains, this thread reads no messages, so the request to stop comes
 * through shared memory.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '../../../errors.js'
import type { FitResult } from '../engine.js'
import type { FitProblem } from '../../fit-problem.js'
import { problemViolation } from '../problem-check.js'
import type { PackedFits } from '../wasm/packed-fits.js'
import { unpackFits } from '../wasm/packed-fits.js'
import type { BackendModule, LoadedBackend, TensorLibrary } from './tensor-library.js'
import type { ChunkHooks } from './train-chunk.js'
import { trainChunk } from './train-chunk.js'

export interface WorkerData {
  /** URL of a module that exports `loadBackend`. */
  readonly backendModule: string
  /** Shared memory with one number: the chunk to stop. */
  readonly stopped: Int32Array
}

export interface ChunkTask {
  /** From 1. */
  readonly chunk: number
  /** Problems with equal `chunkKey`. */
  readonly problems: readonly PackedFits[]
  /** Whether to report epochs. */
  readonly reporting: boolean
}

export type WorkerMessage =
  | {
      readonly kind: 'backend'
      readonly backend: Omit<Extract<LoadedBackend, { kind: 'loaded' }>, 'tf'> | UnavailableBackend
    }
  | { readonly kind: 'epoch'; readonly chunk: number; readonly epoch: number; readonly losses: Float64Array }
  /** `results` is undefined where the chunk was stopped. */
  | { readonly kind: 'done'; readonly chunk: number; readonly results: readonly FitResult[] | undefined }

type UnavailableBackend = Extract<LoadedBackend, { kind: 'unavailable' }>

const REPORT_INTERVAL_MS = 300

const { backendModule, stopped } = workerData as WorkerData

async function load(): Promise<LoadedBackend> {
  try {
    return await ((await import(backendModule)) as BackendModule).loadBackend()
  } catch (error) {
    return {
      kind: 'unavailable',
      reason: `TensorFlow failed to load: ${messageOf(error)}`,
      remedy: 'Set ML_ENGINE=wasm to do without it.',
    }
  }
}

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message)
}

/** Trains a chunk. Where it fails, for example for lack of memory, trains its halves, down to single problems. */
function trainOrSplit(
  tf: TensorLibrary,
  problems: readonly FitProblem[],
  hooks: ChunkHooks,
): FitResult[] | undefined {
  try {
    return trainChunk(tf, problems, hooks)
  } catch (error) {
    if (problems.length === 1) {
      return problems.map(({ key }) => ({
        kind: 'failure',
        key,
        code: 'ENGINE_FAILED',
        message: `${key}: TensorFlow failed: ${messageOf(error)}`,
      }))
    }
    const half = Math.ceil(problems.length / 2)
    const silent = { ...hooks, onEpoch: () => undefined }
    const first = trainOrSplit(tf, problems.slice(0, half), silent)
    const second = first && trainOrSplit(tf, problems.slice(half), silent)
    return second && [...first, ...second]
  }
}

function trainTask(tf: TensorLibrary, { chunk, problems, reporting }: ChunkTask): FitResult[] | undefined {
  const results: (FitResult | undefined)[] = []
  const sound: FitProblem[] = []
  const places: number[] = []
  for (const [place, problem] of problems.flatMap(unpackFits).entries()) {
    const { key } = problem
    // Batch orders take long to check, so this thread does it, not the one that feeds it.
    const violation = problemViolation(problem)
    if (violation === undefined) {
      places.push(place)
      sound.push(problem)
    } else {
      const message = `${key}: ${violation}`
      results[place] = { kind: 'failure', key, code: 'INVALID_PROBLEM', message }
    }
  }
  let reportedMs = performance.now()
  const onEpoch = (epoch: number, losses: Float64Array): void => {
    const nowMs = performance.now()
    if (!reporting || nowMs - reportedMs < REPORT_INTERVAL_MS) return
    reportedMs = nowMs
    const all = new Float64Array(problems.length).fill(NaN)
    places.forEach((place, i) => (all[place] = losses[i] ?? NaN))
    post({ kind: 'epoch', chunk, epoch, losses: all })
  }
  const isStopped = (): boolean => Atomics.load(stopped, 0) === chunk
  const trained = sound.length === 0 ? [] : trainOrSplit(tf, sound, { isStopped, onEpoch })
  if (trained === undefined) return undefined
  places.forEach((place, i) => (results[place] = trained[i]))
  return results as FitResult[]
}

const backend = await load()
if (backend.kind === 'loaded') {
  const { tf, ...loaded } = backend
  post({ kind: 'backend', backend: loaded })
  parentPort?.on('message', (task: ChunkTask) => {
    post({ kind: 'done', chunk: task.chunk, results: trainTask(tf, task) })
  })
} else {
  post({ kind: 'backend', backend })
}
