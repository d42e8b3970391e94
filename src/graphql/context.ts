/** The context of a request: the services, and loaders that batch its look-ups into one query each. */
import DataLoader from 'dataloader'
import type { LeakCertificate } from '../domain/backtests/backtest.js'
import type { MarketPeriod } from '../domain/bars/instruments/listed-instrument.js'
import type { ChangedCodes } from '../domain/bars/delivery.js'
import type { DateRange } from '../domain/calendar/date-range.js'
import type { Forecast, Prediction, TrackRecord } from '../domain/forecasts/forecast.js'
import type { ModelVersion } from '../domain/models/model-version.js'
import type { NightCounts } from '../domain/nights/night-record.js'
import type { Session } from '../domain/calendar/session.js'
import type { StoredSymbol } from '../domain/symbol.js'
import type { BacktestMetrics, Backtests } from '../services/backtests/backtests.js'
import type { CertifyBacktest } from '../services/backtests/certify-backtest.js'
import type { StartBacktest } from '../services/backtests/start-backtest.js'
import type { DeadLetters } from '../services/queue/dead-letters.js'
import type { Ingestions } from '../services/bars/ingestions.js'
import type { Instruments } from '../services/bars/instruments.js'
import type { MarketData } from '../services/bars/market-data.js'
import type { ModelVersions } from '../services/models/model-versions.js'
import type { IngestBars } from '../services/bars/ingest-bars.js'
import type { ProviderStatuses } from '../services/sync/provider-status.js'
import type { SyncBars } from '../services/sync/sync-bars.js'
import type { Runs } from '../services/models/runs.js'
import type { Forecasts, RunOutcome } from '../services/forecasts/forecasts.js'
import type { Nights } from '../services/nights/nights.js'
import type { ScheduleNights } from '../services/nights/schedule-nights.js'
import type { Promotions } from '../services/forecasts/promotions.js'
import type { VerifyModelVersion } from '../services/models/verify-model-version.js'
import type { CorporateActions } from '../services/bars/actions/corporate-actions.js'
import type { WithdrawBars } from '../services/bars/withdraw-bars.js'

export interface GraphQLServices {
  readonly market: MarketData
  readonly ingestions: Ingestions
  readonly instruments: Instruments
  readonly models: ModelVersions
  readonly ingestBars: IngestBars
  readonly withdrawBars: WithdrawBars
  readonly corporateActions: CorporateActions
  readonly syncBars: SyncBars
  readonly providers: ProviderStatuses
  readonly runs: Runs
  readonly forecasts: Forecasts
  readonly startBacktest: StartBacktest
  readonly backtests: Backtests
  readonly certifyBacktest: CertifyBacktest
  readonly verifyModelVersion: VerifyModelVersion
  readonly nights: Nights
  readonly scheduleNights: ScheduleNights
  readonly promotions: Promotions
  readonly deadLetters: DeadLetters
}

/** A symbol and a range of target sessions. */
export interface RecordKey extends DateRange {
  readonly symbolId: number
}

export interface Loaders {
  readonly symbol: DataLoader<number, StoredSymbol | undefined>
  readonly modelVersion: DataLoader<string, ModelVersion | undefined>
  readonly forecast: DataLoader<string, Forecast | undefined>
  readonly runPrediction: DataLoader<RunOutcome, Prediction | undefined, string>
  readonly candidates: DataLoader<string, Prediction[]>
  readonly trackRecord: DataLoader<RecordKey, TrackRecord, string>
  readonly markets: DataLoader<string, readonly MarketPeriod[]>
  readonly changedCodes: DataLoader<number, ChangedCodes>
  readonly backtestMetrics: DataLoader<string, BacktestMetrics | null>
  readonly certificates: DataLoader<string, readonly LeakCertificate[]>
  readonly nightCounts: DataLoader<Session, NightCounts>
  readonly simulatedNightCounts: DataLoader<Session, NightCounts>
}

export interface Context {
  readonly services: GraphQLServices
  readonly loaders: Loaders
}

/** A context for one request. Its loaders cache what they load, so they must not outlive the request. */
export function createContext(services: GraphQLServices): Context {
  const { market, instruments, models, forecasts, ingestions, backtests, nights } = services
  return {
    services,
    loaders: {
      symbol: new DataLoader(async (ids) => inOrder(ids, await market.symbolsById(ids))),
      modelVersion: new DataLoader(async (ids) => inOrder(ids, await models.modelVersionsById(ids))),
      forecast: new DataLoader(async (ids) => inOrder(ids, await forecasts.forecastsById(ids))),
      runPrediction: new DataLoader((outcomes) => forecasts.predictionsOfRuns(outcomes), {
        cacheKeyFn: ({ modelVersionId, forecastId }) => `${modelVersionId} ${forecastId}`,
      }),
      candidates: new DataLoader(async (ids) => {
        const byForecast = await forecasts.candidates(ids)
        return ids.map((id) => byForecast.get(id) ?? [])
      }),
      trackRecord: new DataLoader((keys) => trackRecords(forecasts, keys), { cacheKeyFn: recordKey }),
      markets: new DataLoader((codes) => instruments.markets(codes)),
      changedCodes: new DataLoader((ids) => ingestions.changedCodes(ids)),
      backtestMetrics: new DataLoader((ids) => backtests.metrics(ids)),
      certificates: new DataLoader((ids) => backtests.certificates(ids)),
      nightCounts: new DataLoader((dates) => nights.counts(dates)),
      simulatedNightCounts: new DataLoader((dates) => nights.counts(dates, true)),
    },
  }
}

const recordKey = ({ symbolId, from, to }: RecordKey): string => `${symbolId} ${String(from)} ${String(to)}`

/** One query for each distinct range; a list of symbols usually shares one range. */
async function trackRecords(forecasts: Forecasts, keys: readonly RecordKey[]): Promise<TrackRecord[]> {
  const ranges = new Map<string, RecordKey[]>()
  for (const key of keys) {
    const range = `${String(key.from)} ${String(key.to)}`
    ranges.set(range, [...(ranges.get(range) ?? []), key])
  }
  const found = new Map<string, TrackRecord>()
  for (const [range, ...others] of ranges.values()) {
    if (!range) continue
    const asked = [range, ...others]
    const { from, to } = range
    const records = await forecasts.trackRecords(
      asked.map(({ symbolId }) => symbolId),
      { from, to },
    )
    asked.forEach((key, at) => {
      const record = records[at]
      if (record) found.set(recordKey(key), record)
    })
  }
  return keys.map((key) => required(found.get(recordKey(key)), 'track record'))
}

function inOrder<Id, Item extends { readonly id: Id }>(
  ids: readonly Id[],
  items: readonly Item[],
): (Item | undefined)[] {
  const byId = new Map(items.map((item) => [item.id, item]))
  return ids.map((id) => byId.get(id))
}

/** The item of a non-null relation. A foreign key guarantees it, so a missing one is a defect. */
export function required<Item>(item: Item | undefined, what: string): Item {
  if (item === undefined) throw new Error(`${what} is missing`)
  return item
}
