import type { BarColumns } from '../../../../src/domain/bars/bar.js'
import { windowBars } from '../../../../src/domain/models/recipe.js'
import type { Recipe } from '../../../../src/domain/models/recipe.js'
import type { Engine } from '../../../../src/ml/engine/engine.js'
import { createWasmEngine } from '../../../../src/ml/engine/wasm/wasm-engine.js'
import { fitModels } from '../../../../src/ml/fit/fit-models.js'
import { predictNextClose } from '../../../../src/ml/fit/prediction.js'
import { sliceBars } from '../../../../src/ml/samples.js'
import { walkForwardForecasts } from '../../../../src/ml/fit/walk-forward-forecasts.js'
import type { FoldResult, WalkForwardSeries } from '../../../../src/ml/fit/walk-forward-forecasts.js'
import { walkForward } from '../../../../src/ml/fit/walk-forward-folds.js'
import type { WalkForwardMode } from '../../../../src/ml/fit/walk-forward-folds.js'
import { collect, RETURN_RECIPE, simulateBars, SMALL_RECIPE } from '../simulated-bars.js'

let engine: Engine
beforeAll(() => {
  engine = createWasmEngine({ threads: 2 })
})
afterAll(() => engine.close())

interface Options {
  readonly recipe?: Recipe
  readonly refitEvery?: number
  readonly mode?: WalkForwardMode
  readonly from?: number
  readonly to?: number
}

function seriesOf(key: string, bars: BarColumns, options: Options = {}): WalkForwardSeries {
  const { recipe = SMALL_RECIPE, refitEvery = 1, mode = 'rolling', from = 60, to = 70 } = options
  const barCount = bars.sessions.length
  const folds = walkForward({ barCount, from, to, refitEvery, mode, windowBars: windowBars(recipe) })
  return { key, bars, recipe, seed: 3, folds }
}

function run(...series: WalkForwardSeries[]): Promise<FoldResult[]> {
  return collect(walkForwardForecasts(engine, series))
}

/** What was said of each session. */
function said(results: readonly FoldResult[]): [string, number][] {
  return results.flatMap((result) => {
    if (result.kind === 'failure') throw new Error(result.message)
    return result.forecasts.map(({ session, predictedClose }): [string, number] => [session, predictedClose])
  })
}

/** Everything from bar number `first` on is another story. */
function corruptedFrom(bars: BarColumns, first: number): BarColumns {
  const column = (values: Float64Array): Float64Array =>
    values.map((value, i) => (i < first ? value : value * 7 + i))
  return {
    ...bars,
    open: column(bars.open),
    high: column(bars.high),
    low: column(bars.low),
    close: column(bars.close),
    volume: column(bars.volume),
  }
}

describe.each([SMALL_RECIPE, RETURN_RECIPE])('walking recipe $name forward', (recipe) => {
  test.each<[WalkForwardMode, number]>([
    ['rolling', 1],
    ['rolling', 4],
    ['expanding', 4],
  ])('%s, refit every %i: no forecast changes with its own or a later bar', async (mode, refitEvery) => {
    const bars = simulateBars(72)
    const options = { recipe, mode, refitEvery }
    const honest = said(await run(seriesOf('k', bars, options)))
    expect(honest.map(([session]) => session)).toEqual(bars.sessions.slice(60, 71))
    for (const place of [60, 63, 64, 67, 70]) {
      const other = said(await run(seriesOf('k', corruptedFrom(bars, place), options)))
      const known = place - 60 + 1
      // The session at `place` is itself forecast from the bars before it.
      expect(other.slice(0, known)).toEqual(honest.slice(0, known))
      if (place < 70) expect(other.slice(known)).not.toEqual(honest.slice(known))
    }
  })

  test('each session is forecast as a retrain the evening before its fold would, from the bars until then', async () => {
    const bars = simulateBars(72)
    const results = await run(seriesOf('k', bars, { recipe, refitEvery: 4 }))
    for (const [session, predicted] of said(results)) {
      const place = bars.sessions.indexOf(session as BarColumns['sessions'][number])
      const serveFirst = 60 + Math.floor((place - 60) / 4) * 4
      const seen = sliceBars(bars, 0, serveFirst - 1)
      const [fit] = await collect(fitModels(engine, [{ key: 'k', bars: seen, recipe, seed: 3 }]))
      if (fit?.kind !== 'model') throw new Error(fit?.message)
      const forecast = await predictNextClose(engine, fit.model, sliceBars(bars, 0, place - 1))
      expect(forecast.predictedClose).toBe(predicted)
    }
  })
})

test('an expanding window fits all bars', async () => {
  const results = await run(seriesOf('k', simulateBars(72), { mode: 'expanding', refitEvery: 5 }))
  const counts = results.map((result) => (result.kind === 'fold' ? result.fit.window.barCount : NaN))
  expect(counts).toEqual([60, 65, 70])
})

test('many symbols are one stream, and a fold that cannot be fitted is a failure in its place', async () => {
  const bars = simulateBars(72)
  const constant = { ...bars, close: bars.close.map(() => 1000) }
  const options = { refitEvery: 6 }
  const results = await run(
    seriesOf('first', bars, options),
    seriesOf('halted', constant, options),
    seriesOf('last', bars, options),
  )
  expect(results.map(({ series, kind, fold }) => [series.key, kind, fold.serveFirst])).toEqual([
    ['first', 'fold', 60],
    ['first', 'fold', 66],
    ['halted', 'failure', 60],
    ['halted', 'failure', 66],
    ['last', 'fold', 60],
    ['last', 'fold', 66],
  ])
  const [, , failure] = results
  expect(failure).toMatchObject({ code: 'CONSTANT_LABEL' })
  expect(failure?.kind === 'failure' && failure.message).toContain(`halted ${String(bars.sessions[60])}`)
})

test.each([
  ['NaN', SMALL_RECIPE, NaN],
  ['0', RETURN_RECIPE, 0],
])('an open of %s within a served fold fails that fold', async (_, recipe, open) => {
  const bars = simulateBars(72)
  const bad = { ...bars, open: bars.open.with(62, open) }
  const results = await run(
    seriesOf('k', bad, { recipe, refitEvery: 5 }),
    seriesOf('good', bars, { recipe, refitEvery: 5 }),
  )
  expect(results.map(({ kind }) => kind)).toEqual(['failure', 'failure', 'failure', 'fold', 'fold', 'fold'])
  for (const result of results.slice(0, 3)) {
    expect(result).toMatchObject({ code: 'NOT_FINITE' })
    expect(result.kind === 'failure' && result.message).toMatch(/^k .*open(Return)? of 2020-03-03 is/)
  }
})

test('folds with too few bars for the recipe are refused before anything is fitted', async () => {
  const folds = walkForward({
    barCount: 72,
    from: 60,
    to: 70,
    refitEvery: 1,
    mode: 'rolling',
    windowBars: 40,
  })
  const series = { key: 'k', bars: simulateBars(72), recipe: SMALL_RECIPE, seed: 3, folds }
  await expect(run(series)).rejects.toThrow('k: a fold has 40 bars to fit and recipe small needs 55.')
})
