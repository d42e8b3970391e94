import type { BarColumns } from '../../../src/domain/bar.js'
import type { Recipe } from '../../../src/domain/recipe.js'
import { KospigraphError } from '../../../src/errors.js'
import { buildFitProblem } from '../../../src/ml/problem.js'
import { bytesOf, simulateBars, SMALL_RECIPE } from './simulated-bars.js'

function build(bars: BarColumns, recipe: Recipe = SMALL_RECIPE, seed = 1) {
  return buildFitProblem({ key: 'KOSPI', bars, recipe, seed })
}

/** Code and message of what building these bars throws. */
function refusal(bars: BarColumns): string {
  try {
    build(bars)
  } catch (error) {
    if (error instanceof KospigraphError) return `${error.code} ${error.message}`
    throw error
  }
  return 'nothing was thrown'
}

function withValue(
  bars: BarColumns,
  column: 'close' | 'volume' | 'low',
  at: number,
  value: number,
): BarColumns {
  return { ...bars, [column]: bars[column].with(at, value) }
}

test('one bar too few is refused with both counts', () => {
  expect(refusal(simulateBars(54))).toMatch(/^TOO_FEW_BARS KOSPI: .* needs 55 bars and there are 54/)
  expect(() => build(simulateBars(55))).not.toThrow()
})

test('a number that is not finite is refused with its column and session', () => {
  const bars = withValue(simulateBars(60), 'volume', 30, NaN)
  expect(refusal(bars)).toMatch(/^NOT_FINITE KOSPI: volume of 2020-01-31 is NaN/)
})

test('a number that is not finite before the window, or in a column nobody reads, does not matter', () => {
  const bars = withValue(simulateBars(60), 'volume', 4, NaN)
  expect(() => build(bars)).not.toThrow()
  const recipe: Recipe = { ...SMALL_RECIPE, features: ['open', 'close'] }
  expect(() => build(withValue(simulateBars(60), 'low', 30, Infinity), recipe)).not.toThrow()
})

test('a constant label is refused with its value', () => {
  const bars = simulateBars(60)
  const constant = { ...bars, close: bars.close.map(() => 1234.5) }
  expect(refusal(constant)).toMatch(/^CONSTANT_LABEL KOSPI: close is 1234.5 in all 50 labels/)
})

test('a constant feature is 0 in every row', () => {
  const bars = simulateBars(60)
  const { problem } = build({ ...bars, volume: bars.volume.map(() => 5) })
  const volumes = problem.rows.filter((_, i) => i % 4 === 3)
  expect(volumes.every((value) => value === 0)).toBe(true)
})

test.each([
  ['hidden', { hidden: 257 }, 'hidden is 257; it must be a whole number from 1 to 256'],
  ['layers', { layers: 5 }, 'layers is 5; it must be a whole number from 1 to 4'],
  ['lookback', { lookbackBars: 251 }, 'lookback is 251; it must be a whole number from 1 to 250'],
  ['batch size', { batchSize: 1025 }, 'batchSize is 1025; it must be a whole number from 1 to 1024'],
  ['epochs', { epochs: 0 }, 'epochs is 0'],
  ['samples', { windowSamples: 1e9 }, 'sampleCount is 1000000000'],
  ['learning rate', { learningRate: NaN }, 'learningRate is NaN'],
  ['features', { features: [] }, 'features is 0'],
] as const)('too large or senseless: %s is refused by name', (_, change, message) => {
  expect(() => build(simulateBars(60), { ...SMALL_RECIPE, ...change })).toThrow(message)
})

test('the window is the newest bars, and its scaler spans exactly them', () => {
  const bars = simulateBars(80)
  const { window, scaler, problem } = build(bars)
  expect(window).toEqual({ firstIndex: 25, lastIndex: 79, barCount: 55, sampleCount: 50 })
  expect(scaler.columns).toEqual(['open', 'high', 'low', 'volume', 'close'])
  expect(scaler.min[4]).toBe(Math.min(...bars.close.subarray(25)))
  expect(scaler.max[4]).toBe(Math.max(...bars.close.subarray(25)))
  expect(problem.rows).toHaveLength((50 + 5 - 1) * 4)
  expect(problem.labels).toHaveLength(50)
  // The last label is the window's last close; the first, the close after the first lookback.
  const scaled = (row: number) =>
    Math.fround(
      ((bars.close[row] ?? NaN) - (scaler.min[4] ?? NaN)) / ((scaler.max[4] ?? NaN) - (scaler.min[4] ?? NaN)),
    )
  expect(problem.labels[49]).toBe(scaled(79))
  expect(problem.labels[0]).toBe(scaled(30))
})

test('the seed decides weights and orders and nothing else', () => {
  const bars = simulateBars(60)
  const { problem: one } = build(bars)
  const { problem: again } = build(bars)
  const { problem: two } = build(bars, SMALL_RECIPE, 2)
  expect(bytesOf(again.initialWeights)).toBe(bytesOf(one.initialWeights))
  expect(bytesOf(again.batchOrders)).toBe(bytesOf(one.batchOrders))
  expect(bytesOf(two.initialWeights)).not.toBe(bytesOf(one.initialWeights))
  expect(bytesOf(two.batchOrders)).not.toBe(bytesOf(one.batchOrders))
  expect(bytesOf(two.rows)).toBe(bytesOf(one.rows))
})
