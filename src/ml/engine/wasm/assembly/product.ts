/**
 * A matrix of weights times traces: nearly all the cost of the forward pass and of propagating deltas.
 *
 * Every element of the result is one running sum over the sources in order, whatever block it falls
 * into.
 *
 * Alternatives tried, as the time of a whole fit (2 layers, batch 20) over that of this version; the fastest
 * of 11 to 41 fits each, taken in turn in one process, Node 20 on Zen 5. Blocks are targets by v128 of lanes.
 *
 *     hidden, lookback                                           8, 5   64, 5   64, 20   64, 60
 *     4 by 2                                                     1.01    1.02     1.04     1.01
 *     4 by 1                                                     1.14    1.22     1.27     1.24
 *     targets in the outer loop, lanes in the inner              0.98    1.01     1.04     0.99
 *     gradients: 1 unit by 4 columns instead of 2 by 4           1.06    1.12     1.14     1.11
 *     tiles of 8 lanes                                           1.24    1.20     1.17     1.15
 *     tiles of 12 lanes                                          1.16    1.19     1.16     1.12
 *     traces an odd number of v128 apart                         1.01    0.99     0.98     1.01
 *     tanh's constants in the code, not in memory                1.04    1.01        -        -
 *     Adam's factors in locals, not in memory                    1.06    1.07        -        -
 *     [step][unit][lane], 4 by 1, tanh on the sums in registers  1.45    1.58     1.58     1.56
 *
 
 * weights copied so that a block's lie side by side, and two sums for each element of 4 by 1, gained nothing.
 * At hidden 64 the whole fit reaches 77 to 86 % of what the processor can multiply and add in four lanes
 * without fusing them.
 */
import { traceBytes } from './layout'

/** Two targets by four v128 of lanes: eight sums in registers, six loads for eight multiplications. */
function addBlock(
  target: usize,
  matrix: usize,
  rowStep: usize,
  columnStep: usize,
  source: usize,
  sources: i32,
): void {
  const other = target + traceBytes
  let a0 = v128.load(target)
  let a1 = v128.load(target, 16)
  let a2 = v128.load(target, 32)
  let a3 = v128.load(target, 48)
  let b0 = v128.load(other)
  let b1 = v128.load(other, 16)
  let b2 = v128.load(other, 32)
  let b3 = v128.load(other, 48)
  for (; sources > 0; sources--) {
    const a = v128.load32_splat(matrix)
    const b = v128.load32_splat(matrix + rowStep)
    let x = v128.load(source)
    a0 = f32x4.add(a0, f32x4.mul(a, x))
    b0 = f32x4.add(b0, f32x4.mul(b, x))
    x = v128.load(source, 16)
    a1 = f32x4.add(a1, f32x4.mul(a, x))
    b1 = f32x4.add(b1, f32x4.mul(b, x))
    x = v128.load(source, 32)
    a2 = f32x4.add(a2, f32x4.mul(a, x))
    b2 = f32x4.add(b2, f32x4.mul(b, x))
    x = v128.load(source, 48)
    a3 = f32x4.add(a3, f32x4.mul(a, x))
    b3 = f32x4.add(b3, f32x4.mul(b, x))
    matrix += columnStep
    source += traceBytes
  }
  v128.store(target, a0)
  v128.store(target, a1, 16)
  v128.store(target, a2, 32)
  v128.store(target, a3, 48)
  v128.store(other, b0)
  v128.store(other, b1, 16)
  v128.store(other, b2, 32)
  v128.store(other, b3, 48)
}

/** Four targets by one v128 of lanes, for the lanes that blocks of four v128 leave over. */
function addColumn(
  target: usize,
  matrix: usize,
  rowStep: usize,
  columnStep: usize,
  source: usize,
  sources: i32,
): void {
  let sum0 = v128.load(target)
  let sum1 = v128.load(target + traceBytes)
  let sum2 = v128.load(target + 2 * traceBytes)
  let sum3 = v128.load(target + 3 * traceBytes)
  for (; sources > 0; sources--) {
    const x = v128.load(source)
    sum0 = f32x4.add(sum0, f32x4.mul(v128.load32_splat(matrix), x))
    sum1 = f32x4.add(sum1, f32x4.mul(v128.load32_splat(matrix + rowStep), x))
    sum2 = f32x4.add(sum2, f32x4.mul(v128.load32_splat(matrix + 2 * rowStep), x))
    sum3 = f32x4.add(sum3, f32x4.mul(v128.load32_splat(matrix + 3 * rowStep), x))
    matrix += columnStep
    source += traceBytes
  }
  v128.store(target, sum0)
  v128.store(target + traceBytes, sum1)
  v128.store(target + 2 * traceBytes, sum2)
  v128.store(target + 3 * traceBytes, sum3)
}

/**
 * target[row] += sum over columns of matrix[row, column] * source[column], over the first `bytes` of the
 * traces. The steps are bytes from one row, or column, of the matrix to the next: exchanged, they transpose
 * it. `targets` is a multiple of 4.
 */
export function addProduct(
  target: usize,
  targets: i32,
  matrix: usize,
  rowStep: usize,
  columnStep: usize,
  source: usize,
  sources: i32,
  bytes: usize,
): void {
  let lane: usize = 0
  for (; lane + 64 <= bytes; lane += 64) {
    for (let row: usize = 0; row < <usize>targets; row += 2) {
      const to = target + row * traceBytes + lane
      addBlock(to, matrix + row * rowStep, rowStep, columnStep, source + lane, sources)
    }
  }
  for (; lane < bytes; lane += 16) {
    for (let row: usize = 0; row < <usize>targets; row += 4) {
      const to = target + row * traceBytes + lane
      addColumn(to, matrix + row * rowStep, rowStep, columnStep, source + lane, sources)
    }
  }
}
