/** The only place that builds and wires things: from a configuration to use cases over an open database. */
import { createBarStore } from './db/bars.js'
import { createWithBarWriter } from './db/bar-writer.js'
import {
  checkServerVersion,
  createPool,
  createPrisma,
  describeConnection,
  parseDatabaseUrl,
} from './db/connection.js'
import type { DatabaseConnection } from './db/connection.js'
import { createDataSummaryStore } from './db/data-summary.js'
import { openEmbeddedDatabase } from './db/embedded/embedded-database.js'
import { createForecastStore } from './db/forecasts.js'
import { applyMigrations } from './db/migrate.js'
import { createModelVersionStore } from './db/model-versions.js'
import { createRetrainLog } from './db/retrain-log.js'
import { createRunStore } from './db/runs.js'
import { createSymbolStore } from './db/symbols.js'
import type { Config } from './config.js'
import type { Clock } from './domain/clock.js'
import { RECIPES } from './domain/recipe.js'
import type { Logger } from './logger.js'
import { createWasmEngine } from './ml/engine/wasm/wasm-engine.js'
import { createBrowseMarket } from './services/browse-market.js'
import type { BrowseMarket } from './services/browse-market.js'
import { createBrowseModels } from './services/browse-models.js'
import type { BrowseModels } from './services/browse-models.js'
import { createIngestBars } from './services/ingest-bars.js'
import type { IngestBars } from './services/ingest-bars.js'
import { createRetrain } from './services/retrain.js'
import type { Retrain } from './services/retrain.js'
import { createLoadSampleMarket } from './services/sample-market.js'
import type { LoadSampleMarket } from './services/sample-market.js'

const POOL_CONNECTIONS = 10

export interface Services {
  readonly market: BrowseMarket
  readonly models: BrowseModels
  readonly ingestBars: IngestBars
  readonly retrain: Retrain
  readonly loadSampleMarket: LoadSampleMarket
}

export interface Platform {
  readonly services: Services
  /** For people: which database this is. */
  readonly database: string
  /** Rejects where the database does not answer. */
  checkDatabase(): Promise<void>
  /** Stops fits that are running, then lets go of the database. */
  close(): Promise<void>
}

/** @throws KospigraphError where the database cannot be opened, or must not be */
export async function openPlatform(config: Config, log: Logger, clock: Clock): Promise<Platform> {
  const database = await openDatabase(config, log)
  try {
    const pool = createPool(database.connection, {
      max: POOL_CONNECTIONS,
      onIdleError: (error) => log.warn(`an idle database connection broke and is replaced: ${error.message}`),
    })
    const prisma = createPrisma(pool)
    const engine = createWasmEngine(config.mlThreads === undefined ? {} : { threads: config.mlThreads })
    const close = async (): Promise<void> => {
      await engine.close()
      await prisma.$disconnect()
      await pool.end()
    }
    try {
      await checkServerVersion(pool)
      const applied = await applyMigrations(pool)
      if (applied.length > 0) log.info(`applied ${applied.length} migrations: ${applied.join(', ')}`)
    } catch (error) {
      await close()
      throw error
    }

    const symbols = createSymbolStore(prisma)
    const bars = createBarStore(pool)
    const withBarWriter = createWithBarWriter(pool)
    const retrain = createRetrain({
      symbols,
      bars,
      log: createRetrainLog(prisma),
      engine,
      recipes: RECIPES,
      clock,
    })
    const services: Services = {
      market: createBrowseMarket({ symbols, bars, summaries: createDataSummaryStore(pool) }),
      models: createBrowseModels({
        symbols,
        versions: createModelVersionStore(prisma),
        forecasts: createForecastStore(prisma),
        runs: createRunStore(prisma),
        recipes: RECIPES,
      }),
      ingestBars: createIngestBars({ withBarWriter, clock }),
      retrain,
      loadSampleMarket: createLoadSampleMarket({ symbols, withBarWriter, retrain, clock }),
    }
    return {
      services,
      database: database.describe,
      async checkDatabase() {
        await pool.query('SELECT 1')
      },
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

interface OpenDatabase {
  readonly connection: DatabaseConnection
  readonly describe: string
  close(): Promise<void>
}

async function openDatabase(config: Config, log: Logger): Promise<OpenDatabase> {
  if (config.databaseUrl !== undefined) {
    const connection = parseDatabaseUrl(config.databaseUrl)
    return { connection, describe: `PostgreSQL at ${describeConnection(connection)}`, close: async () => {} }
  }
  return openEmbeddedDatabase({
    home: config.home,
    log: (line) => log.info(line),
    onLost: (error) => log.error(`the embedded PostgreSQL is lost: ${error.message}`),
  })
}
