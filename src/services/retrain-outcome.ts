/** What a fit comes to: from stored bars to what is fitted, and from a fit to a version, its predictions and a forecast. */
import { flagBit } from '../domain/bar.js'
import type { Calendar } from '../domain/calendar.js'
import type { Clock } from '../domain/clock.js'
import { PERSISTENCE } from '../domain/forecast.js'
import type { Forecast } from '../domain/forecast.js'
import type { NewModelVersion } from '../domain/model-version.js'
import { windowBars } from '../domain/recipe.js'
import type { Recipe } from '../domain/recipe.js'
import type { Session } from '../domain/session.js'
import type { NewestBars } from '../db/bars.js'
import type { ForecastOutcome, RetrainOutcome } from '../db/retrain-log.js'
import { intervalsAround } from '../ml/conformal.js'
import type { PriceInterval } from '../ml/conformal.js'
import { contenderState, INTERVAL_BARS, persistencePast } from '../ml/contender-intervals.js'
import type { Engine } from '../ml/engine/engine.js'
import type { ModelFit } from '../ml/fit-models.js'
import { predictNextClose } from '../ml/forecast.js'
import type { ProblemRequest } from '../ml/problem.js'
import { newestBars } from '../ml/samples.js'
import { trainingMetrics } from '../ml/training-metrics.js'
import { versionContent } from '../ml/version-content.js'

/** What a fit and its forecast are made from. */
export interface FitSource {
  readonly problem: ProblemRequest
  readonly dataVersion: number
  /** Around persistence, which serves; null where too little is known. */
  readonly intervals: readonly PriceInterval[] | null
}

export interface OutcomeDeps {
  readonly calendar: Calendar
  readonly clock: Clock
}

const HALT = flagBit('HALT')

/** Bars that fits of these recipes and the intervals read. */
export function barsToRead(recipes: readonly Recipe[]): number {
  return Math.max(INTERVAL_BARS, ...recipes.map(windowBars))
}

/** Around persistence; the same whatever is fitted, and not cheap. */
export function intervalsOf({ bars, flags }: NewestBars): FitSource['intervals'] {
  const past = persistencePast(bars.close, (place) => ((flags[place] ?? 0) & HALT) === 0)
  const found = intervalsAround(contenderState(past), bars.close.at(-1) ?? Number.NaN, null)
  return found.kind === 'intervals' ? found.intervals : null
}

/** @param read as many bars as {@link barsToRead} says, or as many as there are */
export function fitSource(
  read: NewestBars,
  { key, recipe, seed }: Pick<ProblemRequest, 'key' | 'recipe' | 'seed'>,
  intervals = intervalsOf(read),
): FitSource {
  const bars = newestBars(read.bars, Math.min(windowBars(recipe), read.bars.sessions.length))
  return {
    dataVersion: read.dataVersion,
    problem: { key, bars, recipe, seed },
    intervals,
  }
}

/** @param made what asked for the version */
export async function retrainOutcome(
  deps: OutcomeDeps,
  engine: Engine,
  fit: ModelFit<ProblemRequest>,
  source: FitSource,
  made: Pick<NewModelVersion, 'origin' | 'night'>,
): Promise<RetrainOutcome> {
  const { problem, dataVersion } = source
  const { bars, recipe } = problem
  const { model, window } = fit
  const { predictedClose, scaledOutput, saturated } = await predictNextClose(engine, model, bars)
  const reason = `recipe ${recipe.name} has not been evaluated on unseen sessions, so persistence serves`
  const persistence = persistenceOutcome(deps, source, reason)
  return {
    ...persistence,
    recipe,
    version: {
      recipeName: recipe.name,
      dataVersion,
      windowFirst: at(bars.sessions, window.firstIndex),
      windowLast: at(bars.sessions, window.lastIndex),
      barCount: window.barCount,
      sampleCount: window.sampleCount,
      seed: problem.seed,
      metrics: await trainingMetrics(engine, fit, bars),
      engine: engine.name,
      engineVersion: engine.version,
      device: engine.device,
      ...made,
      durationMs: fit.durationMs,
      ...versionContent(engine, fit, bars),
    },
    predictions: [
      ...persistence.predictions,
      { contender: recipe.name, predictedClose, scaledOutput, saturated },
    ],
  }
}

/** The forecast that persistence makes, whatever was fitted. */
export function persistenceOutcome(
  { calendar, clock }: OutcomeDeps,
  { problem: { bars }, intervals, dataVersion }: FitSource,
  servedReason: string,
): ForecastOutcome {
  const basedOnSession: Session = at(bars.sessions, -1)
  const persistenceClose = at(bars.close, -1)
  const targetSession = calendar.nextSession(basedOnSession)
  return {
    forecast: {
      ...{ targetSession, basedOnSession, servedReason, persistenceClose, dataVersion },
      servedBy: 'PERSISTENCE',
      predictedClose: persistenceClose,
      ...endsOf(intervals),
    },
    predictions: [
      { contender: PERSISTENCE, predictedClose: persistenceClose, scaledOutput: null, saturated: false },
    ],
    moment: () => {
      const now = clock.now()
      return { now, origin: now < calendar.sessionOpen(targetSession) ? 'ISSUED' : 'REPLAY' }
    },
  }
}

function endsOf(
  intervals: readonly PriceInterval[] | null,
): Pick<Forecast, 'lower80' | 'upper80' | 'lower95' | 'upper95'> {
  const [narrow, wide] = intervals ?? []
  return {
    lower80: narrow?.lower ?? null,
    upper80: narrow?.upper ?? null,
    lower95: wide?.lower ?? null,
    upper95: wide?.upper ?? null,
  }
}

function at<Item>(list: { at(index: number): Item | undefined }, index: number): Item {
  const item = list.at(index)
  if (item === undefined) throw new Error(`no element at ${index}`)
  return item
}
