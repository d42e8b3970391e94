/** The fit problem: one training run as plain data. The same problem gives the same result on any machine. */
import type { Head } from '../domain/models/recipe.js'

/** The network: PyTorch's `nn.RNN` (tanh, two biases, h0 = 0). One linear unit reads its outputs of all steps. */
export interface Architecture {
  readonly features: number
  readonly lookback: number
  readonly layers: number
  readonly hidden: number
  readonly head: Head
}

/** How the network is trained: Adam on the mean squared error. */
export interface Training {
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** Decoupled weight decay, as in PyTorch's AdamW; 0 turns it off. */
  readonly weightDecay: number
  /**
   * Largest norm of one step's gradients, over all weights together. Longer gradients are scaled down, as in
   * PyTorch's `clip_grad_norm_`. 0 turns it off.
   */
  readonly gradientClipNorm: number
}

/**
 * One training run, complete.
 *
 * `rows` holds single rows instead of sequences: sample i is the `lookback` rows from row i, and the engine
 * gathers them. Consecutive samples share all rows but one, so sequences would take `lookback` times the memory.
 */
export interface FitProblem {
  /** Identifies the problem in results and messages; unique within one call of `fit`. */
  readonly key: string
  readonly architecture: Architecture
  readonly training: Training
  /** Scaled inputs, [sampleCount + lookback - 1, features], row-major. */
  readonly rows: Float32Array
  /** Scaled labels, [sampleCount]. */
  readonly labels: Float32Array
  /** Flat, in the order of `weightShapes` (weights.ts). */
  readonly initialWeights: Float32Array
  /**
   * [epochs, sampleCount], row-major: the order in which each epoch visits the samples. Batches are consecutive
   * runs.
   */
  readonly batchOrders: Uint16Array
}
