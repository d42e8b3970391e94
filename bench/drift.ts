/**
 * Counts drift warnings: the share of versions of each recipe with a warning, by their age in sessions.
 *
 * On 400 symbols of the universe (see support/series.ts) and on the KOSPI since 2010. Training windows end `age`
 * sessions before the last known bar, for every 20th of a series' bars as the last; the live window is that of the
 * age. Nothing is fitted, so saturation is not measured. A version of age 0 has its live window inside its
 * training window, so any warning there is a false alarm.
 *
 * `range` and `PSI` are the warnings. `PSI over chance` would be the warnings with a PSI above 0.25 and above
 * chance for independent values, `PSI over 0.25` those of that rule of thumb alone. All are shares of versions.
 */
import type { BarColumns } from '../src/domain/bars/bar.js'
import { lagBars, RECIPES, windowBars } from '../src/domain/models/recipe.js'
import type { Feature, Recipe } from '../src/domain/models/recipe.js'
import { columnOf, columnsOf, columnTable } from '../src/ml/fit/columns.js'
import { liveBarsOf, measureDrift, PSI_WARNING } from '../src/ml/forecasts/drift-measures.js'
import { populationStability } from '../src/ml/metrics/population-stability.js'
import { newestBars, sliceBars } from '../src/ml/samples.js'
import { fitScaler } from '../src/ml/fit/scaler.js'
import { kospiUntil } from './support/market-data.js'
import { drawnSymbols } from './support/series.js'
import { printTable } from './support/table.js'

const AGES = [0, 5, 20, 60, 120]
const SESSIONS_BETWEEN = 20
const SYMBOLS = 400

interface Tally {
  versions: number
  range: number
  index: number
  chance: number
  plain: number
}

function judge(tally: Tally, recipe: Recipe, bars: BarColumns, age: number): void {
  const fittedBars = newestBars(sliceBars(bars, 0, bars.sessions.length - 1 - age), windowBars(recipe))
  const liveBars = liveBarsOf(bars, recipe, age)
  const lag = lagBars(recipe)
  const scaler = fitScaler(columnTable(fittedBars, columnsOf(recipe), lag), recipe.scaler)
  const { warnings } = measureDrift({ recipe, scaler, fittedBars, liveBars })
  const valuesOf = (of: BarColumns, feature: Feature): Float64Array =>
    columnOf(columnTable(of, [feature], lag), feature)
  const indices = recipe.features.map((feature) =>
    populationStability(valuesOf(fittedBars, feature), valuesOf(liveBars, feature)),
  )
  tally.versions += 1
  tally.range += warnings.some((each) => each.includes('fitted range')) ? 1 : 0
  tally.index += warnings.some((each) => each.includes('stability index')) ? 1 : 0
  tally.chance += indices.some(({ psi, chanceBound }) => psi > Math.max(PSI_WARNING, chanceBound)) ? 1 : 0
  tally.plain += indices.some(({ psi }) => psi > PSI_WARNING) ? 1 : 0
}

function tallyOf(recipe: Recipe, all: readonly BarColumns[], age: number): Tally {
  const tally = { versions: 0, range: 0, index: 0, chance: 0, plain: 0 }
  for (const bars of all) {
    for (let end = bars.sessions.length; end >= windowBars(recipe) + age; end -= SESSIONS_BETWEEN) {
      judge(tally, recipe, sliceBars(bars, 0, end - 1), age)
    }
  }
  return tally
}

export function main(): void {
  const series = {
    KOSPI: [kospiUntil(2026)],
    symbols: drawnSymbols(SYMBOLS).map(({ bars }) => bars),
  }
  const table = [['recipe', 'on', 'age', 'versions', 'range', 'PSI', 'PSI over chance', 'PSI over 0.25']]
  const json: Record<string, Record<string, Record<string, Tally>>> = {}
  for (const recipe of RECIPES) {
    for (const [name, all] of Object.entries(series)) {
      for (const age of AGES) {
        const tally = tallyOf(recipe, all, age)
        const shares = [tally.range, tally.index, tally.chance, tally.plain].map((of) => of / tally.versions)
        table.push([
          ...[recipe.name, name, `${age}`, `${tally.versions}`],
          ...shares.map((share) => share.toFixed(3)),
        ])
        const ofRecipe = (json[recipe.name] ??= {})
        const ofSeries = (ofRecipe[name] ??= {})
        ofSeries[`age ${age}`] = tally
      }
    }
  }
  printTable(table, 2)
  console.log(JSON.stringify(json))
}
