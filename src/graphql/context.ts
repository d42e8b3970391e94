/** What a resolver gets: the use cases, and loaders that turn one request's look-ups into one query each. */
import DataLoader from 'dataloader'
import type { LeakCertificate } from '../domain/backtest.js'
import type { ChangedCodes } from '../domain/delivery.js'
import type { Forecast, Prediction } from '../domain/forecast.js'
import type { ModelVersion } from '../domain/model-version.js'
import type { StoredSymbol } from '../domain/symbol.js'
import type { BacktestMetrics, BrowseBacktests } from '../services/backtests/browse-backtests.js'
import type { CertifyBacktest } from '../services/backtests/certify-backtest.js'
import type { StartBacktest } from '../services/backtests/start-backtest.js'
import type { BrowseDeliveries } from '../services/browse-deliveries.js'
import type { BrowseMarket } from '../services/browse-market.js'
import type { BrowseModels, RunOutcome } from '../services/browse-models.js'
import type { IngestBars } from '../services/ingest-bars.js'
import type { SyncBars } from '../services/sync-bars.js'
import type { FollowRuns } from '../services/follow-runs.js'
import type { LiveUpdates } from '../services/live-updates.js'
import type { Retraining } from '../services/retrain.js'
import type { VerifyModelVersion } from '../services/verify-model-version.js'
import type { WithdrawBars } from '../services/withdraw-bars.js'

export interface GraphQLServices {
  readonly market: BrowseMarket
  readonly deliveries: BrowseDeliveries
  readonly models: BrowseModels
  readonly ingestBars: IngestBars
  readonly withdrawBars: WithdrawBars
  readonly syncBars: SyncBars
  readonly retraining: Retraining
  readonly followRuns: FollowRuns
  readonly liveUpdates: LiveUpdates
  readonly startBacktest: StartBacktest
  readonly backtests: BrowseBacktests
  readonly certifyBacktest: CertifyBacktest
  readonly verifyModelVersion: VerifyModelVersion
}

export interface Loaders {
  readonly symbol: DataLoader<number, StoredSymbol | undefined>
  readonly modelVersion: DataLoader<string, ModelVersion | undefined>
  readonly forecast: DataLoader<string, Forecast | undefined>
  readonly runPrediction: DataLoader<RunOutcome, Prediction | undefined, string>
  readonly candidates: DataLoader<string, Prediction[]>
  readonly changedCodes: DataLoader<number, ChangedCodes>
  readonly backtestMetrics: DataLoader<string, BacktestMetrics | null>
  readonly certificates: DataLoader<string, readonly LeakCertificate[]>
}

export interface Context {
  readonly services: GraphQLServices
  readonly loaders: Loaders
}

/** A context for one request; loaders remember what they loaded, so they must not outlive it. */
export function createContext(services: GraphQLServices): Context {
  const { market, models, deliveries, backtests } = services
  return {
    services,
    loaders: {
      symbol: new DataLoader(async (ids) => inOrder(ids, await market.symbolsById(ids))),
      modelVersion: new DataLoader(async (ids) => inOrder(ids, await models.modelVersionsById(ids))),
      forecast: new DataLoader(async (ids) => inOrder(ids, await models.forecastsById(ids))),
      runPrediction: new DataLoader((outcomes) => models.predictionsOfRuns(outcomes), {
        cacheKeyFn: ({ modelVersionId, forecastId }) => `${modelVersionId} ${forecastId}`,
      }),
      candidates: new DataLoader(async (ids) => {
        const byForecast = await models.candidates(ids)
        return ids.map((id) => byForecast.get(id) ?? [])
      }),
      changedCodes: new DataLoader((ids) => deliveries.changedCodes(ids)),
      backtestMetrics: new DataLoader((ids) => backtests.metrics(ids)),
      certificates: new DataLoader((ids) => backtests.certificates(ids)),
    },
  }
}

function inOrder<Id, Item extends { readonly id: Id }>(
  ids: readonly Id[],
  items: readonly Item[],
): (Item | undefined)[] {
  const byId = new Map(items.map((item) => [item.id, item]))
  return ids.map((id) => byId.get(id))
}

/** What a non-null relation must have found; a foreign key promises that it is there. */
export function required<Item>(item: Item | undefined, what: string): Item {
  if (item === undefined) throw new Error(`${what} is missing`)
  return item
}
