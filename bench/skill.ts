/**
 * Measures each recipe's skill against persistence on unseen sessions, each forecast from a fit that ended the
 * session before.
 *
 * Series: the KOSPI's last 500 sessions to 2026-03-27, and the last 150 of 100 symbols of the universe (see
 * support/series.ts).
 *
 * All ratios are over persistence, on log returns, so that expensive and cheap shares weigh the same: `pooled` is
 * the root of all squared errors over the root of all squared returns, `median` the median of the symbols' own
 * ratios. `spread` is the standard deviation of the predicted returns over that of the actual ones: near 0 a
 * recipe hardly differs from persistence, and a ratio near 1 is no achievement. `DM p`: Diebold-Mariano,
 * one-sided, the probability of so good a result from a recipe no better than persistence; for symbols it tests
 * each session's mean over them.
 */
import { RECIPES, windowBars } from '../src/domain/models/recipe.js'
import type { Recipe } from '../src/domain/models/recipe.js'
import type { Engine } from '../src/ml/engine/engine.js'
import { createWasmEngine } from '../src/ml/engine/wasm/wasm-engine.js'
import { evaluateForecasts, hitRates } from '../src/ml/metrics/forecast-metrics.js'
import type { JudgedSession } from '../src/ml/metrics/forecast-metrics.js'
import { dieboldMariano, lossDifferentials } from '../src/ml/metrics/diebold-mariano.js'
import type { DieboldMariano } from '../src/ml/metrics/diebold-mariano.js'
import {
  addReturnSums,
  logReturns,
  NO_RETURNS,
  returnMetrics,
  returnSums,
} from '../src/ml/metrics/return-errors.js'
import { walkForwardForecasts } from '../src/ml/fit/walk-forward-forecasts.js'
import { walkForward } from '../src/ml/fit/walk-forward-folds.js'
import { recentKospi } from './support/market-data.js'
import { drawnSymbols } from './support/series.js'
import type { Series } from './support/series.js'
import { printTable } from './support/table.js'

const KOSPI_SESSIONS = 500
const SYMBOLS = 100
const SYMBOL_SESSIONS = 150
const SEED = 0

interface Judged extends JudgedSession {
  readonly date: string
}

/** Forecast sessions of every series, by key. */
async function judge(
  engine: Engine,
  recipe: Recipe,
  all: readonly Series[],
  sessions: number,
): Promise<Map<string, Judged[]>> {
  const judged = new Map<string, Judged[]>(all.map(({ key }) => [key, []]))
  const total = all.length * sessions
  let done = 0
  const series = all.map(({ key, bars }) => {
    const barCount = bars.sessions.length
    return {
      key,
      bars,
      recipe,
      seed: SEED,
      folds: walkForward({
        barCount,
        from: barCount - sessions,
        to: barCount - 1,
        refitEvery: 1,
        mode: 'rolling' as const,
        windowBars: windowBars(recipe),
      }),
    }
  })
  for await (const result of walkForwardForecasts(engine, series)) {
    if (result.kind === 'failure') throw new Error(result.message)
    for (const { session, predictedClose, actualClose, lastClose, saturated } of result.forecasts) {
      judged.get(result.series.key)?.push({
        date: session,
        predicted: predictedClose,
        actual: actualClose,
        previous: lastClose,
        saturated,
      })
    }
    done += 1
    if (done % 1_000 === 0) process.stderr.write(`${recipe.name}: ${done} of ${total} sessions\n`)
  }
  return judged
}

/** Runs the test over many symbols: one loss differential a session, the mean over the symbols. */
function pooledTest(all: readonly (readonly Judged[])[]): DieboldMariano {
  const byDate = new Map<string, number[]>()
  for (const sessions of all) {
    const returns = logReturns(sessions)
    if (returns === null) return { kind: 'untested', reason: 'PREDICTED_NOT_POSITIVE' }
    const errors = returns.actual.map((value, i) => value - (returns.predicted[i] ?? NaN))
    lossDifferentials(errors, returns.actual).forEach((differential, i) => {
      const date = sessions[i]?.date ?? ''
      const day = byDate.get(date)
      if (day) day.push(differential)
      else byDate.set(date, [differential])
    })
  }
  const days = [...byDate].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, day]) => day)
  return dieboldMariano(
    Float64Array.from(days, (day) => day.reduce((sum, value) => sum + value, 0) / day.length),
  )
}

interface Summary {
  readonly pooledRmseRatio: number
  readonly pooledMaeRatio: number
  readonly medianRmseRatio: number
  readonly medianMaeRatio: number
  readonly hitRate: number
  readonly baseRate: number
  readonly saturatedShare: number
  readonly spreadRatio: number
  readonly dmP: number
}

function summarise(all: readonly (readonly Judged[])[]): Summary {
  const metrics = all.map(evaluateForecasts)
  const pooled = returnMetrics(all.map(returnSums).reduce(addReturnSums, NO_RETURNS))
  const test = all.length === 1 ? metrics[0]?.dieboldMariano : pooledTest(all)
  const sessions = all.flat()
  return {
    pooledRmseRatio: pooled?.rmseRatio ?? NaN,
    pooledMaeRatio: pooled?.maeRatio ?? NaN,
    medianRmseRatio: median(metrics.map(({ returns }) => returns?.rmseRatio ?? NaN)),
    medianMaeRatio: median(metrics.map(({ returns }) => returns?.maeRatio ?? NaN)),
    hitRate: hitRates(sessions).hitRate ?? NaN,
    baseRate: hitRates(sessions).baseRate ?? NaN,
    saturatedShare: sessions.filter(({ saturated }) => saturated).length / sessions.length,
    spreadRatio: pooled?.spreadRatio ?? NaN,
    dmP: test?.kind === 'tested' ? test.pValue : NaN,
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle - 0.5)] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

const COLUMNS: readonly (readonly [string, keyof Summary])[] = [
  ['RMSE pooled', 'pooledRmseRatio'],
  ['median', 'medianRmseRatio'],
  ['MAE pooled', 'pooledMaeRatio'],
  ['median', 'medianMaeRatio'],
  ['hit rate', 'hitRate'],
  ['base rate', 'baseRate'],
  ['saturated', 'saturatedShare'],
  ['spread', 'spreadRatio'],
  ['DM p', 'dmP'],
]

export async function main(): Promise<void> {
  const kospi: Series = { key: 'KOSPI', bars: recentKospi() }
  const symbols = drawnSymbols(SYMBOLS)
  const engine = createWasmEngine()
  const rows: string[][] = []
  const result: Record<string, Record<string, number>> = {}
  try {
    for (const recipe of RECIPES) {
      const index = summarise([...(await judge(engine, recipe, [kospi], KOSPI_SESSIONS)).values()])
      const shares = summarise([...(await judge(engine, recipe, symbols, SYMBOL_SESSIONS)).values()])
      const cells = (summary: Summary): string[] => COLUMNS.map(([, name]) => summary[name].toFixed(4))
      rows.push([recipe.name, 'KOSPI', ...cells(index)], ['', `${symbols.length} symbols`, ...cells(shares)])
      result[recipe.name] = {
        pooledRmseRatio: shares.pooledRmseRatio,
        medianRmseRatio: shares.medianRmseRatio,
        kospiRmseRatio: index.pooledRmseRatio,
        hitRate: shares.hitRate,
        baseRate: shares.baseRate,
        saturatedShare: shares.saturatedShare,
        dmP: shares.dmP,
        spreadRatio: shares.spreadRatio,
        pooledMaeRatio: shares.pooledMaeRatio,
        medianMaeRatio: shares.medianMaeRatio,
        kospiMaeRatio: index.pooledMaeRatio,
        kospiHitRate: index.hitRate,
        kospiBaseRate: index.baseRate,
        kospiSaturatedShare: index.saturatedShare,
        kospiDmP: index.dmP,
        kospiSpreadRatio: index.spreadRatio,
      }
    }
  } finally {
    await engine.close()
  }
  const first = kospi.bars.sessions.at(-KOSPI_SESSIONS) ?? ''
  console.log(
    `KOSPI ${first} to ${kospi.bars.sessions.at(-1) ?? ''}; ${symbols.length} symbols, last ${SYMBOL_SESSIONS} sessions; refit before each`,
  )
  printTable([['recipe', 'on', ...COLUMNS.map(([heading]) => heading)], ...rows], 2)
  console.log(JSON.stringify(result))
}
