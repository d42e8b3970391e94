import type { Engine } from '../../../src/ml/engine/engine.js'
import { createWasmEngine } from '../../../src/ml/engine/wasm/wasm-engine.js'
import { fingerprintBars } from '../../../src/ml/artifact.js'
import { isSaturated, predictNextClose } from '../../../src/ml/forecast.js'
import { buildFitProblem } from '../../../src/ml/problem.js'
import { newestBars, sliceBars } from '../../../src/ml/samples.js'
import type { BarColumns } from '../../../src/domain/bar.js'
import { bytesOf, simulateBars, SMALL_RECIPE } from './simulated-bars.js'

let engine: Engine
beforeAll(() => {
  engine = createWasmEngine({ threads: 1 })
})
afterAll(() => engine.close())

async function fitAndForecast(bars: BarColumns) {
  const { problem, scaler } = buildFitProblem({ key: 'k', bars, recipe: SMALL_RECIPE, seed: 7 })
  for await (const result of engine.fit([problem])) {
    if (result.kind === 'failure') throw new Error(result.message)
    const forecast = predictNextClose({ engine, recipe: SMALL_RECIPE, bars, scaler, weights: result.weights })
    return {
      scaler: JSON.stringify(scaler),
      weights: bytesOf(result.weights),
      losses: bytesOf(result.losses),
      forecast: bytesOf(Float64Array.of(forecast.scaledOutput, forecast.predictedClose)),
      fingerprint: fingerprintBars(bars),
    }
  }
  throw new Error('no result')
}

/** The bars up to `last`, as views into arrays that go on after it. */
function knownAt(bars: BarColumns, last: number): BarColumns {
  return sliceBars(bars, 0, last)
}

function corrupted(bars: BarColumns, from: number, to: number): BarColumns {
  const column = (values: Float64Array) =>
    values.map((value, i) => (i >= from && i < to ? value * 3 + 1 : value))
  return {
    sessions: bars.sessions,
    open: column(bars.open),
    high: column(bars.high),
    low: column(bars.low),
    close: column(bars.close),
    volume: column(bars.volume),
  }
}

test('changing every bar after the training window changes no byte of scaler, weights and forecast', async () => {
  const bars = simulateBars(120)
  const honest = await fitAndForecast(knownAt(bars, 79))
  expect(await fitAndForecast(knownAt(corrupted(bars, 80, 120), 79))).toEqual(honest)
})

test('changing the last bar of the window changes all of them', async () => {
  const bars = simulateBars(120)
  const honest = await fitAndForecast(knownAt(bars, 79))
  const other = await fitAndForecast(knownAt(corrupted(bars, 79, 80), 79))
  for (const part of ['scaler', 'weights', 'losses', 'forecast', 'fingerprint'] as const) {
    expect(other[part]).not.toBe(honest[part])
  }
})

test('bars before the window do not matter to the fit', async () => {
  const bars = simulateBars(120)
  const { fingerprint, ...fit } = await fitAndForecast(bars)
  const { fingerprint: other, ...same } = await fitAndForecast(corrupted(bars, 0, 65))
  expect(same).toEqual(fit)
  expect(other).not.toBe(fingerprint)
})

test('the forecast reads the last lookback bars and gives a price', () => {
  const bars = simulateBars(60)
  const { scaler, problem } = buildFitProblem({ key: 'k', bars, recipe: SMALL_RECIPE, seed: 1 })
  const input = { engine, recipe: SMALL_RECIPE, scaler, weights: problem.initialWeights }
  const forecast = predictNextClose({ ...input, bars })
  expect(predictNextClose({ ...input, bars: newestBars(bars, 5) })).toEqual(forecast)
  expect(forecast.lastClose).toBe(bars.close[59])
  const [min, max] = [scaler.min[4] ?? NaN, scaler.max[4] ?? NaN]
  expect(forecast.predictedClose).toBe(min + forecast.scaledOutput * (max - min))
  expect(() => predictNextClose({ ...input, bars: newestBars(bars, 4) })).toThrow(
    'reads 5 bars and there are 4',
  )
})

test('a sigmoid is saturated where its output or the last close is at the edge of its range', () => {
  const scaler = { kind: 'minMax', columns: ['close'], min: [100], max: [200] } as const
  const saturated = (output: number, lastClose: number) =>
    isSaturated(SMALL_RECIPE, scaler, output, lastClose)
  expect(saturated(0.5, 150)).toBe(false)
  expect(saturated(0.995, 150)).toBe(true)
  expect(saturated(0.005, 150)).toBe(true)
  expect(saturated(0.5, 199.5)).toBe(true)
  expect(saturated(0.5, 250)).toBe(true)
  expect(saturated(0.5, 90)).toBe(true)
  expect(saturated(0.985, 101.5)).toBe(false)
  expect(isSaturated({ ...SMALL_RECIPE, head: 'linear' }, scaler, 1.5, 250)).toBe(false)
})
