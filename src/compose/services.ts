/** The use cases over an open database: every store is made here, and given to whoever needs it. */
import { createAbandonedNights } from '../db/nights/abandoned-nights.js'
import { createBacktestLog } from '../db/backtests/backtest-log.js'
import { createBacktestStore } from '../db/backtests/backtests.js'
import { createBarRevisionStore } from '../db/bars/bar-revisions.js'
import { createBarStore } from '../db/bars/bars.js'
import { createWithBarWriter } from '../db/bars/bar-writer.js'
import { createDataSummaryStore } from '../db/bars/data-summary.js'
import { createDeadLetterStore } from '../db/queue/dead-letters.js'
import type { EventStore } from '../db/queue/events.js'
import { createForecastStore } from '../db/forecasts/forecasts.js'
import { createIngestionStore } from '../db/bars/ingestions.js'
import { createKnowledgeStore } from '../db/bars/knowledge.js'
import { createModelVersionStore } from '../db/models/model-versions.js'
import { createNightCancellation } from '../db/nights/night-cancellation.js'
import { createNightLog } from '../db/nights/night-log.js'
import { createNightStore } from '../db/nights/nights.js'
import { createPromotionStore } from '../db/forecasts/promotions.js'
import { createRetrainLog } from '../db/forecasts/retrain-log.js'
import { createRunLog } from '../db/models/run-log.js'
import { createRunStore } from '../db/models/runs.js'
import { createSchedulePause } from '../db/nights/schedule-pause.js'
import { createSymbolStore } from '../db/symbols.js'
import { createSyncAttemptStore } from '../db/bars/sync-attempts.js'
import { createWalkForwardStore } from '../db/forecasts/walk-forwards.js'
import type { Config } from '../config.js'
import type { Calendar } from '../domain/calendar/calendar.js'
import type { Clock } from '../domain/clock.js'
import type { Recipe } from '../domain/models/recipe.js'
import type { GraphQLServices } from '../graphql/context.js'
import type { Logger } from '../logger.js'
import type { Engines } from '../ml/engine/engines.js'
import { createBrowseBacktests } from '../services/backtests/browse-backtests.js'
import { createCertifyBacktest } from '../services/backtests/certify-backtest.js'
import { createRunBacktest } from '../services/backtests/run-backtest.js'
import { createStartBacktest } from '../services/backtests/start-backtest.js'
import { createBrowseDeliveries } from '../services/bars/browse-deliveries.js'
import { createBrowseMarket } from '../services/bars/browse-market.js'
import { createBrowseModels } from '../services/models/browse-models.js'
import { createDeadLetters } from '../services/queue/dead-letters.js'
import type { EventFeed } from '../services/queue/event-feed.js'
import { createFollowRuns } from '../services/models/follow-runs.js'
import { createIngestBars } from '../services/bars/ingest-bars.js'
import { createLiveUpdates } from '../services/queue/live-updates.js'
import { createBrowseNights } from '../services/nights/browse-nights.js'
import { createFailAbandonedNights } from '../services/nights/fail-abandoned-nights.js'
import { createRunNight } from '../services/nights/run-night.js'
import { createScheduleNights } from '../services/nights/schedule-nights.js'
import { createPromotions } from '../services/forecasts/promotions.js'
import { createRetraining } from '../services/models/retrain.js'
import { createLoadSampleMarket } from '../services/bars/sample-market.js'
import type { LoadSampleMarket } from '../services/bars/sample-market.js'
import { createSyncBars } from '../services/sync/sync-bars.js'
import { createTidyUp } from '../services/queue/tidy-up.js'
import { createVerifyModelVersion } from '../services/models/verify-model-version.js'
import { createWithdrawBars } from '../services/bars/withdraw-bars.js'
import type { Connections } from './database.js'
import { openProviders } from './providers.js'
import type { WorkerServices } from './worker.js'

export interface Services extends GraphQLServices {
  readonly loadSampleMarket: LoadSampleMarket
}

export interface ServiceDeps {
  readonly config: Config
  readonly log: Logger
  readonly clock: Clock
  readonly calendar: Calendar
  readonly recipes: readonly Recipe[]
  /** Names of those that nights fit. */
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
  recipes,
  nightRecipes,
  connections: { pool, writePool, prisma, writePrisma },
  engines,
  events,
  feed,
}: ServiceDeps): { readonly services: Services; readonly ofWorker: WorkerServices } {
  const symbols = createSymbolStore(prisma)
  const bars = createBarStore(pool)
  const withBarWriter = createWithBarWriter(writePool)
  const ingestBars = createIngestBars({ withBarWriter, calendar, clock })
  const attempts = createSyncAttemptStore(writePrisma)
  const runs = createRunStore(prisma)
  const runLog = createRunLog(writePrisma)
  const versions = createModelVersionStore(prisma)
  const walkForwards = createWalkForwardStore(pool, writePool)
  const promotions = createPromotionStore(writePrisma, pool)
  const serving = { versions, walkForwards, promotions, rules: config.promotionRules }
  const retraining = createRetraining({
    symbols,
    bars,
    engines,
    recipes,
    calendar,
    clock,
    ...serving,
    runs: runLog,
    log: createRetrainLog(writePrisma),
  })
  const followRuns = createFollowRuns({ runs, feed, retraining })
  const backtests = createBacktestStore(prisma, pool)
  const backtestLog = createBacktestLog(writePrisma, writePool)
  const nightLog = createNightLog(writePrisma)
  const tidyUp = createTidyUp({
    events,
    runs: runLog,
    backtests: backtestLog,
    clock,
    failAbandonedNights: createFailAbandonedNights({
      log: nightLog,
      calendar,
      clock,
      abandoned: createAbandonedNights(writePrisma),
    }),
  })
  const runBacktest = createRunBacktest({
    symbols,
    bars,
    backtests,
    engines,
    calendar,
    clock,
    log: backtestLog,
  })
  const forecasts = createForecastStore(prisma, pool)
  const ingestions = createIngestionStore(prisma, pool)
  const knowledge = createKnowledgeStore(pool)
  const syncBars = createSyncBars({
    symbols,
    bars,
    attempts,
    ingestBars,
    calendar,
    clock,
    chains: config.providers,
    providers: openProviders(config),
    onDefect: (error) => log.error({ err: error }, 'asking a provider failed in a way that is ours'),
  })
  const nightStore = createNightStore(prisma)
  const cancellation = createNightCancellation(writePrisma)
  const scheduleNights = createScheduleNights({
    log: nightLog,
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
    log: nightLog,
    syncBars: config.providers.providers.size > 0 ? syncBars : null,
    warn: (line) => log.warn(line),
  })
  const services: Services = {
    market: createBrowseMarket({
      symbols,
      bars,
      clock,
      calendar,
      summaries: createDataSummaryStore(pool),
      knowledge,
      attempts,
    }),
    deliveries: createBrowseDeliveries({
      symbols,
      ingestions,
      revisions: createBarRevisionStore(pool),
    }),
    models: createBrowseModels({
      symbols,
      versions,
      forecasts,
      runs,
      recipes,
    }),
    ingestBars,
    withdrawBars: createWithdrawBars({ symbols, withBarWriter, clock }),
    syncBars,
    retraining,
    followRuns,
    liveUpdates: createLiveUpdates({ symbols, ingestions, forecasts, feed }),
    startBacktest: createStartBacktest({
      symbols,
      bars,
      knowledge,
      recipes,
      clock,
      log: backtestLog,
    }),
    backtests: createBrowseBacktests({ symbols, backtests, feed, clock, log: backtestLog }),
    certifyBacktest: createCertifyBacktest({ symbols, bars, backtests, engines, calendar, clock }),
    verifyModelVersion: createVerifyModelVersion({
      versions,
      bars,
      engines,
    }),
    loadSampleMarket: createLoadSampleMarket({
      symbols,
      withBarWriter,
      calendar,
      clock,
      retrain: (request, options) => followRuns.retrain(request, options),
    }),
    nights: createBrowseNights({ nights: nightStore }),
    scheduleNights,
    promotions: createPromotions({ symbols, bars, recipes, calendar, clock, ...serving }),
    deadLetters: createDeadLetters({
      calendar,
      clock,
      letters: createDeadLetterStore(pool, writePool),
    }),
  }
  return { services, ofWorker: { retraining, runBacktest, runNight, tidyUp } }
}
