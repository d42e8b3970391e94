/**
 * The backtest accumulator: takes forecasts and bars in session order, and returns each session's row and the
 * metrics so far in constant time.
 *
 * A session's interval and order depend only on earlier sessions and its own forecast; its close is read last. The
 * state is a function of the sessions added. So a backtest that resumes after its worker died rebuilds it from the
 * stored forecasts and produces the same bytes.
 */
import type { TradingAssumption } from '../../domain/backtests/trading-assumption.js'
import type { TradingSettings } from '../../domain/backtests/trading-settings.js'
import { addClose, NO_TICK_RUNS } from '../../domain/bars/tick-runs.js'
import type { BacktestRow, BacktestStrategy, RunningMetrics } from '../../domain/backtests/backtest.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Session } from '../../domain/calendar/session.js'
import { addHit, hitRatesOf, NO_HITS } from '../../domain/forecasts/hit-rate.js'
import type { HitCounts } from '../../domain/forecasts/hit-rate.js'
import { CONFORMAL_START, intervalsAround, observe } from '../forecasts/conformal.js'
import type { ConformalState, PriceInterval } from '../forecasts/conformal.js'
import { log } from '../exact-math.js'
import { evaluateForecasts } from '../metrics/forecast-metrics.js'
import type { ForecastMetrics, JudgedSession } from '../metrics/forecast-metrics.js'
import { breakEvenCosts } from './break-even-cost.js'
import type { BreakEvenCosts } from './break-even-cost.js'
import { evaluateIntervals } from '../metrics/interval-metrics.js'
import type { IntervalMetrics, JudgedInterval } from '../metrics/interval-metrics.js'
import { addRow, metricsOf, startTally } from './strategy-metrics.js'
import type { StrategyMetrics, StrategyTally } from './strategy-metrics.js'
import { startStrategy, stepStrategy } from './strategy-execution.js'
import type { StrategyOptions, StrategyRow, StrategyState } from './strategy-execution.js'

/** The fields of a bar that the accumulator reads. */
export interface AccumulatorBar {
  readonly session: Session
  readonly open: number
  readonly close: number
  readonly flags: number
  /** False in a session without trading, and where the series breaks: neither gives a return. */
  readonly traded: boolean
  /** Whether the series breaks before this bar. */
  readonly isBreak?: boolean
}

export interface LedgerForecast {
  readonly fold: number
  /** Null where the fold's fit failed. */
  readonly predictedClose: number | null
  readonly scaledOutput: number | null
  readonly saturated: boolean
}

export interface LedgerOptions {
  readonly strategy: BacktestStrategy
  readonly trading: TradingSettings
  readonly calendar: Calendar
}

/** Metrics of the test part; `forecast` is null where there is no forecast at all. */
export interface BacktestMetrics {
  readonly forecast: ForecastMetrics | null
  /** On a fixed split's training part, which the network has seen. */
  readonly training: ForecastMetrics | null
  /** One a level, over the sessions that had intervals. */
  readonly intervals: readonly (IntervalMetrics & { readonly level: number })[]
  readonly strategy: StrategyMetrics
  /** Metrics stored by earlier versions lack them. */
  readonly assumptions?: readonly TradingAssumption[]
  readonly breakEven: BreakEvenCosts
}

export interface BacktestAccumulator {
  /** Adds the next session of the test part and returns its row. */
  add(bar: AccumulatorBar, forecast: LedgerForecast): BacktestRow
  /** Returns the metrics so far. */
  running(): RunningMetrics
  /** Returns the metrics over all sessions added. */
  finish(): Omit<BacktestMetrics, 'training'>
}

/** Sums over the sessions with a forecast. */
interface ForecastSums {
  sessions: number
  squares: number
  persistenceSquares: number
  directions: HitCounts
  covered: [sessions: number, covered80: number, covered95: number]
}

/**
 * Creates an accumulator.
 * @param before the bars before the first session, in order: at least one, and 20 for intervals
 * @param ordinal of the first row
 * @throws RangeError where `before` is empty
 */
export function createBacktestAccumulator(
  options: LedgerOptions,
  before: readonly AccumulatorBar[],
  ordinal: number,
): BacktestAccumulator {
  const last = before.at(-1)
  if (last === undefined) throw new RangeError('A backtest needs at least one bar before its first session.')
  const strategyOptions: StrategyOptions = {
    ...options.strategy,
    slippageTicks: options.strategy.slippageTicks ?? 0,
    optimistic: options.strategy.execution === 'SAME_CLOSE',
    symbol: options.trading.instrument,
    shortSales: options.trading.shortSales,
    calendar: options.calendar,
  }
  let conformal = warmedUp(before)
  let strategy: StrategyState = startStrategy(strategyOptions, {
    ...last,
    previousClose: before.at(-2)?.close ?? null,
    ticks: before.reduce((runs, { session, close }) => addClose(runs, session, close), NO_TICK_RUNS),
  })
  let tally: StrategyTally = startTally(last.session)
  let next = ordinal
  const sums: ForecastSums = {
    sessions: 0,
    squares: 0,
    persistenceSquares: 0,
    directions: NO_HITS,
    covered: [0, 0, 0],
  }
  const judged: JudgedSession[] = []
  const intervals: JudgedInterval[][] = []
  const trades: StrategyRow[] = []

  return {
    add(bar, forecast) {
      const previousClose = strategy.close
      const { predictedClose } = forecast
      const bounds = intervalsOf(conformal, predictedClose)
      const predictedReturn =
        predictedClose !== null && predictedClose > 0 ? log(predictedClose / previousClose) : null
      const step = stepStrategy(strategyOptions, strategy, { ...bar, predictedReturn })
      strategy = step.state
      tally = addRow(tally, step.row)
      trades.push(step.row)
      conformal = observe(conformal, {
        predicted: predictedClose,
        actual: bar.close,
        previous: previousClose,
        traded: bar.traded,
      })
      if (predictedClose !== null) {
        const session = { predicted: predictedClose, actual: bar.close, previous: previousClose }
        judged.push({ ...session, saturated: forecast.saturated })
        addForecast(sums, session)
        if (bounds) {
          const [narrow, wide] = bounds.map((one) => ({ ...one, actual: bar.close }))
          if (narrow && wide) intervals.push([narrow, wide])
          sums.covered[0] += 1
          sums.covered[1] += holds(narrow) ? 1 : 0
          sums.covered[2] += holds(wide) ? 1 : 0
        }
      }
      next += 1
      return toRow(next - 1, previousClose, bar, forecast, bounds, step.row)
    },

    running: () => runningMetrics(sums, tally),

    finish: () => {
      const strategyMetrics = metricsOf(tally)
      return {
        forecast: judged.length === 0 ? null : evaluateForecasts(judged),
        intervals: intervalMetrics(intervals),
        strategy: strategyMetrics,
        assumptions: assumptionsOf(options.trading, strategyMetrics),
        breakEven: breakEvenCosts(trades),
      }
    },
  }
}

/** Observes the earlier sessions, so that the volatility is known at the first one. */
function warmedUp(before: readonly AccumulatorBar[]): ConformalState {
  let state = CONFORMAL_START
  for (const [place, { close, traded }] of before.entries()) {
    const previous = before[place - 1]?.close
    if (previous !== undefined) state = observe(state, { predicted: null, actual: close, previous, traded })
  }
  return state
}

function intervalsOf(state: ConformalState, predictedClose: number | null): readonly PriceInterval[] | null {
  if (predictedClose === null) return null
  const found = intervalsAround(state, predictedClose, null)
  return found.kind === 'intervals' ? found.intervals : null
}

function holds(interval: JudgedInterval | undefined): boolean {
  return interval !== undefined && interval.lower <= interval.actual && interval.actual <= interval.upper
}

function addForecast(
  sums: ForecastSums,
  { predicted, actual, previous }: { predicted: number; actual: number; previous: number },
): void {
  sums.sessions += 1
  sums.squares += (predicted - actual) ** 2
  sums.persistenceSquares += (previous - actual) ** 2
  sums.directions = addHit(sums.directions, { predicted, actual, previous })
}

function runningMetrics(sums: ForecastSums, tally: StrategyTally): RunningMetrics {
  const { sessions } = sums
  const root = (squares: number): number | null => (sessions === 0 ? null : Math.sqrt(squares / sessions))
  const [rmse, persistenceRmse] = [root(sums.squares), root(sums.persistenceSquares)]
  const [covering, covered80, covered95] = sums.covered
  const strategy = metricsOf(tally)
  const { hitRate, baseRate } = hitRatesOf(sums.directions)
  return {
    sessions,
    rmse,
    persistenceRmse,
    skill:
      rmse === null || persistenceRmse === null || persistenceRmse === 0 ? null : 1 - rmse / persistenceRmse,
    hitRate,
    baseRate,
    coverage80: covering === 0 ? null : covered80 / covering,
    coverage95: covering === 0 ? null : covered95 / covering,
    grossReturn: strategy.gross.totalReturn,
    netReturn: strategy.net.totalReturn,
    holdReturn: strategy.hold.net.totalReturn,
    sharpe: strategy.net.sharpe,
    maxDrawdown: strategy.net.maxDrawdown?.depth ?? null,
  }
}

function intervalMetrics(intervals: readonly (readonly JudgedInterval[])[]): BacktestMetrics['intervals'] {
  if (intervals.length === 0) return []
  return [0, 1].map((level) => {
    const ofLevel = intervals.flatMap((session) => session[level] ?? [])
    return { level: ofLevel[0]?.level ?? Number.NaN, ...evaluateIntervals(ofLevel) }
  })
}

function assumptionsOf(
  { instrument: { kind, market } }: TradingSettings,
  { unfilledByReason, fillsWithoutTick = 0 }: StrategyMetrics,
): TradingAssumption[] {
  if (kind === 'INDEX') return ['INDEX_PROXY']
  const all: [TradingAssumption, boolean][] = [
    ['KIND_UNKNOWN', kind === 'UNKNOWN'],
    ['MARKET_UNKNOWN', market === null],
    ['NO_SHORT_LIST', (unfilledByReason?.NO_SHORT_LIST ?? 0) > 0],
    ['NO_TICK', fillsWithoutTick > 0],
  ]
  return all.flatMap(([assumption, applies]) => (applies ? [assumption] : []))
}

function toRow(
  ordinal: number,
  previousClose: number,
  bar: AccumulatorBar,
  { fold, predictedClose, scaledOutput, saturated }: LedgerForecast,
  bounds: readonly PriceInterval[] | null,
  row: StrategyRow,
): BacktestRow {
  const [narrow, wide] = bounds ?? []
  return {
    ordinal,
    fold,
    session: bar.session,
    part: 'TEST',
    actualClose: bar.close,
    previousClose,
    predictedClose,
    scaledOutput,
    saturated,
    lower80: narrow?.lower ?? null,
    upper80: narrow?.upper ?? null,
    lower95: wide?.lower ?? null,
    upper95: wide?.upper ?? null,
    target: row.target,
    order: row.order,
    unfilledReason: row.unfilledReason,
    fillPrice: row.fillPrice,
    position: row.position,
    turnover: row.turnover,
    tradingCosts: row.tradingCosts,
    tax: row.tax,
    grossEquity: row.grossEquity,
    netEquity: row.netEquity,
    holdGrossEquity: row.hold.grossEquity,
    holdNetEquity: row.hold.netEquity,
  }
}
