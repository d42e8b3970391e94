/** Requests a backtest: validates the request, pins the data version and the bars, and queues it. */
import type {
  Backtest,
  BacktestProtocol,
  BacktestSettings,
  BacktestStrategy,
  BacktestWindow,
  ScalerFit,
} from '../../domain/backtests/backtest.js'
import type { ShortSaleList } from '../../domain/backtests/short-sale-file.js'
import { tradingSettings } from '../../domain/backtests/trading-settings.js'
import { requirePast } from '../../domain/clock.js'
import type { Clock } from '../../domain/clock.js'
import { requireOrder } from '../../domain/calendar/date-range.js'
import { requireRecipe } from '../../domain/models/recipe.js'
import type { Recipe } from '../../domain/models/recipe.js'
import { requireSeed } from '../../domain/models/seed.js'
import type { Session } from '../../domain/calendar/session.js'
import type { BacktestWriter } from '../../db/backtests/backtest-writer.js'
import type { BarReader } from '../../db/bars/bar-reader.js'
import type { AsOfVersionStore } from '../../db/bars/as-of-version.js'
import type { SymbolStore } from '../../db/symbols.js'
import { KospigraphError } from '../../errors.js'
import { MAX_SLIPPAGE_TICKS } from '../../ml/backtests/strategy-execution.js'
import { fingerprintBars, recipeHash } from '../../ml/fit/artifact.js'
import type { StoredSymbol } from '../../domain/symbol.js'
import type { Instruments } from '../bars/instruments.js'
import { requireStoredSymbol } from '../stored-symbol.js'
import { planBacktest, readBacktestBars } from './plan.js'

const MAX_COST_BPS = 1_000

export interface StartBacktestRequest {
  readonly symbol: string
  readonly recipe: string
  readonly seed: number
  readonly protocol: BacktestProtocol
  /** The first session to forecast (walk-forward) or the first bar (fixed split); by default the earliest possible. */
  readonly from?: Session | undefined
  /** The last session; by default the newest. */
  readonly to?: Session | undefined
  /** Sessions that one fit of a walk-forward serves. */
  readonly refitEvery: number
  readonly window: BacktestWindow
  /** Samples that a fixed split trains on. */
  readonly trainSamples: number
  readonly scalerFit: ScalerFit
  readonly strategy: BacktestStrategy
  /** Read the bars as known at this instant; by default the current ones. */
  readonly asOf?: Date | undefined
}

/** @throws KospigraphError BAD_USER_INPUT naming the argument that is wrong */
export type StartBacktest = (request: StartBacktestRequest) => Promise<Backtest>

export function createStartBacktest(deps: {
  readonly symbols: SymbolStore
  readonly bars: BarReader
  readonly knowledge: AsOfVersionStore
  readonly log: BacktestWriter
  readonly recipes: readonly Recipe[]
  readonly shortSales: ShortSaleList
  readonly instruments: Pick<Instruments, 'markets'>
  readonly clock: Clock
}): StartBacktest {
  return async (request) => {
    const { from, to, asOf, seed } = request
    const recipe = requireRecipe(deps.recipes, request.recipe)
    requireSeed(seed, recipe)
    requireStrategy(request.strategy)
    requireOrder({ from, to })
    const symbol = await requireStoredSymbol(deps.symbols, request.symbol)
    const now = deps.clock.now()
    if (asOf !== undefined) requirePast(asOf, now)
    const dataVersion =
      asOf === undefined ? symbol.dataVersion : await deps.knowledge.versionAt(symbol.id, asOf)
    requireTicks(symbol, request.strategy)
    const [markets = []] = await deps.instruments.markets([symbol.code])
    const trading = tradingSettings(symbol, deps.shortSales.permitsOf(symbol.code), markets)
    const settings = { ...settingsOf(request, recipe), trading }
    const read = await readBacktestBars(deps.bars, symbol.code, {
      symbolId: symbol.id,
      dataVersion,
      ...(to && { to }),
      // A walk-forward also needs the bars before its first session; a fixed split starts at its first bar.
      ...(from && settings.protocol === 'FIXED_SPLIT' && { from }),
    })
    const plan = planBacktest(symbol.code, settings, read, from)
    const { sessions } = read.bars
    const [first, last] = [sessions[plan.firstPlace], sessions.at(-1)]
    if (first === undefined || last === undefined)
      throw new Error(`the plan of a backtest of ${symbol.code} has no session`)
    return deps.log.request({
      symbolId: symbol.id,
      settings,
      recipeHash: recipeHash(recipe),
      dataVersion,
      asOf: asOf ?? null,
      fingerprint: fingerprintBars(read.bars),
      // A fixed split stores its first bar, so that a rerun reads the same bars.
      fromSession: settings.protocol === 'FIXED_SPLIT' ? (sessions[0] ?? first) : first,
      toSession: last,
      sessions: plan.sessions,
      folds: plan.folds,
      breaks: read.breaks.flatMap((place) => sessions[place] ?? []),
      leaky: settings.protocol === 'FIXED_SPLIT' && settings.scalerFit === 'ALL_ROWS',
      optimistic: settings.strategy.execution === 'SAME_CLOSE',
      requestedAt: now,
    })
  }
}

function settingsOf(request: StartBacktestRequest, recipe: Recipe): BacktestSettings {
  const { seed, strategy, refitEvery, window, trainSamples, scalerFit } = request
  if (request.protocol === 'FIXED_SPLIT') {
    requireWhole('trainSamples', trainSamples, 1, Number.MAX_SAFE_INTEGER)
    return { protocol: 'FIXED_SPLIT', recipe, seed, strategy, trainSamples, scalerFit }
  }
  requireWhole('refitEvery', refitEvery, 1, Number.MAX_SAFE_INTEGER)
  return { protocol: 'WALK_FORWARD', recipe, seed, strategy, refitEvery, window }
}

function requireStrategy({
  threshold,
  commissionBps,
  slippageBps,
  slippageTicks = 0,
}: BacktestStrategy): void {
  requireBetween('threshold', threshold, 1)
  requireBetween('commissionBps', commissionBps, MAX_COST_BPS)
  requireBetween('slippageBps', slippageBps, MAX_COST_BPS)
  requireBetween('slippageTicks', slippageTicks, MAX_SLIPPAGE_TICKS)
}

function requireTicks({ kind, code }: StoredSymbol, { slippageTicks = 0 }: BacktestStrategy): void {
  if (slippageTicks === 0 || kind !== 'INDEX') return
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `slippageTicks: ${code} is an index and has no ticks; give slippageBps instead`,
  )
}

function requireWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `${name}: ${value} is not a whole number from ${least} to ${most}`,
  )
}

function requireBetween(name: string, value: number, most: number): void {
  if (value >= 0 && value <= most) return
  throw new KospigraphError('BAD_USER_INPUT', `${name}: ${value} is not between 0 and ${most}`)
}
