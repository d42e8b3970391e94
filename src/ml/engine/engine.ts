/**
 * The engine: what executes fits.
 *
 * Everything the ML side does is a batch of independent small fits. Problems go in as a stream, results come
 * out as a stream in the same order, each under its problem's key, and a problem that cannot be fitted is a
 * result like any other: the fits beside it go on.
 */
import type { Architecture, FitProblem } from '../fit-problem.js'

/** Why a problem has no fit. DIVERGED: see `divergence.ts`. */
export const FIT_FAILURE_CODES = ['DIVERGED', 'INVALID_PROBLEM', 'ENGINE_FAILED'] as const
export type FitFailureCode = (typeof FIT_FAILURE_CODES)[number]

export interface Fit {
  readonly kind: 'fit'
  readonly key: string
  /** As `initialWeights`, after training. */
  readonly weights: Float32Array
  /** Mean loss of each epoch: the mean of its batches' losses, a partial batch counting as one. */
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

export interface FitProgress {
  readonly key: string
  /** Epochs done, from 1. */
  readonly epoch: number
  readonly epochs: number
  /** Mean loss of that epoch. */
  readonly loss: number
}

export interface FitOptions {
  /** Ends the stream with an ABORTED error; running fits are stopped, not awaited. */
  readonly signal?: AbortSignal
  /** Called a few times a second for each running fit, and once for each fit's last epoch. */
  readonly onProgress?: (progress: FitProgress) => void
}

export interface Engine {
  readonly name: 'wasm' | 'tensorflow'
  /** Goes up whenever the numbers change; part of a version's content hash. */
  readonly version: string
  /** What the fits run on, for people. */
  readonly device: string
  /** Fits that run side by side where there are as many: what fewer of them take, one takes too. */
  readonly parallelism: number
  /**
   * Fits every problem and yields the results in the order of the problems. Takes the next problem only when
   * there is room for it. Leaving the loop early stops the fits still running.
   */
  fit(
    problems: Iterable<FitProblem> | AsyncIterable<FitProblem>,
    options?: FitOptions,
  ): AsyncIterable<FitResult>
  /**
   * The outputs of a trained network, one a sample, on the calling thread: meant for a window, not a market.
   * `rows` is [sampleCount + lookback - 1, features], scaled, as in {@link FitProblem}.
   */
  predict(architecture: Architecture, weights: Float32Array, rows: Float32Array): Float32Array
  /** Stops what runs and frees the threads. The engine cannot be used again. */
  close(): Promise<void>
}
