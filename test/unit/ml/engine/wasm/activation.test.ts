import { Kernel } from '../../../../../src/ml/engine/wasm/kernel.js'

const kernel = new Kernel()
const ALLOWED = 2e-7

/**
 * Evenly from 0 to 12 and from 80 to 110, and by ratio from the smallest float to the largest; both signs are
 * tried.
 */
function* sweep(): Generator<number> {
  for (let i = 0; i <= 600_000; i++) yield Math.fround(i / 50_000)
  for (let i = 0; i <= 30_000; i++) yield Math.fround(80 + i / 1000)
  for (let exponent = -149; exponent < 128; exponent += 1 / 512) yield Math.fround(2 ** exponent)
  yield* [Math.fround(3.4028234663852886e38), Infinity]
}

function largestError(approximate: (x: number) => number, exact: (x: number) => number): number {
  let largest = 0
  for (const size of sweep()) {
    for (const x of [size, -size]) {
      const error = Math.abs(approximate(x) - exact(x))
      if (!(error <= largest)) largest = error
    }
  }
  return largest
}

test('tanh lies within 2e-7 of the true value everywhere', () => {
  expect(largestError((x) => kernel.tanh(x), Math.tanh)).toBeLessThan(ALLOWED)
})

test('the sigmoid lies within 2e-7 of the true value everywhere', () => {
  expect(
    largestError(
      (x) => kernel.sigmoid(x),
      (x) => 1 / (1 + Math.exp(-x)),
    ),
  ).toBeLessThan(ALLOWED)
})

test('the ends are exact, signs are kept and NaN stays NaN', () => {
  expect([kernel.tanh(0), kernel.tanh(Infinity), kernel.tanh(-Infinity)]).toEqual([0, 1, -1])
  expect([kernel.sigmoid(0), kernel.sigmoid(Infinity)]).toEqual([0.5, 1])
  expect(kernel.sigmoid(-Infinity)).toBeLessThan(1e-30)
  expect(kernel.tanh(-0.3)).toBe(-kernel.tanh(0.3))
  expect(kernel.tanh(NaN)).toBeNaN()
  expect(kernel.sigmoid(NaN)).toBeNaN()
})
