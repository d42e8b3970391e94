/**
 * Adam with decoupled weight decay and gradient clipping, for M problems at once on one [M, weights] tensor.
 *
 * Kingma and Ba 2015, algorithm 1, and Loshchilov and Hutter 2019 for the decay, in PyTorch's order of operations,
 * like the `wasm` kernel: bias corrections in double precision, epsilon after the corrected root, decay before the
 * step. Clipping follows PyTorch's `clip_grad_norm_`: the norm of all of a problem's gradients together, plus
 * 1e-6. Steps and bias corrections are equal for all problems of a chunk, so they are scalars.
 */
import type { Training } from '../../fit-problem.js'
import type { Scalars } from './scalars.js'
import type { Tensor, TensorLibrary } from './tensor-library.js'

const CLIP_EPSILON = 1e-6

/** Each [M, weights]. */
export interface OptimiserState {
  readonly weights: Tensor
  readonly firstMoments: Tensor
  readonly secondMoments: Tensor
}

/** Returns the scalars that every optimiser step uses. */
export function adamScalars(training: Training): number[] {
  const { beta1, beta2, epsilon, gradientClipNorm } = training
  return [1 - beta1, beta2, 1 - beta2, epsilon, keepOf(training), gradientClipNorm, CLIP_EPSILON, 1]
}

function keepOf({ learningRate, weightDecay }: Training): number {
  return 1 - learningRate * weightDecay
}

export class Adam {
  readonly #tf: TensorLibrary
  readonly #scalars: Scalars
  readonly #training: Training
  #beta1Power = 1
  #beta2Power = 1

  constructor(tf: TensorLibrary, scalars: Scalars, training: Training) {
    this.#tf = tf
    this.#scalars = scalars
    this.#training = training
  }

  /** Returns the state after one step along `gradients`, [M, weights]. The caller frees the previous state. */
  step(state: OptimiserState, gradients: Tensor): OptimiserState {
    const tf = this.#tf
    const { learningRate, beta1, beta2, epsilon, weightDecay } = this.#training
    this.#beta1Power *= beta1
    this.#beta2Power *= beta2
    const [weights, firstMoments, secondMoments] = tf.tidy((): [Tensor, Tensor, Tensor] => {
      const scalar = (value: number): Tensor => this.#scalars.of(value)
      const gradient = this.#clipped(gradients)
      const first = tf.add(
        state.firstMoments,
        tf.mul(tf.sub(gradient, state.firstMoments), scalar(1 - beta1)),
      )
      const second = tf.add(
        tf.mul(state.secondMoments, scalar(beta2)),
        tf.mul(tf.square(gradient), scalar(1 - beta2)),
      )
      const root = this.#scalars.once(Math.sqrt(1 - this.#beta2Power))
      const below = tf.add(tf.div(tf.sqrt(second), root), scalar(epsilon))
      const size = this.#scalars.once(learningRate / (1 - this.#beta1Power))
      const kept = weightDecay === 0 ? state.weights : tf.mul(state.weights, scalar(keepOf(this.#training)))
      return [tf.sub(kept, tf.mul(size, tf.div(first, below))), first, second]
    })
    return { weights, firstMoments, secondMoments }
  }

  #clipped(gradients: Tensor): Tensor {
    const tf = this.#tf
    const { gradientClipNorm } = this.#training
    if (gradientClipNorm === 0) return gradients
    const norm: Tensor = tf.sqrt(tf.sum(tf.square(gradients), 1, true))
    const ratio = tf.div(this.#scalars.of(gradientClipNorm), tf.add(norm, this.#scalars.of(CLIP_EPSILON)))
    return tf.mul(gradients, tf.minimum(ratio, this.#scalars.of(1)))
  }
}
