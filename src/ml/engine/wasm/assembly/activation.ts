/**
 * tanh and the logistic function on four lanes, within 2e-7 of the true value.
 *
 * Both come from 2^t for t <= 0. t splits into a whole part, which becomes the exponent bits, and a rest in [-1/2,
 * 1/2]. 2^rest is a polynomial of degree 6 (minimax in relative error, 2.0e-9 before rounding, found by linear
 * programming on Chebyshev nodes) in Estrin's order, whose short chains suit a processor that overlaps rounds. A
 * rational approximation of tanh itself was tried: in single precision its rounding error reaches 3.6e-7 near 1,
 * three times that of this form (1.3e-7).
 *
 * The constants are in memory because V8 rebuilds a constant in every round of a loop, with three instructions,
 * where a load is one. Without this tanh alone takes 1.3 times as long.
 */

const NUMBERS = memory.data<f32>(
  [
    // Coefficients of 2^rest, from the constant term on.
    1, 0.6931471824645996, 0.24022647738456726, 0.055503323674201965, 0.00961843691766262,
    0.0013398873852565885, 0.00015353360504377633,
    // 1.5 * 2^23 + 127: adding it rounds to a whole number and leaves that number plus the exponent's bias in the
    // low bits.
    12583039,
    // The sign bit.
    -0.0,
    // Beyond this tanh is 1 in single precision; times -2 log2 e.
    10, -2.885390043258667,
    // Beyond this e^-x is not a normal number; times -log2 e.
    86, -1.4426950216293335,
  ],
  16,
)

/**
 * Replaces x by its tanh, or by the logistic function of x, in `rows` runs of `bytes`, one every `rowBytes`.
 * With e = exp(-2|x|), tanh x is sign(x) (1 - e) / (1 + e). With e = exp(-|x|), the logistic function is
 * 1 / (1 + e) for x >= 0 and e / (1 + e) below. NaN stays NaN.
 */
export function activate(at: usize, rows: i32, bytes: usize, rowBytes: usize, sigmoid: bool): void {
  const limits = NUMBERS + (sigmoid ? 44 : 36)
  for (; rows > 0; rows--) {
    for (let lane: usize = 0; lane < bytes; lane += 16) {
      const x = v128.load(at + lane)
      const one = v128.load32_splat(NUMBERS)
      const sign = v128.load32_splat(NUMBERS, 32)
      const magic = v128.load32_splat(NUMBERS, 28)
      // pmin(a, b) is a where either is NaN.
      const size = f32x4.pmin(v128.andnot(x, sign), v128.load32_splat(limits))
      const t = f32x4.mul(size, v128.load32_splat(limits, 4))

      const shifted = f32x4.add(t, magic)
      const rest = f32x4.sub(t, f32x4.sub(shifted, magic))
      const rest2 = f32x4.mul(rest, rest)
      const p01 = f32x4.add(f32x4.mul(v128.load32_splat(NUMBERS, 4), rest), one)
      const p23 = f32x4.add(f32x4.mul(v128.load32_splat(NUMBERS, 12), rest), v128.load32_splat(NUMBERS, 8))
      const p45 = f32x4.add(f32x4.mul(v128.load32_splat(NUMBERS, 20), rest), v128.load32_splat(NUMBERS, 16))
      const p456 = f32x4.add(p45, f32x4.mul(v128.load32_splat(NUMBERS, 24), rest2))
      const p0123 = f32x4.add(p01, f32x4.mul(p23, rest2))
      const p = f32x4.add(p0123, f32x4.mul(p456, f32x4.mul(rest2, rest2)))
      const e = f32x4.mul(p, i32x4.shl(shifted, 23))

      const below = f32x4.add(one, e)
      if (sigmoid) {
        const above = v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0)))
        v128.store(at + lane, f32x4.div(above, below))
      } else {
        const positive = f32x4.div(f32x4.sub(one, e), below)
        v128.store(at + lane, v128.or(positive, v128.and(x, sign)))
      }
    }
    at += rowBytes
  }
}
