/**
 * Sums over lanes and steps: how a tile's deltas become gradients of weights. The order of every sum is fixed:
 * steps, then the lanes of one v128 after the other, then (0 + 2) + (1 + 3) within the last.
 */
import { deltasAt, hidden, lookback, unitBytes } from './layout'

/** Adds up the lanes of one sum, in the order of {@link lanesOf4}. */
export function lanes(sum: v128): f32 {
  const even = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 2)
  const odd = f32x4.extract_lane(sum, 1) + f32x4.extract_lane(sum, 3)
  return even + odd
}

/** Adds up the lanes of four sums at once: (0 + 2) + (1 + 3) of each. */
function lanesOf4(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7))
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7))
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7))
}

/** gradient[unit, column] += sum over steps and lanes of delta[step][unit] * input[step][column]. */
export function addOuter(
  gradient: usize,
  delta: usize,
  input: usize,
  columns: i32,
  steps: i32,
  usedBytes: usize,
): void {
  const deltaStep = <usize>hidden * unitBytes
  const inputStep = <usize>columns * unitBytes
  for (let unit = 0; unit < hidden; unit++) {
    const unitDelta = delta + <usize>unit * unitBytes
    let column = 0
    for (; column + 4 <= columns; column += 4) {
      let sum0 = f32x4.splat(0)
      let sum1 = f32x4.splat(0)
      let sum2 = f32x4.splat(0)
      let sum3 = f32x4.splat(0)
      let d = unitDelta
      let x = input + <usize>column * unitBytes
      for (let step = 0; step < steps; step++) {
        for (let lane: usize = 0; lane < usedBytes; lane += 16) {
          const value = v128.load(d + lane)
          const at = x + lane
          sum0 = f32x4.add(sum0, f32x4.mul(value, v128.load(at)))
          sum1 = f32x4.add(sum1, f32x4.mul(value, v128.load(at + unitBytes)))
          sum2 = f32x4.add(sum2, f32x4.mul(value, v128.load(at + 2 * unitBytes)))
          sum3 = f32x4.add(sum3, f32x4.mul(value, v128.load(at + 3 * unitBytes)))
        }
        d += deltaStep
        x += inputStep
      }
      v128.store(gradient, f32x4.add(v128.load(gradient), lanesOf4(sum0, sum1, sum2, sum3)))
      gradient += 16
    }
    for (; column < columns; column++) {
      let sum = f32x4.splat(0)
      let d = unitDelta
      let x = input + <usize>column * unitBytes
      for (let step = 0; step < steps; step++) {
        for (let lane: usize = 0; lane < usedBytes; lane += 16) {
          sum = f32x4.add(sum, f32x4.mul(v128.load(d + lane), v128.load(x + lane)))
        }
        d += deltaStep
        x += inputStep
      }
      store<f32>(gradient, load<f32>(gradient) + lanes(sum))
      gradient += 4
    }
  }
}

/** Both biases see the same sum; each has its own gradient because each has its own optimiser state. */
export function addBiases(inputHidden: usize, hiddenHidden: usize, usedBytes: usize): void {
  for (let unit = 0; unit < hidden; unit++) {
    let sum = f32x4.splat(0)
    let d = deltasAt + <usize>unit * unitBytes
    for (let t = 0; t < lookback; t++) {
      for (let lane: usize = 0; lane < usedBytes; lane += 16) sum = f32x4.add(sum, v128.load(d + lane))
      d += <usize>hidden * unitBytes
    }
    const total = lanes(sum)
    store<f32>(inputHidden, load<f32>(inputHidden) + total)
    store<f32>(hiddenHidden, load<f32>(hiddenHidden) + total)
    inputHidden += 4
    hiddenHidden += 4
  }
}
