import type { BarColumns } from '../../../../src/domain/bars/bar.js'
import type { Recipe } from '../../../../src/domain/models/recipe.js'
import { KospigraphError } from '../../../../src/errors.js'
import { buildFitProblems } from '../../../../src/ml/fit/problem.js'
import { bytesOf, RETURN_RECIPE, simulateBars, SMALL_RECIPE } from '../simulated-bars.js'

function build(bars: BarColumns, recipe: Recipe = SMALL_RECIPE, seed = 1) {
  const { problems: members, scaler, window } = buildFitProblems({ key: 'KOSPI', bars, recipe, seed })
  const problems = [...members]
  const [problem] = problems
  if (problem === undefined) throw new Error('there is no member')
  return { problem, problems, scaler, window }
}

function buildWith(bars: BarColumns, sampleCount: number) {
  const { problems, window } = buildFitProblems({
    key: 'KOSPI',
    bars,
    recipe: SMALL_RECIPE,
    seed: 1,
    sampleCount,
  })
  return { problem: [...problems][0], window }
}

/** Code and message of what building these bars throws. */
function refusal(bars: BarColumns, recipe: Recipe = SMALL_RECIPE): string {
  try {
    build(bars, recipe)
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

test('a number that is not finite is ignored before the window and in unused columns', () => {
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
  const closes = bars.close.subarray(25)
  const [min, max] = [Math.min(...closes), Math.max(...closes)]
  expect(scaler).toMatchObject({ kind: 'minMax', min: { 4: min }, max: { 4: max } })
  expect(problem.rows).toHaveLength((50 + 5 - 1) * 4)
  expect(problem.labels).toHaveLength(50)
  // The last label is the window's last close; the first, the close after the first lookback.
  const scaled = (row: number) => Math.fround(((bars.close[row] ?? NaN) - min) / (max - min))
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

test('a return recipe reads one bar more, and its scaler has seen that bar only as a denominator', () => {
  const bars = simulateBars(80)
  const { problem, scaler, window } = build(bars, RETURN_RECIPE)
  expect(window).toEqual({ firstIndex: 24, lastIndex: 79, barCount: 56, sampleCount: 50 })
  expect(problem.rows).toHaveLength((50 + 5 - 1) * 5)
  if (scaler.kind !== 'standard') throw new Error(scaler.kind)
  const returns = Array.from({ length: 55 }, (_, i) =>
    Math.log((bars.close[i + 25] ?? NaN) / (bars.close[i + 24] ?? NaN)),
  )
  const mean = returns.reduce((sum, value) => sum + value, 0) / 55
  const std = Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 55)
  expect(scaler.columns).toEqual(RETURN_RECIPE.features)
  expect(scaler.mean[3]).toBeCloseTo(mean, 12)
  expect(scaler.std[3]).toBeCloseTo(std, 12)
  // Column 3 is the close's return: row 0 is bar 25, the last label is bar 79.
  expect(problem.rows[3]).toBeCloseTo(((returns[0] ?? NaN) - mean) / std, 5)
  expect(problem.labels[49]).toBeCloseTo(((returns[54] ?? NaN) - mean) / std, 5)
  expect(refusal({ ...simulateBars(55) }, RETURN_RECIPE)).toMatch(/needs 56 bars and there are 55/)
})

test('the members of an ensemble share their samples, and each is the single fit of its own seed', () => {
  const bars = simulateBars(80)
  const { problems } = build(bars, RETURN_RECIPE, 7)
  expect(problems.map(({ key }) => key)).toEqual(['KOSPI member 0', 'KOSPI member 1', 'KOSPI member 2'])
  problems.forEach((problem, k) => {
    const { problem: alone } = build(bars, { ...RETURN_RECIPE, members: 1 }, 7 + k)
    expect(bytesOf(problem.initialWeights)).toBe(bytesOf(alone.initialWeights))
    expect(bytesOf(problem.batchOrders)).toBe(bytesOf(alone.batchOrders))
    expect(bytesOf(problem.rows)).toBe(bytesOf(alone.rows))
  })
})

test('a halt without volume gives a volume return of 0', () => {
  const bars = simulateBars(80)
  const { problem, scaler } = build({ ...bars, volume: bars.volume.with(60, 0) }, RETURN_RECIPE)
  if (scaler.kind !== 'standard') throw new Error(scaler.kind)
  const zero = Math.fround((0 - (scaler.mean[4] ?? NaN)) / (scaler.std[4] ?? NaN))
  // Rows 35 and 36 are bars 60 and 61.
  expect(problem.rows[35 * 5 + 4]).toBe(zero)
  expect(problem.rows[36 * 5 + 4]).toBe(zero)
  expect(problem.rows[37 * 5 + 4]).not.toBe(zero)
})

test('a price of 0 has no return, and is refused with its session', () => {
  const bars = simulateBars(80)
  expect(refusal({ ...bars, close: bars.close.with(60, 0) }, RETURN_RECIPE)).toMatch(
    /^NOT_FINITE KOSPI: openReturn of 2020-03-02 is Infinity; correct that bar or the one before it/,
  )
})

test('an expanding window has the requested number of samples', () => {
  const { window, problem } = buildWith(simulateBars(80), 70)
  expect(window).toEqual({ firstIndex: 5, lastIndex: 79, barCount: 75, sampleCount: 70 })
  expect(problem?.labels).toHaveLength(70)
})
