/** Runs the folds of a backtest and yields their rows in order; runs, resumed runs and certificates all use it. */
import type { Backtest, BacktestRow } from '../../domain/backtests/backtest.js'
import { KospigraphError } from '../../errors.js'
import { runFixedSplit } from '../../ml/backtests/fixed-split.js'
import type { BacktestAccumulator } from '../../ml/backtests/backtest-accumulator.js'
import type { Engine } from '../../ml/engine/engine.js'
import type { NextClose } from '../../ml/fit/prediction.js'
import { walkForwardForecasts } from '../../ml/fit/walk-forward-forecasts.js'
import type { BacktestPlan, FixedSplitPlanned, WalkForwardPlanned } from './plan.js'

export interface RowsOfFold {
  readonly fold: number
  readonly rows: readonly BacktestRow[]
  readonly failure: { readonly code: string; readonly message: string } | null
  /** Mean loss of every epoch; only of a fixed split. */
  readonly lossCurve?: readonly number[]
}

export interface FoldsRequest {
  readonly plan: BacktestPlan
  /** Folds before `doneFolds` are skipped. */
  readonly backtest: Pick<Backtest, 'settings' | 'doneFolds'>
  readonly key: string
  /** Must contain the rows of the finished folds. */
  readonly ledger: BacktestAccumulator
  readonly signal: AbortSignal
}

export function backtestFolds(engine: Engine, request: FoldsRequest): AsyncGenerator<RowsOfFold, void, void> {
  const { plan } = request
  return plan.protocol === 'WALK_FORWARD'
    ? walkForwardFolds(engine, plan, request)
    : fixedSplitFold(engine, plan, request)
}

async function* walkForwardFolds(
  engine: Engine,
  plan: WalkForwardPlanned,
  { backtest, key, ledger, signal }: FoldsRequest,
): AsyncGenerator<RowsOfFold, void, void> {
  const { recipe, seed } = backtest.settings
  let number = backtest.doneFolds
  const series = { key, bars: plan.bars, recipe, seed, folds: plan.foldsFrom(number) }
  for await (const result of walkForwardForecasts(engine, [series], { signal })) {
    const { serveFirst, serveLast } = result.fold
    const fold = number
    const rows = Array.from({ length: serveLast - serveFirst + 1 }, (_, place) => {
      const forecast = result.kind === 'fold' ? result.forecasts[place] : undefined
      return ledger.add(plan.ledgerBar(serveFirst + place), { fold, ...forecastOf(forecast) })
    })
    number += 1
    const failure = result.kind === 'failure' ? { code: result.code, message: result.message } : null
    yield { fold, rows, failure }
  }
}

async function* fixedSplitFold(
  engine: Engine,
  plan: FixedSplitPlanned,
  { backtest, key, ledger, signal }: FoldsRequest,
): AsyncGenerator<RowsOfFold, void, void> {
  if (backtest.doneFolds > 0) return
  const { recipe, seed, trainSamples, scalerFit } = plan.settings
  const { forecasts, lossCurve } = await runFixedSplit(
    engine,
    { key, bars: plan.bars, recipe, seed, trainSamples, scalerFit },
    { signal },
  )
  // The fit ended before the first break; prices after it are of something that it has not seen.
  const [broken = Infinity] = plan.breaks
  const rows = forecasts.map((forecast, ordinal) => {
    const bar = plan.ledgerBar(plan.firstPlace + ordinal)
    const known = { fold: 0, ...forecastOf(plan.firstPlace + ordinal < broken ? forecast : undefined) }
    return ordinal < trainSamples
      ? {
          ...NO_STRATEGY,
          ...known,
          ordinal,
          session: bar.session,
          actualClose: bar.close,
          previousClose: forecast.lastClose,
        }
      : ledger.add(bar, known)
  })
  if (rows.length !== plan.sessions) {
    throw new KospigraphError(
      'ENGINE_FAILED',
      `the engine returned ${rows.length} forecasts for ${plan.sessions} samples`,
    )
  }
  yield { fold: 0, rows, failure: null, lossCurve }
}

function forecastOf(
  forecast: NextClose | undefined,
): Pick<BacktestRow, 'predictedClose' | 'scaledOutput' | 'saturated'> {
  if (!forecast) return { predictedClose: null, scaledOutput: null, saturated: false }
  const { predictedClose, scaledOutput, saturated } = forecast
  return { predictedClose, scaledOutput, saturated }
}

/** Strategy fields of training sessions, which are not traded. */
const NO_STRATEGY = {
  part: 'TRAIN',
  lower80: null,
  upper80: null,
  lower95: null,
  upper95: null,
  target: null,
  order: null,
  unfilledReason: null,
  fillPrice: null,
  position: null,
  turnover: null,
  tradingCosts: null,
  tax: null,
  grossEquity: null,
  netEquity: null,
  holdGrossEquity: null,
  holdNetEquity: null,
} as const
