/** The tail of Student's t distribution, computed with our own `log` and `exp` for equal bits on every machine. */
import { exp, log } from '../exact-math.js'

/** Bound on the continued fraction; it needs about 10 terms. */
const MAX_TERMS = 500
const PRECISION = 2 ** -52
/** Replaces a denominator of 0, as Lentz's method requires. */
const TINY = 1e-300

/**
 * Returns B(degreesOfFreedom / 2, 1/2), from B(1/2, 1/2) = π or B(1, 1/2) = 2 and B(a + 1, b) = B(a, b) · a / (a +
 * b).
 */
function betaOfHalves(degreesOfFreedom: number): number {
  const isOdd = degreesOfFreedom % 2 === 1
  let beta = isOdd ? Math.PI : 2
  for (let twice = isOdd ? 1 : 2; twice < degreesOfFreedom; twice += 2) beta *= twice / (twice + 1)
  return beta
}

/**
 * Returns the continued fraction of the incomplete beta function: DLMF 8.17.22 (https://dlmf.nist.gov/8.17.v),
 * evaluated forwards by Lentz's method as modified by Thompson and Barnett (J. Comput. Phys. 64, 1986). Converges
 * fast for x < (a + 1) / (a + b + 2).
 */
function betaFraction(x: number, a: number, b: number): number {
  const awayFromZero = (value: number): number => (Math.abs(value) < TINY ? TINY : value)
  let value = 1
  let c = 1
  let d = 0
  for (let term = 1; term <= MAX_TERMS; term++) {
    const m = Math.floor(term / 2)
    const coefficient =
      term % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / awayFromZero(1 + coefficient * d)
    c = awayFromZero(1 + coefficient / c)
    const factor = c * d
    value *= factor
    if (Math.abs(factor - 1) <= PRECISION) return 1 / value
  }
  throw new RangeError(`The incomplete beta function did not converge at x ${x}, a ${a}, b ${b}.`)
}

/**
 * Returns the probability that a variable with Student's t distribution exceeds `t`: I_x(ν/2, 1/2) / 2 with x = ν
 * / (ν + t²) for t ≥ 0 (Abramowitz and Stegun, 26.7.1).
 *
 * @param degreesOfFreedom a whole number from 1
 * @throws RangeError where the degrees of freedom are out of range or `t` is NaN
 */
export function studentTail(t: number, degreesOfFreedom: number): number {
  if (!Number.isSafeInteger(degreesOfFreedom) || degreesOfFreedom < 1 || Number.isNaN(t)) {
    throw new RangeError(
      `The t distribution is undefined at ${t} with ${degreesOfFreedom} degrees of freedom.`,
    )
  }
  if (t < 0) return 1 - studentTail(-t, degreesOfFreedom)
  const square = t * t
  if (square === Infinity) return 0
  const a = degreesOfFreedom / 2
  const b = 0.5
  const x = degreesOfFreedom / (degreesOfFreedom + square)
  const rest = square / (degreesOfFreedom + square)
  const front = (exp(a * log(x)) * Math.sqrt(rest)) / betaOfHalves(degreesOfFreedom)
  if (x < (a + 1) / (a + b + 2)) return (front / a) * betaFraction(x, a, b) * 0.5
  return 0.5 - (front / b) * betaFraction(rest, b, a) * 0.5
}
