/** Reading what was fitted and said: recipes, model versions, forecasts with their candidates, runs. */
import { requireOrder } from '../../domain/calendar/date-range.js'
import type { DateRange } from '../../domain/calendar/date-range.js'
import type { Forecast, Prediction, TrackRecord } from '../../domain/forecasts/forecast.js'
import type { ModelVersion } from '../../domain/models/model-version.js'
import type { Page, PageRequest } from '../../domain/page.js'
import { requireRecipe, windowBars } from '../../domain/models/recipe.js'
import type { Recipe } from '../../domain/models/recipe.js'
import type { Run } from '../../domain/models/run.js'
import type { ForecastCursor, ForecastStore } from '../../db/forecasts/forecasts.js'
import type { ModelVersionStore, VersionCursor } from '../../db/models/model-versions.js'
import type { RunCursor, RunStore } from '../../db/models/runs.js'
import type { SymbolStore } from '../../db/symbols.js'
import { recipeHash } from '../../ml/fit/artifact.js'
import { requireStoredSymbol } from '../stored-symbol.js'

export type { ForecastCursor, RunCursor, VersionCursor }

export interface HashedRecipe extends Recipe {
  readonly hash: string
  /** Bars that one training window needs. */
  readonly windowBars: number
}

/** What a run that succeeded came to. */
export interface RunOutcome {
  readonly modelVersionId: string
  readonly forecastId: string
}

export interface ModelVersions {
  recipes(): readonly HashedRecipe[]
  modelVersions(
    code: string,
    recipe: string | undefined,
    request: PageRequest<VersionCursor>,
  ): Promise<Page<ModelVersion>>
  modelVersionsById(ids: readonly string[]): Promise<ModelVersion[]>
  /** The latest forecast of a symbol, with its origin. */
  forecast(code: string): Promise<Forecast | undefined>
  forecastsById(ids: readonly string[]): Promise<Forecast[]>
  forecasts(code: string, range: DateRange, request: PageRequest<ForecastCursor>): Promise<Page<Forecast>>
  /** How the issued forecasts of each symbol did, in the order of the symbols. */
  trackRecords(symbolIds: readonly number[], range: DateRange): Promise<TrackRecord[]>
  /** Predictions weighed by each forecast, keyed by forecast. */
  candidates(forecastIds: readonly string[]): Promise<Map<string, Prediction[]>>
  /**
   * What the version of each run said of the session that its forecast is for, in the order of the runs: also
   * where a forecast issued before stands and weighed another version.
   */
  predictionsOfRuns(runs: readonly RunOutcome[]): Promise<(Prediction | undefined)[]>
  run(id: string): Promise<Run | undefined>
  runs(request: PageRequest<RunCursor>): Promise<Page<Run>>
}

export function createModelVersions(deps: {
  symbols: SymbolStore
  versions: ModelVersionStore
  forecasts: ForecastStore
  runs: RunStore
  recipes: readonly Recipe[]
}): ModelVersions {
  const { symbols, versions, forecasts, runs, recipes } = deps
  const hashed = recipes.map((recipe) => ({
    ...recipe,
    hash: recipeHash(recipe),
    windowBars: windowBars(recipe),
  }))
  return {
    recipes: () => hashed,
    async modelVersions(code, recipe, request) {
      const symbol = await requireStoredSymbol(symbols, code)
      const recipeName = recipe === undefined ? undefined : requireRecipe(recipes, recipe).name
      return versions.page({ symbolId: symbol.id, ...(recipeName !== undefined && { recipeName }) }, request)
    },
    modelVersionsById: (ids) => versions.byIds(ids),
    async forecast(code) {
      const symbol = await requireStoredSymbol(symbols, code)
      return forecasts.latest(symbol.id)
    },
    forecastsById: (ids) => forecasts.byIds(ids),
    async forecasts(code, range, request) {
      requireOrder(range)
      const symbol = await requireStoredSymbol(symbols, code)
      return forecasts.page({ symbolId: symbol.id, ...range }, request)
    },
    async trackRecords(symbolIds, range) {
      requireOrder(range)
      return forecasts.trackRecords(symbolIds, range)
    },
    candidates: (forecastIds) => forecasts.candidates(forecastIds),
    async predictionsOfRuns(outcomes) {
      const stored = await forecasts.byIds(outcomes.map(({ forecastId }) => forecastId))
      const targets = new Map(stored.map(({ id, targetSession }) => [id, targetSession]))
      const pairs = outcomes.flatMap(({ modelVersionId, forecastId }) => {
        const targetSession = targets.get(forecastId)
        return targetSession === undefined ? [] : [{ modelVersionId, targetSession }]
      })
      const predictions = await forecasts.byVersions(pairs)
      return outcomes.map(({ modelVersionId, forecastId }) =>
        predictions.find(
          (prediction) =>
            prediction.modelVersionId === modelVersionId &&
            prediction.targetSession === targets.get(forecastId),
        ),
      )
    },
    run: (id) => runs.byId(id),
    runs: (request) => runs.page(request),
  }
}
