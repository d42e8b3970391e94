/** Syncs on a real database with the real providers, whose waiting takes no time, against local vendors. */
import { createCalendar } from '../../../src/domain/calendar/calendar.js'
import { parseProviderChains } from '../../../src/domain/sync/provider-chains.js'
import { createBarReader } from '../../../src/db/bars/bar-reader.js'
import { createSyncAttemptStore } from '../../../src/db/bars/sync-attempts.js'
import { createProviderCircuitStore } from '../../../src/db/sync/provider-circuits.js'
import { createPool, createPrisma, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import { createSymbolStore } from '../../../src/db/symbols.js'
import { createHttpClient, systemTiming } from '../../../src/market/providers/http.js'
import type { HttpClient } from '../../../src/market/providers/http.js'
import type { BarProvider } from '../../../src/market/providers/provider.js'
import { createProviderGate } from '../../../src/services/sync/provider-gate.js'
import { createSyncBars } from '../../../src/services/sync/sync-bars.js'
import type { SyncBars } from '../../../src/services/sync/sync-bars.js'
import type { TestPlatform } from '../platform.js'

/** Errors of this program in a request to a provider fail the test. */
const failTest = (error: unknown): never => {
  throw error
}

export interface TestSync {
  readonly pool: ReturnType<typeof createPool>
  /** Lines that were logged. */
  readonly warnings: readonly string[]
  /** A sync along these chains. */
  open(chains: string, providers: readonly BarProvider[]): SyncBars
  close(): Promise<void>
}

/** A client that does not wait. */
export function impatientClient(timeoutMs = 2_000): HttpClient {
  return createHttpClient({ ...systemTiming, sleep: () => Promise.resolve() }, { timeoutMs })
}

export function createTestSync(platform: TestPlatform): TestSync {
  const pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 4 })
  const prisma = createPrisma(pool)
  const warnings: string[] = []
  return {
    pool,
    warnings,
    open: (chains, providers) =>
      createSyncBars({
        symbols: createSymbolStore(prisma),
        instruments: platform.services.instruments,
        bars: createBarReader(pool),
        attempts: createSyncAttemptStore(prisma),
        gate: createProviderGate({
          circuits: createProviderCircuitStore(pool),
          clock: platform.clock,
          warn: (line) => warnings.push(line),
        }),
        ingestBars: platform.services.ingestBars,
        calendar: createCalendar(),
        clock: platform.clock,
        chains: parseProviderChains(chains),
        providers: new Map(providers.map((provider) => [provider.name, provider])),
        onDefect: failTest,
      }),
    close: () => pool.end(),
  }
}
