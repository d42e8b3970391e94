import { exp, log } from '../../../src/ml/exact-math.js'
import { Generator } from '../../../src/ml/generator.js'

const bits = new DataView(new ArrayBuffer(8))

function hexOf(x: number): string {
  bits.setFloat64(0, x)
  return bits.getBigUint64(0).toString(16).padStart(16, '0')
}

/** Doubles from a to b: their bits count up with them, on either side of 0. */
function ulpsBetween(a: number, b: number): number {
  const place = (x: number): bigint => {
    bits.setFloat64(0, Math.abs(x))
    const magnitude = bits.getBigInt64(0)
    return x < 0 ? -magnitude : magnitude
  }
  return Math.abs(Number(place(a) - place(b)))
}

function worstUlps(ours: (x: number) => number, theirs: (x: number) => number, inputs: Iterable<number>) {
  let worst = { ulps: -1, x: NaN }
  for (const x of inputs) {
    const ulps = ulpsBetween(ours(x), theirs(x))
    if (!(ulps <= worst.ulps)) worst = { ulps, x }
  }
  return worst
}

function* sweep(draws: number, input: (uniform: number) => number): Iterable<number> {
  const generator = Generator.fromSeed(5)
  for (let i = 0; i < draws; i++) yield input(generator.nextUniform())
}

test.each<[string, (uniform: number) => number]>([
  ['over all magnitudes', (u) => 2 ** (2098 * u - 1074) * (1 + u)],
  ['from 0 to 4', (u) => 4 * u + 2 ** -40],
  ['around 1, down to the next double', (u) => 1 + (u < 0.5 ? -1 : 1) * 2 ** (-53 * ((2 * u) % 1))],
])('log is within 2 units in the last place of the machine, %s', (_, input) => {
  expect(worstUlps(log, Math.log, sweep(200_000, input)).ulps).toBeLessThanOrEqual(2)
})

test.each<[string, (uniform: number) => number]>([
  ['over the whole range and beyond', (u) => 1460 * u - 748],
  ['where results are subnormal', (u) => -708 - 38 * u],
  ['around 0', (u) => (u < 0.5 ? -1 : 1) * 2 ** (-60 * ((2 * u) % 1))],
])('exp is within 2 units in the last place of the machine, %s', (_, input) => {
  expect(worstUlps(exp, Math.exp, sweep(200_000, input)).ulps).toBeLessThanOrEqual(2)
})

test.each([
  [0, -Infinity],
  [-0, -Infinity],
  [-1e-320, NaN],
  [-Infinity, NaN],
  [NaN, NaN],
  [Infinity, Infinity],
  [1, 0],
])('the logarithm of %d is %d', (x, expected) => {
  expect(log(x)).toBe(expected)
})

test.each([
  [0, 1],
  [-0, 1],
  [NaN, NaN],
  [Infinity, Infinity],
  [-Infinity, 0],
  [709.782712893384, 1.7976931348622732e308],
  [709.7827128933841, Infinity],
  [-745.1332191019411, 5e-324],
  [-745.1332191019412, 0],
  [-746, 0],
])('exp(%d) is %d', (x, expected) => {
  expect(exp(x)).toBe(expected)
})

// Bits that every machine must give. They are the correctly rounded values.
test.each([
  [5e-324, 'c0874385446d71c3'],
  [2 ** -1022, 'c086232bdd7abcd2'],
  [1 - 2 ** -53, 'bca0000000000000'],
  [1 + 2 ** -52, '3cafffffffffffff'],
  [0.5, 'bfe62e42fefa39ef'],
  [1.01, '3f8460d6ccca367c'],
  [2512.37, '401f50e09b872a74'],
  [Number.MAX_VALUE, '40862e42fefa39ef'],
])('log(%d) has these bits', (x, hex) => {
  expect(hexOf(log(x))).toBe(hex)
})

test.each([
  [-740, '0000000000000055'],
  [-1, '3fd78b56362cef38'],
  [-0.0123, '3fef9bdb0562bf4c'],
  [0.03, '3ff07cbde4b58641'],
  [1, '4005bf0a8b145769'],
  [700.5, '7f18625c7d4f56c2'],
  // Here what 1 + high loses to rounding decides the last bit.
  [-0.38, '3fe5e23152720888'],
  [-0.3, '3fe7b4c869c37c05'],
  [-0.17, '3feaff4d5b82275f'],
  [-0.01, '3fefae7cfd2b9cfe'],
  [0.01, '3ff0292a5d2f2226'],
  [0.16, '3ff2c6b355c69097'],
  [0.34, '3ff67aaa532108bd'],
  [0.9, '4003ad44655c78bc'],
])('exp(%d) has these bits', (x, hex) => {
  expect(hexOf(exp(x))).toBe(hex)
})
