/**
 * Adam with decoupled weight decay, as PyTorch's Adam and AdamW compute it on float32 tensors.
 *
 * Kingma and Ba 2015, algorithm 1, in PyTorch's arrangement: the bias corrections are double precision, epsilon
 * joins after the corrected root. Loshchilov and Hutter 2019: decay multiplies the weight before the step, on
 * every weight, biases too. Powers of the betas are running products, since no pow is exact everywhere.
 */
import { firstMomentsAt, gradientsAt, secondMomentsAt, weightCount, weightsAt } from './layout'

let learningRate: f64 = 0
let beta1: f64 = 0
let beta2: f64 = 0
let epsilon: f64 = 0
let weightDecay: f64 = 0
let beta1Power: f64 = 1
let beta2Power: f64 = 1

export function startAdam(rate: f64, b1: f64, b2: f64, eps: f64, decay: f64): void {
  learningRate = rate
  beta1 = b1
  beta2 = b2
  epsilon = eps
  weightDecay = decay
  beta1Power = 1
  beta2Power = 1
}

/** One step along the gradients. */
export function stepAdam(): void {
  beta1Power *= beta1
  beta2Power *= beta2
  const keep = f32x4.splat(<f32>(1 - learningRate * weightDecay))
  const mix1 = f32x4.splat(<f32>(1 - beta1))
  const keep2 = f32x4.splat(<f32>beta2)
  const mix2 = f32x4.splat(<f32>(1 - beta2))
  const root = f32x4.splat(<f32>Math.sqrt(1 - beta2Power))
  const eps = f32x4.splat(<f32>epsilon)
  const size = f32x4.splat(<f32>(learningRate / (1 - beta1Power)))
  const bytes = (<usize>weightCount) << 2
  for (let at: usize = 0; at < bytes; at += 16) {
    const gradient = v128.load(gradientsAt + at)
    let first = v128.load(firstMomentsAt + at)
    let second = v128.load(secondMomentsAt + at)
    first = f32x4.add(first, f32x4.mul(f32x4.sub(gradient, first), mix1))
    second = f32x4.add(f32x4.mul(second, keep2), f32x4.mul(f32x4.mul(gradient, gradient), mix2))
    const below = f32x4.add(f32x4.div(f32x4.sqrt(second), root), eps)
    const weight = f32x4.mul(v128.load(weightsAt + at), keep)
    v128.store(weightsAt + at, f32x4.sub(weight, f32x4.mul(size, f32x4.div(first, below))))
    v128.store(firstMomentsAt + at, first)
    v128.store(secondMomentsAt + at, second)
  }
}
