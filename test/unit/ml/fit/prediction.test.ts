import type { Engine } from '../../../../src/ml/engine/engine.js'
import { createWasmEngine } from '../../../../src/ml/engine/wasm/wasm-engine.js'
import { fingerprintBars } from '../../../../src/ml/fit/artifact.js'
import { isSaturated, predictCloses, predictNextClose } from '../../../../src/ml/fit/prediction.js'
import type { FittedModel } from '../../../../src/ml/fit/prediction.js'
import { columnTable } from '../../../../src/ml/fit/columns.js'
import { architectureOf, buildFitProblems } from '../../../../src/ml/fit/problem.js'
import { newestBars, sliceBars } from '../../../../src/ml/samples.js'
import { transformRows } from '../../../../src/ml/fit/scaler.js'
import type { BarColumns } from '../../../../src/domain/bars/bar.js'
import type { Recipe } from '../../../../src/domain/models/recipe.js'
import { bytesOf, RETURN_RECIPE, simulateBars, SMALL_RECIPE } from '../simulated-bars.js'

let engine: Engine
beforeAll(() => {
  engine = createWasmEngine({ threads: 1 })
})
afterAll(() => engine.close())

async function fitAndForecast(bars: BarColumns) {
  const { problems, scaler } = buildFitProblems({ key: 'k', bars, recipe: SMALL_RECIPE, seed: 7 })
  for await (const result of engine.fit(problems)) {
    if (result.kind === 'failure') throw new Error(result.message)
    const model = { recipe: SMALL_RECIPE, scaler, members: [result.weights] }
    const forecast = await predictNextClose(engine, model, bars)
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

/** A model with its initial weights. */
function untrained(recipe: Recipe, bars: BarColumns): FittedModel {
  const { problems, scaler } = buildFitProblems({ key: 'k', bars, recipe, seed: 1 })
  return { recipe, scaler, members: [...problems].map(({ initialWeights }) => initialWeights) }
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

test('the forecast reads the last lookback bars and gives a price', async () => {
  const bars = simulateBars(60)
  const model = untrained(SMALL_RECIPE, bars)
  const forecast = await predictNextClose(engine, model, bars)
  expect(await predictNextClose(engine, model, newestBars(bars, 5))).toEqual(forecast)
  expect(forecast.lastClose).toBe(bars.close[59])
  const closes = bars.close.subarray(5)
  const [min, max] = [Math.min(...closes), Math.max(...closes)]
  expect(forecast.predictedClose).toBe(min + forecast.scaledOutput * (max - min))
  await expect(predictNextClose(engine, model, newestBars(bars, 4))).rejects.toThrow(
    'needs 5 bars and there are 4; add 1 more',
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

test('an ensemble predicts the scaled mean of its members, and a return recipe a price', async () => {
  const bars = simulateBars(80)
  const model = untrained(RETURN_RECIPE, bars)
  const alone = await Promise.all(
    model.members.map((weights) => predictNextClose(engine, { ...model, members: [weights] }, bars)),
  )
  const together = await predictNextClose(engine, model, bars)
  expect(new Set(alone.map(({ scaledOutput }) => scaledOutput)).size).toBe(3)
  const mean = alone.reduce((sum, { scaledOutput }) => sum + scaledOutput, 0) / 3
  expect(together.scaledOutput).toBe(mean)
  if (model.scaler.kind !== 'standard') throw new Error(model.scaler.kind)
  const at = model.scaler.columns.indexOf('closeReturn')
  const logReturn = mean * (model.scaler.std[at] ?? NaN) + (model.scaler.mean[at] ?? NaN)
  expect(together.predictedClose).toBeCloseTo((bars.close[79] ?? NaN) * Math.exp(logReturn), 9)
  expect(together.saturated).toBe(false)
})

test.each([SMALL_RECIPE, RETURN_RECIPE])(
  'recipe $name: predictions over many bars equal those of each session alone',
  async (recipe) => {
    const bars = simulateBars(80)
    const model = untrained(recipe, bars)
    const all = await predictCloses(engine, model, bars)
    const needed = recipe === RETURN_RECIPE ? 6 : 5
    expect(all).toHaveLength(80 - needed + 1)
    for (const i of [0, 1, 40, all.length - 1]) {
      expect(all[i]).toEqual(await predictNextClose(engine, model, knownAt(bars, i + needed - 1)))
    }
  },
)

test('an input that is not finite is refused with its column and session', async () => {
  const bars = simulateBars(80)
  const model = untrained(RETURN_RECIPE, bars)
  const halved = { ...bars, close: bars.close.with(78, 0) }
  await expect(predictNextClose(engine, model, halved)).rejects.toThrow(
    /openReturn of 2020-03-20 is Infinity/,
  )
})

test('a large network gives the thread turns between slices, and slices change no output', async () => {
  const recipe = { ...SMALL_RECIPE, hidden: 128, lookbackBars: 30 }
  const bars = simulateBars(140)
  const model = untrained(recipe, bars)
  let turns = 0
  let running = true
  const count = (): void => {
    turns += 1
    if (running) setImmediate(count)
  }
  setImmediate(count)
  const sliced = await predictCloses(engine, model, bars)
  running = false
  expect(turns).toBeGreaterThan(5)
  const rows = transformRows(model.scaler, columnTable(bars, recipe.features), recipe.features)
  const whole = engine.predict(architectureOf(recipe), model.members[0] ?? new Float32Array(), rows)
  expect(sliced.map(({ scaledOutput }) => scaledOutput)).toEqual([...whole])
})
