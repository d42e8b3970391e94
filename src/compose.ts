/** The only place that builds and wires things: from a configuration to use cases over an open database. */
import { readFile } from 'node:fs/promises'
import { createAbandonedNights } from './db/abandoned-nights.js'
import { createBacktestLog } from './db/backtest-log.js'
import { createBacktestStore } from './db/backtests.js'
import { createBarRevisionStore } from './db/bar-revisions.js'
import { createBarStore } from './db/bars.js'
import { createWithBarWriter } from './db/bar-writer.js'
import { createPool, createPrisma, describeConnection, parseDatabaseUrl } from './db/connection.js'
import type { DatabaseConnection } from './db/connection.js'
import { createDataSummaryStore } from './db/data-summary.js'
import { createDeadLetterStore } from './db/dead-letters.js'
import { openEmbeddedDatabase } from './db/embedded/embedded-database.js'
import { createIngestionStore } from './db/ingestions.js'
import { createKnowledgeStore } from './db/knowledge.js'
import { createForecastStore } from './db/forecasts.js'
import { createModelVersionStore } from './db/model-versions.js'
import { createPromotionStore } from './db/promotions.js'
import { createWalkForwardStore } from './db/walk-forwards.js'
import { listenForEvents } from './db/event-listener.js'
import { createEventStore } from './db/events.js'
import { prepareDatabase } from './db/prepare-database.js'
import type { Prepared } from './db/prepare-database.js'
import { createRunLog } from './db/run-log.js'
import { openWorkerLocks } from './db/worker-locks.js'
import { quietWorkerLog } from './db/worker-log.js'
import { createNightCancellation } from './db/night-cancellation.js'
import { createNightLog } from './db/night-log.js'
import { createNightStore } from './db/nights.js'
import { createRetrainLog } from './db/retrain-log.js'
import { createRunStore } from './db/runs.js'
import { createSymbolStore } from './db/symbols.js'
import { createSyncAttemptStore } from './db/sync-attempts.js'
import type { Config } from './config.js'
import { serveHealth } from './health.js'
import type { RunningHealth } from './health.js'
import { startServer } from './graphql/server.js'
import type { RunningServer } from './graphql/server.js'
import { createCalendar, noticeOfCalendarEnd } from './domain/calendar.js'
import type { Calendar } from './domain/calendar.js'
import { parseCalendarFile } from './domain/calendar-file.js'
import type { Clock } from './domain/clock.js'
import type { ProviderName } from './domain/delivery.js'
import type { TaskName } from './domain/job.js'
import { RECIPES, requireRecipe } from './domain/recipe.js'
import type { Recipe } from './domain/recipe.js'
import { KospigraphError, messageOf } from './errors.js'
import type { Logger } from './logger.js'
import { createCsvFolder } from './market/providers/csv-folder.js'
import { createHttpClient, systemTiming } from './market/providers/http.js'
import { createNaver } from './market/providers/naver.js'
import type { BarProvider } from './market/providers/provider.js'
import { createYahoo } from './market/providers/yahoo.js'
import { createEngines } from './ml/engine/engines.js'
import type { Engines } from './ml/engine/engines.js'
import { loadTensorflow } from './ml/engine/tensorflow/tensorflow-engine.js'
import { createWasmEngine } from './ml/engine/wasm/wasm-engine.js'
import { parseRecipeFile } from './ml/recipe-file.js'
import { createBrowseBacktests } from './services/backtests/browse-backtests.js'
import type { BrowseBacktests } from './services/backtests/browse-backtests.js'
import { createCertifyBacktest } from './services/backtests/certify-backtest.js'
import type { CertifyBacktest } from './services/backtests/certify-backtest.js'
import { createRunBacktest } from './services/backtests/run-backtest.js'
import { createStartBacktest } from './services/backtests/start-backtest.js'
import type { StartBacktest } from './services/backtests/start-backtest.js'
import { createBrowseDeliveries } from './services/browse-deliveries.js'
import type { BrowseDeliveries } from './services/browse-deliveries.js'
import { createBrowseMarket } from './services/browse-market.js'
import type { BrowseMarket } from './services/browse-market.js'
import { createBrowseModels } from './services/browse-models.js'
import type { BrowseModels } from './services/browse-models.js'
import { createDeadLetters } from './services/dead-letters.js'
import type { DeadLetters } from './services/dead-letters.js'
import { createIngestBars } from './services/ingest-bars.js'
import type { IngestBars } from './services/ingest-bars.js'
import { createExamineEngines } from './services/doctor.js'
import type { ExamineEngines } from './services/doctor.js'
import { createEventFeed } from './services/event-feed.js'
import { createFollowRuns } from './services/follow-runs.js'
import type { FollowRuns } from './services/follow-runs.js'
import { createLiveUpdates } from './services/live-updates.js'
import type { LiveUpdates } from './services/live-updates.js'
import { createBrowseNights } from './services/nights/browse-nights.js'
import type { BrowseNights } from './services/nights/browse-nights.js'
import { createFailAbandonedNights } from './services/nights/fail-abandoned-nights.js'
import { createRunNight } from './services/nights/run-night.js'
import { createScheduleNights } from './services/nights/schedule-nights.js'
import type { ScheduleNights } from './services/nights/schedule-nights.js'
import { createPromotions } from './services/promotions.js'
import type { Promotions } from './services/promotions.js'
import { createRetraining } from './services/retrain.js'
import type { Retraining } from './services/retrain.js'
import { createRegistry } from './jobs/registry.js'
import { createBacktestTask } from './jobs/tasks/backtest.js'
import { createNightChunkTask, createNightTask } from './jobs/tasks/night.js'
import { createRetrainTask } from './jobs/tasks/retrain.js'
import { startScheduler } from './jobs/scheduler.js'
import type { RunningScheduler } from './jobs/scheduler.js'
import { startWorker } from './jobs/worker.js'
import type { RunningWorker } from './jobs/worker.js'
import { createLoadSampleMarket } from './services/sample-market.js'
import { createSyncBars } from './services/sync-bars.js'
import type { SyncBars } from './services/sync-bars.js'
import { createVerifyModelVersion } from './services/verify-model-version.js'
import type { VerifyModelVersion } from './services/verify-model-version.js'
import type { LoadSampleMarket } from './services/sample-market.js'
import { createTidyUp } from './services/tidy-up.js'
import type { TidyUp } from './services/tidy-up.js'
import { createWithdrawBars } from './services/withdraw-bars.js'
import type { WithdrawBars } from './services/withdraw-bars.js'

const READ_CONNECTIONS = 10
// Writers wait for a symbol's lock while they hold a connection, so they have their own and never starve a reader.
const WRITE_CONNECTIONS = 4

export interface Services {
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
  readonly loadSampleMarket: LoadSampleMarket
  readonly nights: BrowseNights
  readonly scheduleNights: ScheduleNights
  readonly promotions: Promotions
  readonly deadLetters: DeadLetters
}

/** What needs no database. */
export interface Workshop {
  readonly examineEngines: ExamineEngines
  close(): Promise<void>
}

/** @throws KospigraphError CONFIGURATION where the file of recipes or the calendar's cannot be used */
export async function openWorkshop(config: Config, log: Logger, clock: Clock): Promise<Workshop> {
  const [recipes, calendar] = [await readRecipes(config), await readCalendar(config)]
  const engines = openEngines(config, log)
  return {
    examineEngines: createExamineEngines({ engines, recipes, calendar, clock }),
    close: () => engines.close(),
  }
}

/** The database alone, before anything is built upon it. */
export interface Migration {
  readonly database: string
  /** Applies what the database lacks; several processes may do so at once. */
  migrate(): Promise<Prepared>
  close(): Promise<void>
  /** Only lets go of the database. */
  abandon(): Promise<void>
}

/** @throws KospigraphError DATABASE where the database cannot be used */
export async function openMigration(config: Config, log: Logger): Promise<Migration> {
  const database = await openDatabase(config, log, () => undefined)
  const pool = createPool(database.connection, {
    max: 2,
    onIdleError: (error) => log.warn(`an idle database connection broke: ${error.message}`),
  })
  return {
    database: database.describe,
    migrate: () => prepareDatabase(pool),
    abandon: () => database.close(),
    async close() {
      await pool.end()
      await database.close()
    },
  }
}

export interface Platform {
  readonly services: Services
  readonly calendar: Calendar
  /** For people: which database this is. */
  readonly database: string
  /** Takes jobs from the queue until the platform is closed: all tasks, or those named. */
  work(options?: { readonly tasks?: readonly TaskName[]; readonly slots?: number }): Promise<RunningWorker>
  /** Asks for nights until the platform is closed. */
  schedule(): Promise<RunningScheduler>
  /** Serves GraphQL where the configuration says. */
  listen(): Promise<RunningServer>
  /** Says on HEALTH_PORT, until the platform is closed, whether all that was begun is well; undefined without that port. */
  reportHealth(): Promise<RunningHealth | undefined>
  /** Stops fits that are running, then lets go of the database. */
  close(): Promise<void>
  /** Only lets go of the database, whatever still uses it: for a process that must end now. */
  abandon(): Promise<void>
}

/** @throws KospigraphError where the database cannot be opened, or must not be */
export async function openPlatform(
  config: Config,
  log: Logger,
  clock: Clock,
  /** Told when the database is gone and cannot be brought back. */
  onDatabaseLost: () => void = () => undefined,
): Promise<Platform> {
  const [recipes, calendar] = [await readRecipes(config), await readCalendar(config)]
  const nightRecipes = nightRecipesOf(config, recipes)
  const database = await openDatabase(config, log, onDatabaseLost)
  try {
    const onIdleError = (error: Error): void =>
      log.warn(`an idle database connection broke and is replaced: ${error.message}`)
    const pool = createPool(database.connection, { max: READ_CONNECTIONS, onIdleError })
    const writePool = createPool(database.connection, { max: WRITE_CONNECTIONS, onIdleError })
    const prisma = createPrisma(pool)
    const writePrisma = createPrisma(writePool)
    const engines = openEngines(config, log)
    const events = createEventStore(pool)
    const feed = createEventFeed(events, () =>
      listenForEvents(database.connection, { events, warn: (line) => log.warn(line) }),
    )
    const workers: RunningWorker[] = []
    const schedulers: RunningScheduler[] = []
    let health: RunningHealth | undefined
    const checkDatabase = async (): Promise<void> => {
      await pool.query('SELECT 1')
    }
    const close = async (): Promise<void> => {
      await health?.close()
      await Promise.all(schedulers.map((scheduler) => scheduler.stop()))
      await Promise.all(workers.map((worker) => worker.stop()))
      await feed.close()
      await engines.close()
      await Promise.all([prisma.$disconnect(), writePrisma.$disconnect()])
      await Promise.all([pool.end(), writePool.end()])
    }
    try {
      const { applied } = await prepareDatabase(pool)
      if (applied.length > 0) log.info(`applied to the database: ${applied.join(', ')}`)
    } catch (error) {
      await close()
      throw error
    }

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
      ...{ symbols, bars, engines, recipes, calendar, clock, ...serving },
      runs: runLog,
      log: createRetrainLog(writePrisma),
    })
    const followRuns = createFollowRuns({ runs, feed, retraining })
    const backtests = createBacktestStore(prisma, pool)
    const backtestLog = createBacktestLog(writePrisma, writePool)
    const nightLog = createNightLog(writePrisma)
    const tidyUp = createTidyUp({
      ...{ events, runs: runLog, backtests: backtestLog, clock },
      failAbandonedNights: createFailAbandonedNights({
        ...{ log: nightLog, calendar, clock },
        abandoned: createAbandonedNights(writePrisma),
      }),
    })
    const runBacktest = createRunBacktest({
      ...{ symbols, bars, backtests, engines, calendar, clock },
      log: backtestLog,
    })
    const forecasts = createForecastStore(prisma, pool)
    const ingestions = createIngestionStore(prisma, pool)
    const knowledge = createKnowledgeStore(pool)
    const syncBars = createSyncBars({
      ...{ symbols, bars, attempts, ingestBars, calendar, clock },
      chains: config.providers,
      providers: openProviders(config),
      onDefect: (error) => log.error({ err: error }, 'asking a provider failed in a way that is ours'),
    })
    const nightStore = createNightStore(prisma)
    const cancellation = createNightCancellation(writePrisma)
    const scheduleNights = createScheduleNights({
      ...{ log: nightLog, nights: nightStore, cancellation, calendar, clock },
      ...{ expression: config.nightSchedule, recipes: nightRecipes },
    })
    const runNight = createRunNight({
      ...{ bars, engines, recipes, calendar, clock, cancellation, ...serving },
      log: nightLog,
      syncBars: config.providers.providers.size > 0 ? syncBars : null,
      warn: (line) => log.warn(line),
    })
    const services: Services = {
      market: createBrowseMarket({
        ...{ symbols, bars, clock, calendar },
        summaries: createDataSummaryStore(pool),
        knowledge,
        attempts,
      }),
      deliveries: createBrowseDeliveries({
        ...{ symbols, ingestions },
        revisions: createBarRevisionStore(pool),
      }),
      models: createBrowseModels({
        ...{ symbols, versions, forecasts, runs, recipes },
      }),
      ingestBars,
      withdrawBars: createWithdrawBars({ symbols, withBarWriter, clock }),
      syncBars,
      retraining,
      followRuns,
      liveUpdates: createLiveUpdates({ symbols, ingestions, forecasts, feed }),
      startBacktest: createStartBacktest({
        ...{ symbols, bars, knowledge, recipes, clock },
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
        ...{ symbols, withBarWriter, calendar, clock },
        retrain: (request, options) => followRuns.retrain(request, options),
      }),
      nights: createBrowseNights({ nights: nightStore }),
      scheduleNights,
      promotions: createPromotions({ ...{ symbols, bars, recipes, calendar, clock }, ...serving }),
      deadLetters: createDeadLetters({
        ...{ calendar, clock },
        letters: createDeadLetterStore(pool, writePool),
      }),
    }
    return {
      services,
      calendar,
      database: database.describe,
      listen: async () => {
        // Whoever keeps a server hears it once a start; a command that ends by itself is no place for it.
        const notice = noticeOfCalendarEnd(calendar, clock.now())
        if (notice !== undefined) log.warn(notice)
        // A sync may wait for a slow vendor for minutes: a server that stops does not.
        const stopping = new AbortController()
        const server = await startServer({
          host: config.host,
          port: config.port,
          apiToken: config.apiToken,
          services: {
            ...services,
            syncBars: (request) => services.syncBars({ ...request, signal: stopping.signal }),
          },
          log,
          checkDatabase,
        })
        const close = (): Promise<void> => {
          stopping.abort(new KospigraphError('ABORTED', 'the server is stopping'))
          return server.close()
        }
        return { url: server.url, close }
      },
      async reportHealth() {
        if (config.healthPort === undefined) return undefined
        health = await serveHealth(config.healthPort, async () => {
          if (!workers.every((worker) => worker.isAlive())) {
            throw new Error('the worker has lost the lock that shows that it is alive')
          }
          await checkDatabase().catch((error: unknown) => {
            throw new Error(`the database does not answer: ${messageOf(error)}`)
          })
        })
        return health
      },
      async work({ tasks, slots = config.workerSlots } = {}) {
        // Prisma loads its query compiler with its first query; the first job should not have to wait for it.
        await writePrisma.$connect()
        const worker = await openWorker(database.connection, {
          registry: createRegistry(
            [
              createRetrainTask(retraining),
              createBacktestTask(runBacktest),
              createNightTask(runNight),
              createNightChunkTask(runNight),
            ],
            tasks,
          ),
          ...{ slots, log, onIdleError, tidyUp },
        })
        workers.push(worker)
        return worker
      },
      async schedule() {
        const scheduler = await startScheduler({
          ...{ log, clock, expression: config.nightSchedule },
          catchUp: () => scheduleNights.catchUp(),
          fire: () => scheduleNights.fire(),
        })
        schedulers.push(scheduler)
        return scheduler
      },
      abandon: () => database.close(),
      async close() {
        await close()
        await database.close()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Each vendor has one client, so that whoever asks it stands in one queue. */
function openProviders({ yahooUrl, naverUrl, csvFolder }: Config): ReadonlyMap<ProviderName, BarProvider> {
  const providers = [
    createYahoo(yahooUrl, createHttpClient(systemTiming)),
    createNaver(naverUrl, createHttpClient(systemTiming)),
    ...(csvFolder === undefined ? [] : [createCsvFolder(csvFolder)]),
  ]
  return new Map(providers.map((provider) => [provider.name, provider]))
}

async function openWorker(
  connection: DatabaseConnection,
  {
    registry,
    slots,
    log,
    tidyUp,
    onIdleError,
  }: {
    readonly registry: ReturnType<typeof createRegistry>
    readonly slots: number
    readonly log: Logger
    readonly tidyUp: TidyUp
    readonly onIdleError: (error: Error) => void
  },
): Promise<RunningWorker> {
  // One listens for new jobs; each slot asks for and ends its own.
  const pool = createPool(connection, { max: slots + 1, onIdleError })
  try {
    const worker = await startWorker({
      ...{ pgPool: pool, workerLog: quietWorkerLog, tasks: registry, slots, log, tidyUp },
      openLocks: () => openWorkerLocks(connection, (line) => log.warn(line)),
    })
    return {
      ...worker,
      async stop() {
        await worker.stop()
        await pool.end()
      },
    }
  } catch (error) {
    await pool.end()
    throw error
  }
}

function openEngines(config: Config, log: Logger): Engines {
  const wasm = createWasmEngine(config.mlThreads === undefined ? {} : { threads: config.mlThreads })
  return createEngines({
    setting: config.mlEngine,
    wasm,
    loadTensorflow: (signal) => loadTensorflow({ wasm, signal }),
    tell: (level, line) => log[level](line),
  })
}

/** @throws KospigraphError CONFIGURATION where NIGHT_RECIPES names one that is not there */
function nightRecipesOf({ nightRecipes }: Config, recipes: readonly Recipe[]): readonly string[] {
  try {
    return (nightRecipes ?? recipes.map(({ name }) => name)).map((name) => requireRecipe(recipes, name).name)
  } catch (cause) {
    throw new KospigraphError('CONFIGURATION', `Environment: NIGHT_RECIPES: ${messageOf(cause)}`, { cause })
  }
}

/** The shipped recipes, and those of the file where one is named. */
async function readRecipes({ recipesFile }: Config): Promise<readonly Recipe[]> {
  if (recipesFile === undefined) return RECIPES
  return parseRecipeFile(await readNamedFile('RECIPES_FILE', recipesFile), recipesFile, RECIPES)
}

/** The exchange's calendar, with the changes of the file where one is named. */
async function readCalendar({ calendarFile }: Config): Promise<Calendar> {
  if (calendarFile === undefined) return createCalendar()
  return parseCalendarFile(await readNamedFile('CALENDAR_FILE', calendarFile), calendarFile)
}

async function readNamedFile(variable: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new KospigraphError('CONFIGURATION', `${variable} cannot be read: ${messageOf(cause)}`, { cause })
  }
}

interface OpenDatabase {
  readonly connection: DatabaseConnection
  readonly describe: string
  close(): Promise<void>
}

async function openDatabase(config: Config, log: Logger, onLost: () => void): Promise<OpenDatabase> {
  if (config.databaseUrl !== undefined) {
    const connection = parseDatabaseUrl(config.databaseUrl)
    return { connection, describe: `PostgreSQL at ${describeConnection(connection)}`, close: async () => {} }
  }
  return openEmbeddedDatabase({
    home: config.home,
    log: (line) => log.info(line),
    onLost,
  })
}
