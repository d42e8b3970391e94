/**
 * Searches the defaults of the `returns` recipe: every combination of a small grid, walked forward over the KOSPI
 * from 2012 to the end of 2023 with a refit every 20 sessions. Nothing later is read, so the sessions that `skill`
 * reports on did not influence the choice. The first line of the table is the recipe.
 *
 * `ratio` is the RMSE of the predicted log returns over that of persistence, `early` and `late` the same over each
 * half, `spread` the standard deviation of the predicted returns over that of the actual ones.
 */
import { RETURNS_RECIPE, windowBars } from '../src/domain/models/recipe.js'
import type { Recipe } from '../src/domain/models/recipe.js'
import { createWasmEngine } from '../src/ml/engine/wasm/wasm-engine.js'
import { addReturnSums, NO_RETURNS, returnMetrics, returnSums } from '../src/ml/metrics/return-errors.js'
import type { ForecastCloses, ReturnSums } from '../src/ml/metrics/return-errors.js'
import { walkForwardForecasts } from '../src/ml/fit/walk-forward-forecasts.js'
import type { WalkForwardSeries } from '../src/ml/fit/walk-forward-forecasts.js'
import { walkForward } from '../src/ml/fit/walk-forward-folds.js'
import { kospiUntil } from './support/market-data.js'

const LAST_YEAR = 2023
const FIRST_SESSION = '2012-01-02'
const REFIT_EVERY = 20
const SHOWN = 25

const GRID = {
  lookbackBars: [5, 10],
  layers: [1, 2],
  hidden: [4, 8, 16],
  epochs: [3, 5, 10, 20],
  learningRate: [1e-3, 3e-3],
  weightDecay: [0.1, 1, 3, 10],
} satisfies Partial<Record<keyof Recipe, readonly number[]>>

/** All windows read the same bars, so a longer lookback leaves fewer samples. */
const WINDOW_AND_LOOKBACK = RETURNS_RECIPE.windowSamples + RETURNS_RECIPE.lookbackBars

function candidates(): Recipe[] {
  let recipes: Recipe[] = [RETURNS_RECIPE]
  for (const [field, values] of Object.entries(GRID)) {
    recipes = recipes.flatMap((recipe) => values.map((value) => ({ ...recipe, [field]: value })))
  }
  return recipes.map((recipe) => ({
    ...recipe,
    name: settingsOf(recipe),
    windowSamples: WINDOW_AND_LOOKBACK - recipe.lookbackBars,
  }))
}

function settingsOf(recipe: Recipe): string {
  return Object.keys(GRID)
    .map((field) => String(recipe[field as keyof Recipe]))
    .join(' ')
}

export async function main(): Promise<void> {
  const bars = kospiUntil(LAST_YEAR)
  const barCount = bars.sessions.length
  const from = bars.sessions.findIndex((session) => session >= FIRST_SESSION)
  const middle = Math.floor((from + barCount) / 2)
  const series = candidates().map((recipe): WalkForwardSeries => {
    const plan = { barCount, from, to: barCount - 1, refitEvery: REFIT_EVERY, windowBars: windowBars(recipe) }
    return { key: recipe.name, bars, recipe, seed: 0, folds: walkForward({ ...plan, mode: 'rolling' }) }
  })
  const halves = new Map<string, { early: ReturnSums; late: ReturnSums }>()
  const engine = createWasmEngine()
  try {
    for await (const result of walkForwardForecasts(engine, series)) {
      if (result.kind === 'failure') throw new Error(result.message)
      const { key } = result.series
      const known = halves.get(key) ?? { early: NO_RETURNS, late: NO_RETURNS }
      const closes = result.forecasts.map(({ predictedClose, actualClose, lastClose }): ForecastCloses => {
        return { predicted: predictedClose, actual: actualClose, previous: lastClose }
      })
      const half = result.fold.serveFirst < middle ? 'early' : 'late'
      halves.set(key, { ...known, [half]: addReturnSums(known[half], returnSums(closes)) })
    }
  } finally {
    await engine.close()
  }
  const ratio = (sums: ReturnSums): number => returnMetrics(sums)?.rmseRatio ?? NaN
  const ranked = [...halves]
    .map(([settings, { early, late }]) => ({ settings, early, late, all: addReturnSums(early, late) }))
    .sort((a, b) => ratio(a.all) - ratio(b.all))
  const [first, last] = [bars.sessions[from] ?? '', bars.sessions.at(-1) ?? '']
  console.log(
    `KOSPI ${first} to ${last}, refit every ${REFIT_EVERY} sessions; best ${SHOWN} of ${ranked.length}`,
  )
  console.log(`${Object.keys(GRID).join(', ')}: ratio, early, late, spread`)
  for (const { settings, early, late, all } of ranked.slice(0, SHOWN)) {
    const figures = [ratio(all), ratio(early), ratio(late), returnMetrics(all)?.spreadRatio ?? NaN]
    console.log(`${settings.padEnd(22)} ${figures.map((figure) => figure.toFixed(4)).join('  ')}`)
  }
  const best = ranked[0]
  console.log(
    JSON.stringify({
      candidates: ranked.length,
      best: best?.settings,
      rmseRatio: best && ratio(best.all),
      recipe: settingsOf(RETURNS_RECIPE),
    }),
  )
}
