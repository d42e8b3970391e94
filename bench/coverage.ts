/**
 * Measures the coverage of forecast intervals as nights serve them. Nights are replayed over the KOSPI's last 500
 * sessions to 2026-03-27 and the last 120 of 50 symbols of the universe, drawn by seed (see support/series.ts).
 * The wasm engine refits both recipes before each session (refitEvery 1) on 2 threads. Every night decides the
 * champion (support/night-replay.ts), whose intervals are measured.
 *
 * No parameter was chosen on these sessions: the volatility's 0.94 is RiskMetrics', the 250 and 40 residuals are
 * round numbers, and the step of 0.1 comes from `intervals` on the KOSPI until 2023.
 *
 * `covered` is the share of sessions inside, `Winkler` the mean interval score of log returns in percent. `all`
 * are the served forecasts; they decide the exit code, with bounds of 77 to 83 % and 93 to 97 %. Sessions without
 * trading are excluded, because any interval covers them. `seed` and `returns` are the forecasts that each recipe
 * would have issued as champion. `warming up` are the same symbols as if listed 120 sessions ago, with the
 * intervals of the market of other symbols; they are not in `all`.
 */
import { INTERVAL_LEVELS } from '../src/ml/forecasts/conformal.js'
import { createWasmEngine } from '../src/ml/engine/wasm/wasm-engine.js'
import { log } from '../src/ml/exact-math.js'
import { evaluateIntervals } from '../src/ml/metrics/interval-metrics.js'
import { returnMetrics, returnSums } from '../src/ml/metrics/return-errors.js'
import { PERSISTENCE } from '../src/domain/models/recipe.js'
import { RECIPES } from '../src/domain/models/recipe.js'
import { recentKospi } from './support/market-data.js'
import { replayNights } from './support/night-replay.js'
import type { ForecastSession, Statement } from './support/night-replay.js'
import { allSymbols, randomSymbols } from './support/series.js'
import { printTable } from './support/table.js'
import { replayYoung } from './support/young-symbols.js'

const KOSPI_SESSIONS = 500
const SYMBOLS = 50
const SYMBOL_SESSIONS = 120
const DRAW_SEED = 1
const THREADS = 2
/** One a level. */
const BOUNDS = [
  { least: 0.77, most: 0.83 },
  { least: 0.93, most: 0.97 },
] as const

interface Figures {
  readonly forecasts: number
  readonly coverage80: number
  readonly coverage95: number
  readonly winkler80: number
  readonly winkler95: number
  /** RMSE of log returns over that of persistence. */
  readonly rmseRatio: number
}

interface JudgedStatement extends Statement {
  readonly of: ForecastSession
}

/** Null where there are no intervals. */
function figuresOf(statements: readonly JudgedStatement[]): Figures | null {
  const judged = statements.filter(({ of, intervals }) => of.traded && intervals.kind === 'intervals')
  if (judged.length === 0) return null
  const [narrow, wide] = INTERVAL_LEVELS.map((level, i) =>
    evaluateIntervals(
      judged.flatMap(({ of, intervals }) => {
        const interval = intervals.kind === 'intervals' ? intervals.intervals[i] : undefined
        if (!interval) return []
        const logOf = (price: number): number => log(price / of.previous)
        return [
          { level, lower: logOf(interval.lower), upper: logOf(interval.upper), actual: logOf(of.actual) },
        ]
      }),
    ),
  )
  const closes = judged.map(({ of, predicted }) => ({ predicted, actual: of.actual, previous: of.previous }))
  return {
    forecasts: judged.length,
    coverage80: narrow?.coverage ?? NaN,
    coverage95: wide?.coverage ?? NaN,
    winkler80: (narrow?.winklerScore ?? NaN) * 100,
    winkler95: (wide?.winklerScore ?? NaN) * 100,
    rmseRatio: returnMetrics(returnSums(closes))?.rmseRatio ?? NaN,
  }
}

const served = (sessions: readonly ForecastSession[]): JudgedStatement[] =>
  sessions.map((of) => ({ ...of.served, of }))

const issuedBy = (sessions: readonly ForecastSession[], recipe: string): JudgedStatement[] =>
  sessions.flatMap((of) =>
    of.recipes.filter(({ contender }) => contender === recipe).map((one) => ({ ...one, of })),
  )

function isWithin(figures: Figures): boolean {
  return [figures.coverage80, figures.coverage95].every((coverage, level) => {
    const { least = NaN, most = NaN } = BOUNDS[level] ?? {}
    return least <= coverage && coverage <= most
  })
}

/** How often each contender served, and how often that changed. */
function servingOf(sessions: readonly ForecastSession[]): Record<string, number> {
  const by = (contender: string): number =>
    sessions.filter((one) => one.served.contender === contender).length
  const decided = (kind: string): number => sessions.filter(({ decision }) => decision?.kind === kind).length
  return {
    ...Object.fromEntries([PERSISTENCE, ...RECIPES.map(({ name }) => name)].map((name) => [name, by(name)])),
    takeovers: decided('TAKEOVER'),
    givingWay: decided('GIVE_WAY'),
  }
}

export async function main(): Promise<void> {
  const symbols = randomSymbols(SYMBOLS, DRAW_SEED)
  const told = (fits: number): void => {
    process.stderr.write(`${fits} versions fitted\n`)
  }
  const engine = createWasmEngine({ threads: THREADS })
  let kospi: ForecastSession[]
  let universe: ForecastSession[]
  try {
    const index = await replayNights(engine, [{ key: 'KOSPI', bars: recentKospi() }], KOSPI_SESSIONS, told)
    kospi = [...index.values()].flat()
    universe = [...(await replayNights(engine, symbols, SYMBOL_SESSIONS, told)).values()].flat()
  } finally {
    await engine.close()
  }
  const drawn = new Set(symbols.map(({ key }) => key))
  const others = allSymbols().filter(({ key }) => !drawn.has(key))
  const young = await replayYoung(symbols, others, SYMBOL_SESSIONS)

  const all = [...kospi, ...universe]
  const parts: Record<string, readonly JudgedStatement[]> = {
    all: served(all),
    KOSPI: served(kospi),
    universe: served(universe),
    'served by persistence': served(all).filter(({ contender }) => contender === PERSISTENCE),
    'served by a recipe': served(all).filter(({ contender }) => contender !== PERSISTENCE),
    ...Object.fromEntries(RECIPES.map(({ name }) => [name, issuedBy(all, name)])),
    'warming up': served(young),
  }
  const figures = Object.fromEntries(Object.entries(parts).map(([name, of]) => [name, figuresOf(of)]))
  const table = Object.entries(figures).map(([name, found]) => [
    name,
    `${found?.forecasts ?? 0}`,
    ...(found ? [found.coverage80 * 100, found.coverage95 * 100].map((share) => share.toFixed(2)) : ['', '']),
    ...(found ? [found.winkler80, found.winkler95].map((score) => score.toFixed(3)) : ['', '']),
    found ? found.rmseRatio.toFixed(4) : '',
  ])
  const heading = [
    'forecasts',
    'sessions',
    'covered 80 %',
    'covered 95 %',
    'Winkler 80 %',
    'Winkler 95 %',
    'RMSE ratio',
  ]
  printTable([heading, ...table], 1)
  const serving = { KOSPI: servingOf(kospi), universe: servingOf(universe) }
  const names = Object.keys(serving.KOSPI)
  console.log('\nsessions served')
  printTable(
    [
      ['on', ...names],
      ...Object.entries(serving).map(([on, counts]) => [on, ...names.map((name) => `${counts[name] ?? 0}`)]),
    ],
    1,
  )
  const pooled = figures['all'] ?? null
  if (pooled === null || !isWithin(pooled)) {
    console.log('Coverage is outside 77 to 83 % or 93 to 97 %.')
    process.exitCode = 1
  }
  const { coverage80, coverage95, forecasts } = pooled ?? {}
  console.log(JSON.stringify({ coverage80, coverage95, forecasts, refitEvery: 1, parts: figures, serving }))
}
