/** Live updates: deliveries and issued forecasts, told to whoever listens at the time. */
import { mapEach } from '../../domain/cancellable.js'
import type { Ingestion } from '../../domain/bars/delivery.js'
import type { BarsTold, ForecastTold } from '../../domain/queue/event.js'
import type { Forecast } from '../../domain/forecasts/forecast.js'
import type { ForecastStore } from '../../db/forecasts/forecasts.js'
import type { IngestionStore } from '../../db/bars/ingestions.js'
import type { SymbolStore } from '../../db/symbols.js'
import type { EventFeed } from './event-feed.js'
import { shareReads } from '../shared-reads.js'
import { requireStoredSymbol } from '../stored-symbol.js'

/** Read once for all who listen. */
const REMEMBERED = 100

export interface LiveUpdates {
  /**
   * Deliveries that change bars from now on: of one symbol, or of any.
   * @throws KospigraphError BAD_USER_INPUT for a symbol that is not stored
   */
  ingested(code: string | undefined): Promise<AsyncIterableIterator<Ingestion>>
  /** Forecasts issued from now on; the same throws. */
  issued(code: string | undefined): Promise<AsyncIterableIterator<Forecast>>
}

export function createLiveUpdates(deps: {
  readonly symbols: SymbolStore
  readonly ingestions: IngestionStore
  readonly forecasts: ForecastStore
  readonly feed: EventFeed
}): LiveUpdates {
  const { symbols, feed } = deps
  const ingestion = shareReads((id: number) => deps.ingestions.byId(id), REMEMBERED)
  const forecast = shareReads(async (id: string) => (await deps.forecasts.byIds([id]))[0], REMEMBERED)
  return {
    async ingested(code) {
      if (code !== undefined) await requireStoredSymbol(symbols, code)
      return mapEach(feed.listen('bars'), async ({ payload }) => {
        const { ingestionId, codes } = payload as BarsTold
        // Of a large delivery nobody has listed the codes, so everybody is told.
        const concerned = code === undefined || codes === null || codes.includes(code)
        return concerned ? ingestion(ingestionId) : undefined
      })
    },
    async issued(code) {
      const symbol = code === undefined ? undefined : await requireStoredSymbol(symbols, code)
      return mapEach(feed.listen('forecast'), async ({ subject, payload }) =>
        symbol === undefined || subject === String(symbol.id)
          ? forecast((payload as ForecastTold).forecastId)
          : undefined,
      )
    },
  }
}
