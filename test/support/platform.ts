/** A whole platform on its own database, with a clock that tests set, tested over real HTTP. */
import { parseConfig } from '../../src/config.js'
import { openPlatform } from '../../src/compose/platform.js'
import type { Services } from '../../src/compose/platform.js'
import { createLogger } from '../../src/logger.js'
import { createTestDatabase } from './database.js'

export interface GraphQLAnswer {
  readonly data?: unknown
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

/** The code of its first error. */
export function codeOf({ errors }: GraphQLAnswer): string | undefined {
  return errors?.[0]?.extensions?.code
}

export interface TestPlatform {
  readonly services: Services
  readonly clock: { at: Date; now(): Date }
  /** URL of the database, for a second connection. */
  readonly databaseUrl: string
  /** Starts a worker, where the platform was opened without one. */
  work(): Promise<unknown>
  /** Starts the HTTP server at the first use. */
  url(): Promise<string>
  /** Returns the data of an operation that must not have errors. */
  query<Data>(document: string, variables?: Record<string, unknown>): Promise<Data>
  /** Returns the whole answer, errors included. */
  ask(document: string, variables?: Record<string, unknown>): Promise<GraphQLAnswer>
  close(): Promise<void>
}

export interface TestPlatformOptions {
  readonly apiToken?: string
  /** Further variables of the configuration. */
  readonly environment?: Record<string, string>
  /** Whether it runs jobs itself, as it does by default. */
  readonly worker?: boolean
}

/** @param now initial time of the clock */
export async function createTestPlatform(
  now: string,
  { apiToken, environment = {}, worker = true }: TestPlatformOptions = {},
): Promise<TestPlatform> {
  const database = await createTestDatabase()
  const clock = {
    at: new Date(now),
    now(): Date {
      return this.at
    },
  }
  const config = parseConfig(
    {
      ...environment,
      DATABASE_URL: database.url,
      LOG_LEVEL: 'silent',
      ML_THREADS: '1',
      PORT: '0',
      API_TOKEN: apiToken,
    },
    '/',
  )
  const log = createLogger(config)
  const platform = await openPlatform(config, log, clock)
  if (worker) await platform.work()
  const { services } = platform
  let server: ReturnType<typeof platform.listen> | undefined
  const url = async (): Promise<string> => {
    server ??= platform.listen()
    return (await server).url
  }
  const ask: TestPlatform['ask'] = async (document, variables = {}) => {
    const response = await fetch(await url(), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiToken !== undefined && { authorization: `Bearer ${apiToken}` }),
      },
      body: JSON.stringify({ query: document, variables }),
    })
    return (await response.json()) as GraphQLAnswer
  }
  return {
    services,
    clock,
    databaseUrl: database.url,
    work: () => platform.work(),
    url,
    ask,
    async query<Data>(document: string, variables?: Record<string, unknown>): Promise<Data> {
      const { data, errors } = await ask(document, variables)
      if (errors) throw new Error(errors.map((error) => error.message).join('; '))
      return data as Data
    },
    async close() {
      // A server that failed to start has already reported that to its caller.
      await (await server?.catch(() => undefined))?.close()
      await platform.close()
      await database.drop()
    },
  }
}
