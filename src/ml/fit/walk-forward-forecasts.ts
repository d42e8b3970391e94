/**
 * Walk-forward forecasts: forecasts every session of every fold from the fold's fit.
 *
 * All fits, one a fold, are one stream over the engine, however many symbols take part. A fit is given only the
 * bars of its own training window, and that slice ends before the first session it serves.
 */
import type { BarColumns } from '../../domain/bars/bar.js'
import { inputBars, windowBars } from '../../domain/models/recipe.js'
import type { Recipe } from '../../domain/models/recipe.js'
import type { Session } from '../../domain/calendar/session.js'
import { KospigraphError } from '../../errors.js'
import type { Engine, FitOptions } from '../engine/engine.js'
import { fitModels } from './fit-models.js'
import type { ModelFailure, ModelFit } from './fit-models.js'
import { predictSessions } from './prediction.js'
import type { NextClose } from './prediction.js'
import type { ProblemRequest } from './problem.js'
import { sliceBars } from '../samples.js'
import type { Fold } from './walk-forward-folds.js'

/** One symbol's walk-forward. */
export interface WalkForwardSeries {
  /** The symbol's code, for messages. */
  readonly key: string
  readonly bars: BarColumns
  readonly recipe: Recipe
  /** Seed of every fold's fit. */
  readonly seed: number
  /** Places in `bars`. Each fold has at least the recipe's own training window, or fails with SERIES_BROKEN. */
  readonly folds: Iterable<Fold>
}

export interface SessionForecast extends NextClose {
  readonly session: Session
  /** The session's close. */
  readonly actualClose: number
}

interface FoldRequest extends ProblemRequest {
  readonly series: WalkForwardSeries
  readonly fold: Fold
}

export interface FoldForecasts {
  readonly kind: 'fold'
  readonly series: WalkForwardSeries
  readonly fold: Fold
  readonly fit: ModelFit<ProblemRequest>
  /** One for each session served, in order. */
  readonly forecasts: readonly SessionForecast[]
}

export interface FoldFailure extends Pick<ModelFailure<unknown>, 'code' | 'message'> {
  readonly kind: 'failure'
  readonly series: WalkForwardSeries
  readonly fold: Fold
}

export type FoldResult = FoldForecasts | FoldFailure

function* foldRequests(series: WalkForwardSeries): Iterable<FoldRequest> {
  const { key, bars, recipe, seed } = series
  for (const fold of series.folds) {
    const { trainFirst, trainLast, brokenAt } = fold
    const barCount = trainLast - trainFirst + 1
    if (brokenAt === undefined && barCount < windowBars(recipe)) {
      throw new RangeError(
        `${key}: a fold has ${barCount} bars to fit and recipe ${recipe.name} needs ${windowBars(recipe)}.`,
      )
    }
    yield {
      key: `${key} ${String(bars.sessions[fold.serveFirst])}`,
      bars: sliceBars(bars, trainFirst, trainLast),
      recipe,
      seed,
      ...(brokenAt === undefined
        ? { sampleCount: barCount - inputBars(recipe) }
        : { brokeOn: bars.sessions[brokenAt] }),
      series,
      fold,
    }
  }
}

/** Forecasts each session from the bars before it. */
async function forecastFold(engine: Engine, fit: ModelFit<FoldRequest>): Promise<SessionForecast[]> {
  const { series, fold } = fit.request
  const { bars } = series
  const { serveFirst: first, serveLast: last, trainLast: fittedLast } = fold
  const predictions = await predictSessions(engine, fit.model, bars, { first, last, fittedLast })
  return predictions.map((forecast, i) => {
    const place = fold.serveFirst + i
    const session = bars.sessions[place]
    if (session === undefined) throw new RangeError(`${series.key} has no bar number ${place}.`)
    return { ...forecast, session, actualClose: bars.close[place] ?? NaN }
  })
}

/**
 * Yields the folds of all series in order, one series after the other. A fold that cannot be fitted or forecast
 * yields a failure in its place.
 */
export async function* walkForwardForecasts(
  engine: Engine,
  allSeries: Iterable<WalkForwardSeries>,
  options?: FitOptions,
): AsyncGenerator<FoldResult, void, void> {
  function* requests(): Iterable<FoldRequest> {
    for (const series of allSeries) yield* foldRequests(series)
  }
  for await (const result of fitModels(engine, requests(), options)) {
    const { series, fold } = result.request
    if (result.kind === 'failure') {
      yield { kind: 'failure', series, fold, code: result.code, message: result.message }
      continue
    }
    let forecasts: SessionForecast[]
    try {
      forecasts = await forecastFold(engine, result)
    } catch (error) {
      if (!(error instanceof KospigraphError)) throw error
      yield {
        kind: 'failure',
        series,
        fold,
        code: error.code,
        message: `${result.request.key}: ${error.message}`,
      }
      continue
    }
    yield { kind: 'fold', series, fold, fit: result, forecasts }
  }
}
