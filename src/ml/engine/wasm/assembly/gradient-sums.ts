/**
 * Sums over steps and lanes: turns a tile's deltas into gradients of weights.
 *
 * The order of every sum is fixed: along the traces one v128 after the other, then (0 + 2) + (1 + 3) within the
 * last.
 */
import { traceBytes, units } from './layout'

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

/**
 * gradient[unit, column] += sum over `bytes` of the traces of delta[unit] * input[column]. Two units by four
 * columns share their loads.
 */
export function addOuter(gradient: usize, delta: usize, input: usize, columns: i32, bytes: usize): void {
  const row = (<usize>columns) << 2
  for (let unit = 0; unit < units; unit += 2) {
    const other = delta + traceBytes
    let x0 = input
    let at = gradient
    for (let column = 0; column < columns; column += 4) {
      const x1 = x0 + traceBytes
      const x2 = x1 + traceBytes
      const x3 = x2 + traceBytes
      let a0 = f32x4.splat(0)
      let a1 = f32x4.splat(0)
      let a2 = f32x4.splat(0)
      let a3 = f32x4.splat(0)
      let b0 = f32x4.splat(0)
      let b1 = f32x4.splat(0)
      let b2 = f32x4.splat(0)
      let b3 = f32x4.splat(0)
      for (let lane: usize = 0; lane < bytes; lane += 16) {
        const a = v128.load(delta + lane)
        const b = v128.load(other + lane)
        let x = v128.load(x0 + lane)
        a0 = f32x4.add(a0, f32x4.mul(a, x))
        b0 = f32x4.add(b0, f32x4.mul(b, x))
        x = v128.load(x1 + lane)
        a1 = f32x4.add(a1, f32x4.mul(a, x))
        b1 = f32x4.add(b1, f32x4.mul(b, x))
        x = v128.load(x2 + lane)
        a2 = f32x4.add(a2, f32x4.mul(a, x))
        b2 = f32x4.add(b2, f32x4.mul(b, x))
        x = v128.load(x3 + lane)
        a3 = f32x4.add(a3, f32x4.mul(a, x))
        b3 = f32x4.add(b3, f32x4.mul(b, x))
      }
      v128.store(at, f32x4.add(v128.load(at), lanesOf4(a0, a1, a2, a3)))
      v128.store(at + row, f32x4.add(v128.load(at + row), lanesOf4(b0, b1, b2, b3)))
      at += 16
      x0 = x3 + traceBytes
    }
    gradient += 2 * row
    delta += 2 * traceBytes
  }
}

/** Both biases have the same gradient; each keeps its own because each has its own optimiser state. */
export function addBiases(first: usize, delta: usize, bytes: usize): void {
  const second = first + ((<usize>units) << 2)
  for (let at: usize = 0; at < (<usize>units) << 2; at += 16) {
    let sum0 = f32x4.splat(0)
    let sum1 = f32x4.splat(0)
    let sum2 = f32x4.splat(0)
    let sum3 = f32x4.splat(0)
    for (let lane: usize = 0; lane < bytes; lane += 16) {
      const d = delta + lane
      sum0 = f32x4.add(sum0, v128.load(d))
      sum1 = f32x4.add(sum1, v128.load(d + traceBytes))
      sum2 = f32x4.add(sum2, v128.load(d + 2 * traceBytes))
      sum3 = f32x4.add(sum3, v128.load(d + 3 * traceBytes))
    }
    const sums = lanesOf4(sum0, sum1, sum2, sum3)
    v128.store(first + at, f32x4.add(v128.load(first + at), sums))
    v128.store(second + at, f32x4.add(v128.load(second + at), sums))
    delta += 4 * traceBytes
  }
}
