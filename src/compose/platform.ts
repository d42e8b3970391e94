/** Opens the platform from a configuration: builds and wires every part, together with the other files of `compose/`. */
import { createConnections, openDatabase } from './database.js'
import { nightRecipesOf, readCalendar, readRecipes, readShortSaleList } from './configured-files.js'
import { openEngines } from './engines.js'
import { createServices } from './services.js'
import type { Services } from './services.js'
import { openWorker } from './worker.js'
import type { Config } from '../config.js'
import { listenForEvents } from '../db/queue/event-listener.js'
import { createEventStore } from '../db/queue/events.js'
import { prepareDatabase } from '../db/postgres/prepare-database.js'
import { noticeOfCalendarEnd } from '../domain/calendar/calendar.js'
import type { Calendar } from '../domain/calendar/calendar.js'
import type { Clock } from '../domain/clock.js'
import { MORNING_SCHEDULE, hasMorningBars } from '../domain/nights/default-schedule.js'
import type { TaskName } from '../domain/queue/job.js'
import { KospigraphError, messageOf } from '../errors.js'
import type { RunningServer } from '../graphql/server/server.js'
import { serveHealth } from '../health.js'
import type { RunningHealth } from '../health.js'
import { startScheduler } from '../jobs/scheduler.js'
import type { RunningScheduler } from '../jobs/scheduler.js'
import type { RunningWorker } from '../jobs/worker.js'
import type { Logger } from '../logger.js'
import { createEventFeed } from '../services/queue/event-feed.js'

export type { Services }

export interface Platform {
  readonly services: Services
  readonly calendar: Calendar
  /** Description of the database, for people. */
  readonly database: string
  /** Takes jobs from the queue until the platform is closed: of all tasks, or of the named ones. */
  work(options?: { readonly tasks?: readonly TaskName[]; readonly slots?: number }): Promise<RunningWorker>
  /** Requests nights until the platform is closed. */
  schedule(): Promise<RunningScheduler>
  /** Serves GraphQL on the configured host and port. */
  listen(): Promise<RunningServer>
  /** Serves the health of all started parts on HEALTH_PORT until the platform is closed; undefined without that port. */
  reportHealth(): Promise<RunningHealth | undefined>
  /** Stops running fits, then releases the database. */
  close(): Promise<void>
  /** Only releases the database, even while it is in use: for a process that must end now. */
  abandon(): Promise<void>
}

/** @throws KospigraphError if the database cannot be opened, or opening it is refused */
export async function openPlatform(
  config: Config,
  log: Logger,
  clock: Clock,
  /** Called when the database is lost and cannot be restarted. */
  onDatabaseLost: () => void = () => undefined,
): Promise<Platform> {
  const [recipes, calendar] = [await readRecipes(config), await readCalendar(config)]
  const shortSales = await readShortSaleList(config)
  const nightRecipes = nightRecipesOf(config, recipes)
  const database = await openDatabase(config, log, onDatabaseLost)
  try {
    const onIdleError = (error: Error): void =>
      log.warn(`an idle database connection failed and is replaced: ${error.message}`)
    const connections = createConnections(database.connection, onIdleError)
    const engines = openEngines(config, log)
    const events = createEventStore(connections.pool)
    const feed = createEventFeed(events, () =>
      listenForEvents(database.connection, { events, warn: (line) => log.warn(line) }),
    )
    const workers: RunningWorker[] = []
    const schedulers: RunningScheduler[] = []
    let health: RunningHealth | undefined
    const close = async (): Promise<void> => {
      await health?.close()
      await Promise.all(schedulers.map((scheduler) => scheduler.stop()))
      await Promise.all(workers.map((worker) => worker.stop()))
      await feed.close()
      await engines.close()
      await connections.close()
    }
    try {
      const { applied } = await prepareDatabase(connections.pool)
      if (applied.length > 0) log.info(`applied migrations to the database: ${applied.join(', ')}`)
    } catch (error) {
      await close()
      throw error
    }
    const { services, ofWorker } = createServices({
      config,
      log,
      clock,
      calendar,
      recipes,
      shortSales,
      nightRecipes,
      connections,
      engines,
      events,
      feed,
    })
    return {
      services,
      calendar,
      database: database.describe,
      listen: async () => {
        // A server warns once per start. Short commands do not warn.
        const notice = noticeOfCalendarEnd(calendar, clock.now())
        if (notice !== undefined) log.warn(notice)
        // A sync may wait minutes for a slow vendor, but a stopping server must not.
        const stopping = new AbortController()
        // The schema takes half a second to load, and only a server needs it.
        const { startServer } = await import('../graphql/server/server.js')
        const server = await startServer({
          host: config.host,
          port: config.port,
          apiToken: config.apiToken,
          services: {
            ...services,
            syncBars: (request) => services.syncBars({ ...request, signal: stopping.signal }),
          },
          log,
          checkDatabase: () => connections.check(),
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
          await connections.check().catch((error: unknown) => {
            throw new Error(`the database does not answer: ${messageOf(error)}`)
          })
        })
        return health
      },
      async work({ tasks, slots = config.workerSlots } = {}) {
        // Prisma loads its query compiler with the first query. Load it now, so that the first job does not wait.
        await connections.writePrisma.$connect()
        const worker = await openWorker(database.connection, {
          services: ofWorker,
          tasks,
          slots,
          log,
          onIdleError,
        })
        workers.push(worker)
        return worker
      },
      async schedule() {
        const scheduler = await startScheduler({
          log,
          clock,
          expression: config.nightSchedule,
          catchUp: () => services.scheduleNights.catchUp(),
          fire: () => services.scheduleNights.fire(),
        })
        schedulers.push(scheduler)
        if (hasMorningBars(config.providers)) {
          const request = (): Promise<{ readonly message: string }> => ofWorker.morningSync.request()
          const expression = MORNING_SCHEDULE
          const subject = 'the morning sync'
          schedulers.push(
            await startScheduler({ log, clock, expression, subject, catchUp: request, fire: request }),
          )
        }
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
