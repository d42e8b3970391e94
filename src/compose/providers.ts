/** Opens the providers of bars. */
import type { Config } from '../config.js'
import type { ProviderName } from '../domain/bars/delivery.js'
import { createCsvFolder } from '../market/providers/csv-folder.js'
import { createHttpClient, systemTiming } from '../market/providers/http.js'
import { createNaver } from '../market/providers/naver.js'
import type { BarProvider } from '../market/providers/provider.js'
import { createYahoo } from '../market/providers/yahoo.js'

/** Each vendor has one client, so that all requests to it share one queue. */
export function openProviders({
  yahooUrl,
  naverUrl,
  csvFolder,
}: Config): ReadonlyMap<ProviderName, BarProvider> {
  const providers = [
    createYahoo(yahooUrl, createHttpClient(systemTiming)),
    createNaver(naverUrl, createHttpClient(systemTiming)),
    ...(csvFolder === undefined ? [] : [createCsvFolder(csvFolder)]),
  ]
  return new Map(providers.map((provider) => [provider.name, provider]))
}
