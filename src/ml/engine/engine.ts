/**
 * The engine interface: what executes fits.
 *
 * All work is batches of independent small fits. Problems go in as a stream; results come out as a stream in the
 * same order, each with its problem's key. A problem that cannot be fitted yields a failure as its result, and the
 * other fits go on.
 */
import type { Architecture, FitProblem } from '../fit-problem.js'

/** Why a problem has no fit. DIVERGED: see `divergence.ts`. */
export const FIT_FAILURE_CODES = ['DIVERGED', 'INVALID_PROBLEM', 'ENGINE_FAILED'] as const
export type FitFailureCode = (typeof FIT_FAILURE_CODES)[number]

export interface Fit {
  readonly kind: 'fit'
  readonly key: string
  /** After training, in the layout of `initialWeights`. */
  readonly weights: Float32Array
  /** Mean loss of each epoch, [epochs]: the mean of its batches' losses, in which a partial batch counts as one. */
  readonly losses: Float64Array
  readonly durationMs: number
}

export interface FitFailure {
  readonly kind: 'failure'
  readonly key: string
  readonly code: FitFailureCode
  readonly message: string
}

export type FitResult = Fit | FitFailure

export interface EpochDone {
  /** Number of completed epochs, from 1. */
  readonly epoch: number
  /** Mean loss of that epoch. */
  readonly loss: number
}

export interface FitProgress extends EpochDone {
  readonly key: string
  readonly epochs: number
}

export interface FitOptions {
  /** Ends the stream with an ABORTED error; running fits are stopped, not awaited. */
  readonly signal?: AbortSignal
  /** Called a few times a second for each running fit, and once for each fit's last epoch. */
  readonly onProgress?: (progress: FitProgress) => void
}

export interface Engine {
  readonly name: 'wasm' | 'tensorflow'
  /** Changes whenever results change; part of a version's content hash. */
  readonly version: string
  /** Description of the hardware that fits run on. */
  readonly device: string
  /** Fits that run side by side. Fewer of them take as long as one. */
  readonly parallelism: number
  /**
   * Fits every problem and yields the results in the order of the problems. Takes the next problem only when it
   * has room for it. Leaving the loop early stops the running fits.
   * @throws KospigraphError ABORTED where the signal aborts or the engine is closed
   */
  fit(
    problems: Iterable<FitProblem> | AsyncIterable<FitProblem>,
    options?: FitOptions,
  ): AsyncIterable<FitResult>
  /**
   * Returns the outputs of a trained network, [sampleCount]. It runs on the calling thread, so it is for a window,
   * not a market.
   * @param rows scaled, [sampleCount + lookback - 1, features], as in {@link FitProblem}
   */
  predict(architecture: Architecture, weights: Float32Array, rows: Float32Array): Float32Array
  /** Stops running fits and frees the threads. The engine cannot be used again. */
  close(): Promise<void>
}
