/** Reads forecasts, their candidates and track records, and yields new forecasts as they are issued. */
import { requireOrder } from '../../domain/calendar/date-range.js'
import type { DateRange } from '../../domain/calendar/date-range.js'
import { mapEach } from '../../domain/queue/cancellable.js'
import type { Forecast, Prediction, TrackRecord } from '../../domain/forecasts/forecast.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { ForecastTold } from '../../domain/queue/event.js'
import type { ForecastCursor, ForecastStore } from '../../db/forecasts/forecasts.js'
import type { SymbolStore } from '../../db/symbols.js'
import type { EventFeed } from '../queue/event-feed.js'
import { shareReads } from '../shared-reads.js'
import { requireStoredSymbol } from '../stored-symbol.js'

export type { ForecastCursor }

/** New forecasts remembered, so that all listeners of this process share one read. */
const MAX_SHARED_FORECASTS = 100

/** The rows that a successful run stored. */
export interface RunOutcome {
  readonly modelVersionId: string
  readonly forecastId: string
}

export interface Forecasts {
  /** The latest forecast of a symbol, with its origin. */
  forecast(code: string): Promise<Forecast | undefined>
  forecastsById(ids: readonly string[]): Promise<Forecast[]>
  forecasts(code: string, range: DateRange, request: PageRequest<ForecastCursor>): Promise<Page<Forecast>>
  /** Errors and coverage of each symbol's issued forecasts, in the order of the symbols. */
  trackRecords(symbolIds: readonly number[], range: DateRange): Promise<TrackRecord[]>
  /** The predictions behind each forecast, by forecast id. */
  candidates(forecastIds: readonly string[]): Promise<Map<string, Prediction[]>>
  /**
   * Returns the prediction of each run's version for the target session of its forecast, in the order of the runs. It
   * also exists where the run kept an earlier forecast of another version.
   */
  predictionsOfRuns(runs: readonly RunOutcome[]): Promise<(Prediction | undefined)[]>
  /**
   * Yields forecasts issued from now on, of one symbol or of all.
   * @throws KospigraphError BAD_USER_INPUT for a symbol that is not stored
   */
  issued(code: string | undefined): Promise<AsyncIterableIterator<Forecast>>
}

export function createForecasts(deps: {
  readonly symbols: SymbolStore
  readonly forecasts: ForecastStore
  readonly feed: EventFeed
}): Forecasts {
  const { symbols, forecasts, feed } = deps
  const sharedForecast = shareReads(
    async (id: string) => (await forecasts.byIds([id]))[0],
    MAX_SHARED_FORECASTS,
  )
  return {
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
    async issued(code) {
      const symbol = code === undefined ? undefined : await requireStoredSymbol(symbols, code)
      return mapEach(feed.listen('forecast'), async ({ subject, payload }) =>
        symbol === undefined || subject === String(symbol.id)
          ? sharedForecast((payload as ForecastTold).forecastId)
          : undefined,
      )
    },
  }
}
