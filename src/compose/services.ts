/** Creates all stores and use cases on an open database, and wires them. */
import { createAbandonedNights } from '../db/nights/abandoned-nights.js'
import { createBacktestWriter } from '../db/backtests/backtest-writer.js'
import { createBacktestStore } from '../db/backtests/backtests.js'
import { createBarRevisionStore } from '../db/bars/bar-revisions.js'
import { createBarReader } from '../db/bars/bar-reader.js'
import { createWithBarWriter } from '../db/bars/bar-writer.js'
import { createDataSummaryStore } from '../db/bars/data-summary.js'
import { createDeadLetterStore } from '../db/queue/dead-letters.js'
import type { EventStore } from '../db/queue/events.js'
import { createForecastStore } from '../db/forecasts/forecasts.js'
import { createIngestionStore } from '../db/bars/ingestions.js'
import { createListingStore } from '../db/bars/instruments/listings.js'
import { createAsOfVersionStore } from '../db/bars/as-of-version.js'
import { createMorningSyncStore } from '../db/sync/morning-syncs.js'
import { createModelVersionStore } from '../db/models/model-versions.js'
import { createNightCancellation } from '../db/nights/night-cancellation.js'
import { createNightWriter } from '../db/nights/night-writer.js'
import { createNightStore } from '../db/nights/nights.js'
import { createPromotionStore } from '../db/forecasts/promotions.js'
import { createRetrainWriter } from '../db/forecasts/retrain-writer.js'
import { createRunWriter } from '../db/models/run-writer.js'
import { createRunStore } from '../db/models/runs.js'
import { createSampleTurn } from '../db/nights/sample-turn.js'
import { createSchedulePause } from '../db/nights/schedule-pause.js'
import { createSymbolStore } from '../db/symbols.js'
import { createSyncAttemptStore } from '../db/bars/sync-attempts.js'
import { createProviderCallStore } from '../db/sync/provider-calls.js'
import { createProviderCircuitStore } from '../db/sync/provider-circuits.js'
import { createWalkForwardStore } from '../db/forecasts/walk-forwards.js'
import type { Config } from '../config.js'
import { hasMorningBars } from '../domain/nights/default-schedule.js'
import { FAILED_PROGRESS } from '../domain/backtests/backtest.js'
import type { ShortSaleList } from '../domain/backtests/short-sale-file.js'
import type { Calendar } from '../domain/calendar/calendar.js'
import type { Clock } from '../domain/clock.js'
import type { Recipe } from '../domain/models/recipe.js'
import type { GraphQLServices } from '../graphql/context.js'
import type { Logger } from '../logger.js'
import type { Engines } from '../ml/engine/engines.js'
import { createBacktests } from '../services/backtests/backtests.js'
import { createCertifyBacktest } from '../services/backtests/certify-backtest.js'
import { createRunBacktest } from '../services/backtests/run-backtest.js'
import { createStartBacktest } from '../services/backtests/start-backtest.js'
import { createIngestions } from '../services/bars/ingestions.js'
import { createInstruments } from '../services/bars/instruments.js'
import { createMarketData } from '../services/bars/market-data.js'
import { createModelVersions } from '../services/models/model-versions.js'
import { createDeadLetters } from '../services/queue/dead-letters.js'
import type { EventFeed } from '../services/queue/event-feed.js'
import { createRuns } from '../services/models/runs.js'
import { createIngestBars } from '../services/bars/ingest-bars.js'
import { createForecasts } from '../services/forecasts/forecasts.js'
import { createNights } from '../services/nights/nights.js'
import { createFailAbandonedNights } from '../services/nights/fail-abandoned-nights.js'
import { createRunNight } from '../services/nights/run-night.js'
import { createScheduleNights } from '../services/nights/schedule-nights.js'
import { createPromotions } from '../services/forecasts/promotions.js'
import { createRunRetrain } from '../services/forecasts/run-retrain.js'
import { createLoadSampleMarket } from '../services/nights/sample-market.js'
import type { LoadSampleMarket } from '../services/nights/sample-market.js'
import { createImportListings } from '../services/sync/import-listings.js'
import type { ImportListings } from '../services/sync/import-listings.js'
import { createProviderGate } from '../services/sync/provider-gate.js'
import { createProviderStatuses } from '../services/sync/provider-status.js'
import { createMorningSync } from '../services/sync/morning-sync.js'
import { createSyncBars } from '../services/sync/sync-bars.js'
import { createMaintenance } from '../services/queue/maintenance.js'
import { createVerifyModelVersion } from '../services/models/verify-model-version.js'
import { createCorporateActions } from '../services/bars/actions/corporate-actions.js'
import { createCorporateActionStore } from '../db/bars/actions/corporate-actions.js'
import { createWithdrawBars } from '../services/bars/withdraw-bars.js'
import type { Connections } from './database.js'
import { callLimits, openProviders } from './providers.js'
import type { WorkerServices } from './worker.js'

export interface Services extends GraphQLServices {
  readonly loadSampleMarket: LoadSampleMarket
  readonly importListings: ImportListings
}

export interface ServiceDeps {
  readonly config: Config
  readonly log: Logger
  readonly clock: Clock
  readonly calendar: Calendar
  readonly shortSales: ShortSaleList
  readonly recipes: readonly Recipe[]
  /** Names of the recipes that nights fit. */
  readonly nightRecipes: readonly string[]
  readonly connections: Connections
  readonly engines: Engines
  readonly events: EventStore
  readonly feed: EventFeed
}

export function createServices({
  config,
  log,
  clock,
  calendar,
  shortSales,
  recipes,
  nightRecipes,
  connections: { pool, writePool, prisma, writePrisma },
  engines,
  events,
  feed,
}: ServiceDeps): { readonly services: Services; readonly ofWorker: WorkerServices } {
  const symbols = createSymbolStore(prisma)
  const bars = createBarReader(pool)
  const instruments = createInstruments({ listings: createListingStore(pool, writePool), clock })
  const withBarWriter = createWithBarWriter(writePool)
  const ingestBars = createIngestBars({ withBarWriter, calendar, clock, instruments })
  const attempts = createSyncAttemptStore(writePrisma)
  const runStore = createRunStore(prisma)
  const runWriter = createRunWriter(writePrisma)
  const versions = createModelVersionStore(prisma)
  const walkForwards = createWalkForwardStore(pool, writePool)
  const promotions = createPromotionStore(writePrisma, pool)
  const serving = { versions, walkForwards, promotions, rules: config.promotionRules }
  const runRetrain = createRunRetrain({
    symbols,
    bars,
    engines,
    recipes,
    calendar,
    clock,
    ...serving,
    runs: runWriter,
    log: createRetrainWriter(writePrisma),
  })
  const runs = createRuns({ symbols, runs: runStore, writer: runWriter, feed, recipes, clock })
  const backtests = createBacktestStore(prisma, pool)
  const backtestWriter = createBacktestWriter(writePrisma, writePool)
  const nightWriter = createNightWriter(writePrisma)
  const failAbandonedNights = createFailAbandonedNights({
    log: nightWriter,
    calendar,
    clock,
    abandoned: createAbandonedNights(writePrisma),
  })
  const maintain = createMaintenance({
    events,
    failAbandoned: [
      (now) => runWriter.failAbandoned(now),
      (now) => backtestWriter.failAbandoned(FAILED_PROGRESS, now),
      () => failAbandonedNights(),
    ],
    clock,
  })
  const runBacktest = createRunBacktest({
    symbols,
    bars,
    backtests,
    engines,
    calendar,
    clock,
    log: backtestWriter,
  })
  const forecastStore = createForecastStore(prisma, pool)
  const ingestionStore = createIngestionStore(prisma, pool)
  const knowledge = createAsOfVersionStore(pool)
  const circuits = createProviderCircuitStore(writePool)
  const calls = createProviderCallStore(writePool)
  const gate = createProviderGate({ circuits, clock, warn: (line) => log.warn(line) })
  const providers = openProviders(config, { calls, calendar, clock })
  const syncBars = createSyncBars({
    gate,
    symbols,
    instruments,
    bars,
    attempts,
    ingestBars,
    calendar,
    clock,
    chains: config.providers,
    providers,
    onDefect: (error) =>
      log.error({ err: error }, 'a defect of this program made a request to a provider fail'),
  })
  const nightStore = createNightStore(prisma)
  const cancellation = createNightCancellation(writePrisma)
  const scheduleNights = createScheduleNights({
    log: nightWriter,
    nights: nightStore,
    cancellation,
    calendar,
    clock,
    pause: createSchedulePause(writePrisma),
    expression: config.nightSchedule,
    recipes: nightRecipes,
  })
  const runNight = createRunNight({
    bars,
    engines,
    recipes,
    calendar,
    clock,
    cancellation,
    ...serving,
    log: nightWriter,
    syncBars: config.providers.providers.size > 0 ? syncBars : null,
    morningBars: hasMorningBars(config.providers),
    warn: (line) => log.warn(line),
  })
  const morningSync = createMorningSync({
    store: createMorningSyncStore(writePrisma),
    syncBars,
    calendar,
    clock,
    warn: (line) => log.warn(line),
  })
  const services: Services = {
    market: createMarketData({
      symbols,
      bars,
      clock,
      calendar,
      summaries: createDataSummaryStore(pool),
      knowledge,
      attempts,
    }),
    ingestions: createIngestions({
      symbols,
      ingestions: ingestionStore,
      revisions: createBarRevisionStore(pool),
      feed,
    }),
    instruments,
    models: createModelVersions({ symbols, versions, recipes }),
    ingestBars,
    withdrawBars: createWithdrawBars({ symbols, withBarWriter, clock }),
    corporateActions: createCorporateActions({
      symbols,
      withBarWriter,
      clock,
      store: createCorporateActionStore(pool),
    }),
    syncBars,
    importListings: createImportListings({ providers, gate, instruments, calendar, clock }),
    providers: createProviderStatuses({
      circuits,
      calls,
      chains: config.providers,
      limits: callLimits(config),
      clock,
    }),
    runs,
    forecasts: createForecasts({ symbols, forecasts: forecastStore, feed }),
    startBacktest: createStartBacktest({
      symbols,
      instruments,
      bars,
      knowledge,
      recipes,
      shortSales,
      clock,
      log: backtestWriter,
    }),
    backtests: createBacktests({ symbols, backtests, feed, clock, log: backtestWriter }),
    certifyBacktest: createCertifyBacktest({ symbols, bars, backtests, engines, calendar, clock }),
    verifyModelVersion: createVerifyModelVersion({
      versions,
      bars,
      engines,
    }),
    loadSampleMarket: createLoadSampleMarket({
      symbols,
      bars,
      withBarWriter,
      engines,
      calendar,
      clock,
      nights: nightStore,
      turn: createSampleTurn(writePool),
      cancellation,
      night: {
        bars,
        versions,
        walkForwards,
        promotions,
        log: createNightWriter(writePrisma, { simulated: true }),
        warn: (line) => log.debug(line),
      },
    }),
    nights: createNights({ nights: nightStore }),
    scheduleNights,
    promotions: createPromotions({ symbols, bars, recipes, calendar, clock, ...serving }),
    deadLetters: createDeadLetters({
      calendar,
      clock,
      letters: createDeadLetterStore(pool, writePool),
    }),
  }
  return { services, ofWorker: { runRetrain, runBacktest, runNight, morningSync, maintain } }
}
