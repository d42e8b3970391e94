/** A fit problem: one training run as plain data, complete, so that the same problem gives the same result on any machine. */
import type { Head } from '../domain/models/recipe.js'

/** The network: PyTorch's `nn.RNN` (tanh, two biases, h0 = 0), its outputs of every step, one unit on top. */
export interface Architecture {
  readonly features: number
  readonly lookback: number
  readonly layers: number
  readonly hidden: number
  readonly head: Head
}

/** The training of the network: mean squared error, Adam. */
export interface Training {
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** Decoupled, as PyTorch's AdamW; 0 turns it off. */
  readonly weightDecay: number
  /**
   * Largest norm of one step's gradients, all weights together: longer ones are scaled down, as PyTorch's
   * `clip_grad_norm_` does. 0 turns it off.
   */
  readonly gradientClipNorm: number
}

/**
 * One training run, complete: the same problem gives the same result, wherever it runs.
 *
 * Samples are rows and not sequences: sample i is the `lookback` rows from row i, so consecutive samples share
 * all rows but one, and the engine gathers them. A market of fits goes through here, and sequences would
 * be `lookback` times the bytes.
 */
export interface FitProblem {
  /** Names the problem in results and messages; unique within one call of `fit`. */
  readonly key: string
  readonly architecture: Architecture
  readonly training: Training
  /** Scaled inputs, [sampleCount + lookback - 1, features], row-major. */
  readonly rows: Float32Array
  /** Scaled labels, [sampleCount]. */
  readonly labels: Float32Array
  /** In the order of `weightShapes` (weights.ts). */
  readonly initialWeights: Float32Array
  /** [epochs, sampleCount], row-major: the order in which each epoch visits the samples, cut into batches. */
  readonly batchOrders: Uint16Array
}
