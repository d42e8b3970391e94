/** Opens the providers of bars. */
import type { Config } from '../config.js'
import type { ProviderCallStore } from '../db/sync/provider-calls.js'
import { koreanDate } from '../domain/calendar/korean-time.js'
import type { Clock } from '../domain/clock.js'
import type { ProviderName } from '../domain/bars/delivery.js'
import { createCsvFolder } from '../market/providers/csv-folder.js'
import { createHttpClient, systemTiming } from '../market/providers/http.js'
import type { HttpClient, HttpLimits, VendorManners } from '../market/providers/http.js'
import { createNaver } from '../market/providers/naver.js'
import { ProviderFailure } from '../market/providers/provider.js'
import type { BarProvider } from '../market/providers/provider.js'
import { createYahoo } from '../market/providers/yahoo.js'

/** Limits of requests a day, by provider; the others have none. */
export function callLimits(_config: Config): ReadonlyMap<ProviderName, number> {
  return new Map()
}

/** Each vendor has one client, so that all requests to it share one queue and are counted. */
export function openProviders(
  config: Config,
  { calls, clock }: { readonly calls: ProviderCallStore; readonly clock: Clock },
): ReadonlyMap<ProviderName, BarProvider> {
  const { yahooUrl, naverUrl, csvFolder } = config
  const limits = callLimits(config)
  const clientOf = (
    name: ProviderName,
    spacing: Partial<HttpLimits> = {},
    manners: VendorManners = {},
  ): HttpClient => {
    const admit = async (): Promise<void> => {
      const limit = limits.get(name) ?? null
      if (await calls.take(name, koreanDate(clock.now()), limit)) return
      const message = `its ${limit ?? 0} calls of today in Korea are used up`
      throw new ProviderFailure('OVER_BUDGET', message)
    }
    return createHttpClient(systemTiming, spacing, { ...manners, admit })
  }
  const providers = [
    createYahoo(yahooUrl, clientOf('yahoo')),
    createNaver(naverUrl, clientOf('naver')),
    ...(csvFolder === undefined ? [] : [createCsvFolder(csvFolder)]),
  ]
  return new Map(providers.map((provider) => [provider.name, provider]))
}
