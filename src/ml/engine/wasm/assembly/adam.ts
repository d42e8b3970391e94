/**
 * Adam with decoupled weight decay, as PyTorch's Adam and AdamW compute it on float32 tensors.
 *
 * Kingma and Ba 2015, algorithm 1, in PyTorch's order of operations: bias corrections in double precision, epsilon
 * added after the corrected root. Loshchilov and Hutter 2019: decay multiplies every weight, biases too, before
 * the step. Powers of the betas are running products, because pow is not exact everywhere.
 */
import { clippingScale } from './clipping'
import { firstMomentsAt, gradientsAt, secondMomentsAt, weightBytes, weightsAt } from './layout'

/**
 * The factors of one step go through memory. V8 moves whatever can be computed into the loop that uses it, even
 * square roots and divisions, and a step then takes more than twice as long. Loaded values stay outside the loop.
 */
const FACTORS = memory.data(32, 16)

let learningRate: f64 = 0
let beta1: f64 = 0
let beta2: f64 = 0
let epsilon: f64 = 0
let weightDecay: f64 = 0
let gradientClipNorm: f64 = 0
let beta1Power: f64 = 1
let beta2Power: f64 = 1

export function startAdam(rate: f64, b1: f64, b2: f64, eps: f64, decay: f64, clipNorm: f64): void {
  learningRate = rate
  beta1 = b1
  beta2 = b2
  epsilon = eps
  weightDecay = decay
  gradientClipNorm = clipNorm
  beta1Power = 1
  beta2Power = 1
}

/** One step along the gradients. They are clipped first. */
export function stepAdam(): void {
  beta1Power *= beta1
  beta2Power *= beta2
  store<f32>(FACTORS, <f32>(1 - learningRate * weightDecay))
  store<f32>(FACTORS, <f32>(1 - beta1), 4)
  store<f32>(FACTORS, <f32>beta2, 8)
  store<f32>(FACTORS, <f32>(1 - beta2), 12)
  store<f32>(FACTORS, <f32>Math.sqrt(1 - beta2Power), 16)
  store<f32>(FACTORS, <f32>epsilon, 20)
  store<f32>(FACTORS, <f32>(learningRate / (1 - beta1Power)), 24)
  store<f32>(FACTORS, clippingScale(gradientClipNorm), 28)
  const keep = v128.load32_splat(FACTORS)
  const mix1 = v128.load32_splat(FACTORS, 4)
  const keep2 = v128.load32_splat(FACTORS, 8)
  const mix2 = v128.load32_splat(FACTORS, 12)
  const root = v128.load32_splat(FACTORS, 16)
  const eps = v128.load32_splat(FACTORS, 20)
  const size = v128.load32_splat(FACTORS, 24)
  const clip = v128.load32_splat(FACTORS, 28)
  for (let at: usize = 0; at < weightBytes; at += 16) {
    const gradient = f32x4.mul(v128.load(gradientsAt + at), clip)
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
