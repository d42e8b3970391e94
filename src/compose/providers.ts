/** Opens the providers of bars. */
import path from 'node:path'
import type { Config } from '../config.js'
import type { ProviderCallStore } from '../db/sync/provider-calls.js'
import { CALENDAR_FROM } from '../domain/calendar/calendar.js'
import type { Calendar } from '../domain/calendar/calendar.js'
import { koreanDate } from '../domain/calendar/korean-time.js'
import type { Clock } from '../domain/clock.js'
import type { ProviderName } from '../domain/bars/delivery.js'
import { createCsvFolder } from '../market/providers/csv-folder.js'
import { createHttpClient, systemTiming } from '../market/providers/http.js'
import type { HttpClient, HttpLimits, VendorManners } from '../market/providers/http.js'
import { createKis, judgeKis } from '../market/providers/kis.js'
import { createKisTokens } from '../market/providers/kis-token.js'
import type { KisKeys, KisTokens } from '../market/providers/kis-token.js'
import { createKrx } from '../market/providers/krx.js'
import { judgeKrx } from '../market/providers/krx-market.js'
import { createNaver } from '../market/providers/naver.js'
import { ProviderFailure } from '../market/providers/provider.js'
import type { BarProvider } from '../market/providers/provider.js'
import { createYahoo } from '../market/providers/yahoo.js'

/** A day of the largest market takes two seconds and half a megabyte. */
const KRX_LIMITS = { timeoutMs: 30_000 }
/** The vendor allows twenty requests a second. */
const KIS_LIMITS = { spacingMs: 200 }
const KIS_TOKEN_FILE = 'kis-token.json'

/** Limits of requests a day, by provider; the others have none. */
export function callLimits({ krxDailyCalls }: Config): ReadonlyMap<ProviderName, number> {
  return new Map([['krx', krxDailyCalls]])
}

export interface ProviderDeps {
  readonly calls: ProviderCallStore
  readonly calendar: Calendar
  readonly clock: Clock
}

/** Each vendor has one client, so that all requests to it share one queue and are counted. */
export function openProviders(
  config: Config,
  { calls, calendar, clock }: ProviderDeps,
): ReadonlyMap<ProviderName, BarProvider> {
  const { yahooUrl, naverUrl, krxUrl, krxApiKey, kisUrl, kisKeys, csvFolder, home } = config
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
  const krx = (key: string): BarProvider =>
    createKrx({
      base: krxUrl,
      http: clientOf('krx', KRX_LIMITS, {
        headers: { AUTH_KEY: key },
        secrets: () => [key],
        judge: judgeKrx,
      }),
      // Earlier years are unknown to the calendar, and beyond what is requested anyway.
      sessionsBetween: (first, last) =>
        calendar.sessionsBetween(first < CALENDAR_FROM ? CALENDAR_FROM : first, last),
      nowMs: () => systemTiming.nowMs(),
    })
  const kis = (keys: KisKeys): BarProvider => {
    let token: string | undefined
    const http = clientOf('kis', KIS_LIMITS, {
      secrets: () => [keys.appKey, keys.appSecret, ...(token === undefined ? [] : [token])],
      judge: judgeKis,
    })
    const issued = createKisTokens({
      base: kisUrl,
      http,
      keys,
      file: path.join(home, KIS_TOKEN_FILE),
      now: () => clock.now(),
    })
    const tokens: KisTokens = { ...issued, token: async (asker) => (token = await issued.token(asker)) }
    return createKis({ base: kisUrl, http, keys, tokens })
  }
  const providers = [
    createYahoo(yahooUrl, clientOf('yahoo')),
    createNaver(naverUrl, clientOf('naver')),
    ...(krxApiKey === undefined ? [] : [krx(krxApiKey)]),
    ...(kisKeys === undefined ? [] : [kis(kisKeys)]),
    ...(csvFolder === undefined ? [] : [createCsvFolder(csvFolder)]),
  ]
  return new Map(providers.map((provider) => [provider.name, provider]))
}
