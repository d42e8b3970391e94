/**
 * Natural logarithm and exponential with the same bits on every machine.
 *
 * ECMAScript leaves the precision of Math.log, Math.exp and Math.pow to the implementation. Everything that feeds
 * a fit or a hash uses these functions instead. They use only the four operations, which IEEE 754 rounds alike
 * everywhere, and moves of bits. Both are within one unit in the last place of the true value.
 *
 * The argument reductions are Cody and Waite's ("Software Manual for the Elementary Functions", 1980): ln 2 is the
 * sum of a high part of 40 bits, whose product with an exponent is exact, and the rest. The series are Abramowitz
 * and Stegun's 4.1.27 and 4.2.1, cut where the next term is below the last place.
 */

const LN2_HIGH = 0.6931471805592082
const LN2_LOW = 7.371002565167799e-13
const LOG2_OF_E = 1.4426950408889634
const SQRT_2 = 1.4142135623730951
const SMALLEST_NORMAL = 2 ** -1022

/** exp is infinite above EXP_OVERFLOW and rounds to 0 below EXP_UNDERFLOW. */
const EXP_OVERFLOW = 709.782712893384
const EXP_UNDERFLOW = -745.1332191019412

/** Coefficients of 2 atanh(s) / s - 2 by powers of s^2, from s^22 down to s^2. */
const LOG_SERIES = [23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3].map((n) => 2 / n)
/** 1/14! down to 1/2!: the coefficients of exp(r) - 1 - r. */
const EXP_SERIES = inverseFactorials(14)

function inverseFactorials(largest: number): readonly number[] {
  const series: number[] = []
  // Factorials to 14! are whole numbers below 2^53: each quotient is rounded once.
  for (let n = 2, factorial = 2; n <= largest; n++, factorial *= n) series.unshift(1 / factorial)
  return series
}

/** One double and its bits, high word first. DataView fixes the byte order; typed arrays use the machine's. */
const bits = new DataView(new ArrayBuffer(8))

/** 2^exponent for exponents of normal numbers, -1022 to 1023. */
function powerOfTwo(exponent: number): number {
  bits.setUint32(0, (exponent + 1023) << 20)
  bits.setUint32(4, 0)
  return bits.getFloat64(0)
}

/** Returns the natural logarithm of `x`: -Infinity for 0, NaN for negative numbers. */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x > 0 ? x : NaN
  // x = 2^exponent * mantissa, mantissa from sqrt(1/2) to sqrt(2).
  let exponent = 0
  let normal = x
  if (normal < SMALLEST_NORMAL) {
    normal *= 2 ** 54
    exponent = -54
  }
  bits.setFloat64(0, normal)
  const high = bits.getUint32(0)
  exponent += (high >>> 20) - 1023
  bits.setUint32(0, (high & 0xfffff) | 0x3ff00000)
  let mantissa = bits.getFloat64(0)
  if (mantissa > SQRT_2) {
    mantissa /= 2
    exponent += 1
  }
  // With s = f / (2 + f), log(1 + f) = 2 atanh(s) = 2s + sR. As 2s = f - f^2/2 + s f^2/2, the large terms are
  // exact or nearly so, and the rounded s enters only the small ones.
  const f = mantissa - 1
  const s = f / (2 + f)
  const squared = s * s
  let rest = 0
  for (const coefficient of LOG_SERIES) rest = (rest + coefficient) * squared
  const half = (f * f) / 2
  return exponent * LN2_HIGH - (half - (s * (half + rest) + exponent * LN2_LOW) - f)
}

/** Returns e to the power of `x`. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return NaN
  if (x > EXP_OVERFLOW) return Infinity
  if (x < EXP_UNDERFLOW) return 0
  // x = exponent * ln 2 + r with |r| at most ln(2) / 2, and r = high - low.
  const exponent = Math.floor(x * LOG2_OF_E + 0.5)
  const high = x - exponent * LN2_HIGH
  const low = exponent * LN2_LOW
  const r = high - low
  let rest = 0
  for (const coefficient of EXP_SERIES) rest = rest * r + coefficient
  // The rounding error of 1 + high joins the small terms (Dekker, Numerische Mathematik 18, 1971).
  const sum = 1 + high
  const lost = high - (sum - 1)
  const power = sum + (lost + (rest * r * r - low))
  // Scaled in two steps, of which only the last can round: 2^exponent alone may not be a normal number.
  if (exponent > 1023) return power * powerOfTwo(exponent - 1) * 2
  if (exponent < -1022) return power * powerOfTwo(exponent + 54) * 2 ** -54
  return power * powerOfTwo(exponent)
}
