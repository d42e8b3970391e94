/**
 * Gradient clipping, as PyTorch's `clip_grad_norm_` (Pascanu, Mikolov and Bengio 2013, algorithm 1).
 *
 * The squares are summed in double precision. In single precision they can overflow, which would silently turn a
 * large gradient into 0. The order of the sum hardly matters but is fixed: four sums, gradient i into sum i mod 4,
 * then (0 + 1) + (2 + 3).
 */
import { gradientsAt, weightBytes } from './layout'

/** Returns the factor that limits the norm of all gradients together to `maxNorm`; 0 means no limit. */
export function clippingScale(maxNorm: f64): f32 {
  if (maxNorm == 0) return 1
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (let at: usize = 0; at < weightBytes; at += 16) {
    const gradient = v128.load(gradientsAt + at)
    const first = f64x2.promote_low_f32x4(gradient)
    const second = f64x2.promote_low_f32x4(v128.shuffle<f32>(gradient, gradient, 2, 3, 2, 3))
    low = f64x2.add(low, f64x2.mul(first, first))
    high = f64x2.add(high, f64x2.mul(second, second))
  }
  const lows = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1)
  const highs = f64x2.extract_lane(high, 0) + f64x2.extract_lane(high, 1)
  const norm = Math.sqrt(lows + highs)
  return <f32>min<f64>(1, maxNorm / (norm + 1e-6))
}
