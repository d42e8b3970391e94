import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createCalendar } from '../../../src/domain/calendar/calendar.js'
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import { parseProviderChains } from '../../../src/domain/sync/provider-chains.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import { createBarReader } from '../../../src/db/bars/bar-reader.js'
import { createPool, createPrisma, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import { createSymbolStore } from '../../../src/db/symbols.js'
import { KEPT_ATTEMPTS, createSyncAttemptStore } from '../../../src/db/bars/sync-attempts.js'
import { createProviderCircuitStore } from '../../../src/db/sync/provider-circuits.js'
import { createCsvFolder } from '../../../src/market/providers/csv-folder.js'
import { createHttpClient, systemTiming } from '../../../src/market/providers/http.js'
import { createNaver } from '../../../src/market/providers/naver.js'
import { createYahoo } from '../../../src/market/providers/yahoo.js'
import type { BarProvider } from '../../../src/market/providers/provider.js'
import { createProviderGate } from '../../../src/services/sync/provider-gate.js'
import { createSyncBars } from '../../../src/services/sync/sync-bars.js'
import type { SyncBars, SyncRequest, SyncedSymbol } from '../../../src/services/sync/sync-bars.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestFolder } from '../../support/database.js'
import { storeSimulatedSymbols } from '../../support/sample-bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'
import {
  hangs,
  naverTable,
  sends,
  startVendor,
  within,
  yahooChart,
  yahooError,
} from '../../support/vendors.js'
import type { Respond, Vendor } from '../../support/vendors.js'

const NEWEST = '2024-07-10'
/** Thirty sessions up to the newest; volumes of the index in thousands, as both vendors have them. */
const KOSPI = rawBars({ symbol: 'KOSPI', from: '2024-05-28', count: 31 })
const SHARE = rawBars({ symbol: '005930', from: '2024-05-28', count: 31, decimals: 0 })

let platform: TestPlatform
let yahoo: Vendor
let naver: Vendor
let pool: ReturnType<typeof createPool>
let folder: string
let defects: unknown[]

const knows =
  (format: (bars: readonly RawBar[]) => string, bars: readonly RawBar[]): Respond =>
  (request, response, url) =>
    sends(format(within(bars, url)))(request, response, url)
const yahooKnows = (bars: readonly RawBar[]): Respond => knows(yahooChart, bars)
const naverKnows = (bars: readonly RawBar[]): Respond => knows(naverTable, bars)

beforeEach(async () => {
  platform = await createTestPlatform(`${NEWEST}T20:00:00+09:00`)
  pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 4 })
  folder = await createTestFolder()
  yahoo = await startVendor(yahooKnows(KOSPI))
  naver = await startVendor(naverKnows(KOSPI))
  defects = []
})
afterEach(async () => {
  await Promise.all([yahoo.close(), naver.close()])
  await pool.end()
  await platform.close()
})

/** The real providers, whose waiting takes no time. */
function openSync(chains: string, change: Partial<BarProvider> = {}): SyncBars {
  const prisma = createPrisma(pool)
  const http = () =>
    createHttpClient({ ...systemTiming, sleep: () => Promise.resolve() }, { timeoutMs: 2_000 })
  const providers = [
    { ...createYahoo(yahoo.url, http()), ...change },
    createNaver(naver.url, http()),
    createCsvFolder(folder),
  ]
  return createSyncBars({
    symbols: createSymbolStore(prisma),
    instruments: platform.services.instruments,
    bars: createBarReader(pool),
    attempts: createSyncAttemptStore(prisma),
    gate: createProviderGate({
      circuits: createProviderCircuitStore(pool),
      clock: platform.clock,
      warn: () => undefined,
    }),
    ingestBars: platform.services.ingestBars,
    calendar: createCalendar(),
    clock: platform.clock,
    chains: parseProviderChains(chains),
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    onDefect: (error) => defects.push(error),
  })
}

async function sync(chains: string, request: SyncRequest = { symbols: ['KOSPI'] }): Promise<SyncedSymbol> {
  const { symbols } = await openSync(chains)(request)
  const [first] = symbols
  if (!first) throw new Error('no symbol was synced')
  return first
}

async function barsOf(symbol: string) {
  const request = { limit: 100, fromEnd: false, after: undefined, before: undefined }
  return (await platform.services.market.bars(symbol, {}, 'DAY', request)).items
}

async function attemptsOf(symbol: string) {
  const request = { limit: 100, fromEnd: false, after: undefined, before: undefined }
  return (await platform.services.market.syncAttempts(symbol, request)).items
}

const upTo = (bars: readonly RawBar[], count: number): readonly RawBar[] => bars.slice(0, count)

describe('syncing bars', () => {
  it('refuses wrong requests, with the remedy', async () => {
    await expect(sync('')).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringMatching(/set PROVIDERS, for instance PROVIDERS=yahoo,naver/) as string,
    })
    await expect(sync('KOSPI=yahoo', { symbols: ['005930'] })).rejects.toThrow(
      'symbol "005930" has no provider; add 005930=yahoo,naver to PROVIDERS',
    )
    await expect(sync('yahoo', { symbols: ['SIM001'] })).rejects.toThrow(/reserved for the simulated market/)
    await expect(sync('yahoo', {})).rejects.toThrow(/name a symbol, as in "kospigraph sync --symbol KOSPI"/)
    await expect(sync('yahoo', { symbols: ['KOSPI', '005930'], maxSymbols: 1 })).rejects.toThrow(
      /more than 1 a call/,
    )
    await expect(sync('yahoo', { symbols: ['KOSPI'], from: '2024-07-11' as Session })).rejects.toThrow(
      /from: 2024-07-11 is after 2024-07-10/,
    )
    expect(yahoo.asked).toEqual([])
  })

  it("stores the bars of the chain's first provider, with volumes in shares and the source of each bar", async () => {
    expect(await sync('yahoo,naver')).toMatchObject({
      code: 'KOSPI',
      status: 'STORED',
      stored: 31,
      lastSession: NEWEST,
      upToDate: true,
      attempts: [{ provider: 'yahoo', status: 'STORED', receivedRows: 31, requests: 1, errorCode: null }],
    })
    expect(naver.asked).toEqual([])
    const bars = await barsOf('KOSPI')
    expect(bars.map(({ volume }) => volume)).toEqual(
      KOSPI.map(({ volume }) => BigInt(Number(volume) * 1_000)),
    )
    expect(new Set(bars.map(({ source }) => source))).toEqual(new Set(['PROVIDER:yahoo']))
  })

  it('changes nothing the second time, when it requests only the last ten sessions and newer ones', async () => {
    await sync('yahoo')
    expect(await sync('yahoo')).toMatchObject({
      status: 'UNCHANGED',
      stored: 0,
      unchanged: 11,
      attempts: [{ status: 'UNCHANGED', fromSession: '2024-06-26', toSession: NEWEST, ingestionId: null }],
    })
    expect(await platform.services.market.symbol('KOSPI')).toMatchObject({ dataVersion: 1 })
    expect((await attemptsOf('KOSPI')).map(({ status }) => status)).toEqual(['UNCHANGED', 'STORED'])
  })

  it('fills gaps from the next provider, and keeps the bars of the higher-ranked one', async () => {
    yahoo.respond = yahooKnows(upTo(KOSPI, 30))
    expect(await sync('yahoo,naver')).toMatchObject({
      status: 'STORED',
      stored: 31,
      unchanged: 30,
      upToDate: true,
      attempts: [
        { provider: 'yahoo', status: 'STORED' },
        { provider: 'naver', status: 'STORED' },
      ],
    })
    const sources = (await barsOf('KOSPI')).map(({ source }) => source)
    expect([sources.at(-2), sources.at(-1)]).toEqual(['PROVIDER:yahoo', 'PROVIDER:naver'])

    // Naver's word counts for more than Yahoo's, who is told so; Yahoo's own bars it may correct.
    const changed = KOSPI.map((bar) =>
      bar.session >= '2024-07-09' ? { ...bar, low: Number(bar.low) - 1 } : bar,
    )
    yahoo.respond = yahooKnows(changed)
    expect(await sync('yahoo,naver')).toMatchObject({ status: 'STORED', stored: 0, corrected: 1, dropped: 1 })
    const bars = await barsOf('KOSPI')
    expect(bars.at(-1)).toMatchObject({ low: KOSPI.at(-1)?.low, source: 'PROVIDER:naver', dataVersion: 2 })
    expect(bars.at(-2)).toMatchObject({ low: changed.at(-2)?.low, source: 'PROVIDER:yahoo', dataVersion: 3 })
    const { rows } = await pool.query('SELECT session, reason, low FROM bar_revision')
    expect(rows).toEqual([{ session: '2024-07-09', reason: 'CORRECTED', low: KOSPI.at(-2)?.low }])
  })

  it('never lets a fallback put a close of 20:00 into a symbol with closes of 15:30', async () => {
    // The newest regular close repeats the one before; Naver's moved by 1 % until 20:00.
    const flat = rawBars({ symbol: '005930', from: '2026-09-07', count: 11, decimals: 0 }).map((bar) => {
      const [open, high, low, close] = [252_000, 258_000, 250_000, 252_500]
      return { ...bar, open, high, low, close }
    })
    const extended = flat.map((bar) => (bar.session < '2026-09-14' ? bar : { ...bar, close: 255_000 }))
    const newest = '2026-09-21'
    expect(flat.at(-1)?.session).toBe(newest)
    platform.clock.at = new Date(`${newest}T18:30:00+09:00`)
    const ask = async (chains = 'yahoo,naver') => sync(chains, { symbols: ['005930'] })
    const closes = async () => (await barsOf('005930')).map(({ close }) => close)

    // Yahoo lags by a session, and Naver's newest day is not final before 20:10.
    yahoo.respond = yahooKnows(flat.slice(0, 10))
    naver.respond = naverKnows(extended)
    const evening = await ask()
    expect(evening).toMatchObject({ stored: 10, corrected: 0, upToDate: false, lastSession: '2026-09-18' })
    expect(evening.attempts).toMatchObject([
      { provider: 'yahoo', status: 'STORED', toSession: newest },
      { provider: 'naver', status: 'FAILED', errorCode: 'PRICE_BASIS', toSession: '2026-09-18' },
    ])
    platform.clock.at = new Date(`${newest}T20:15:00+09:00`)
    const night = await ask()
    expect(night).toMatchObject({ status: 'UNCHANGED', stored: 0, corrected: 0, upToDate: false })
    expect(night.attempts[1]).toMatchObject({ errorCode: 'PRICE_BASIS', toSession: newest })
    expect(night.attempts[1]?.errorMessage).toMatch(/extended hours \(20:00\), and its 5 stored ones/)
    // Once Yahoo has the session, its close repeats the one before: no phantom return, and nothing to correct.
    yahoo.respond = yahooKnows(flat)
    expect(await ask()).toMatchObject({ stored: 1, corrected: 0, upToDate: true })
    expect(new Set(await closes())).toEqual(new Set([252_500]))
    expect(await platform.services.market.symbol('005930')).toMatchObject({ closeBasis: 'REGULAR' })
    expect(await platform.services.market.dataSummary('005930')).toMatchObject({ revisions: [] })
  })

  it('keeps a new symbol to closes of 15:30 where its chain has a source of them, in any order of answers', async () => {
    const bars = rawBars({ symbol: '005930', from: '2026-09-10', count: 6, decimals: 0 })
    platform.clock.at = new Date('2026-09-17T20:15:00+09:00')
    yahoo.respond = sends('', 500)
    naver.respond = naverKnows(bars)
    const first = await sync('yahoo,naver', { symbols: ['005930'] })
    expect(first).toMatchObject({ stored: 2, rejected: 4, lastSession: '2026-09-11', upToDate: false })
    expect(first.attempts[1]).toMatchObject({ errorCode: 'PRICE_BASIS' })
    // Where Naver is the only source, the closes are those of 20:00, and the symbol says so.
    const only = await sync('naver', { symbols: ['005930'] })
    expect(only).toMatchObject({ stored: 4, upToDate: true })
    expect(await platform.services.market.symbol('005930')).toMatchObject({ closeBasis: 'EXTENDED' })
    yahoo.respond = yahooKnows(bars)
    const replaced = await openSync('yahoo')({ symbols: ['005930'], replaceBasis: true })
    expect(replaced.symbols).toMatchObject([{ status: 'UNCHANGED' }])
    expect(await platform.services.market.symbol('005930')).toMatchObject({ closeBasis: 'REGULAR' })
  })

  it('never overwrites bars that users delivered', async () => {
    const own = KOSPI.map((bar) => ({ ...bar, volume: Number(bar.volume) * 1_000 + 1_000_000 }))
    await platform.services.ingestBars(delivery(own))
    expect(await sync('naver')).toMatchObject({ status: 'UNCHANGED', corrected: 0, dropped: 11 })
    expect((await barsOf('KOSPI')).every(({ source }) => source === 'API:test')).toBe(true)
  })

  const GARBAGE: [string, Respond, string][] = [
    ['a page', sends('<html>Sorry</html>'), 'CHANGED_FORMAT'],
    ['a throttle', sends('', 429), 'THROTTLED'],
    ['a failure', sends('', 500), 'SERVER_ERROR'],
    ['silence', hangs, 'TIMEOUT'],
    ['a closed door', (request) => request.socket.destroy(), 'UNREACHABLE'],
    ['nothing in the range', sends(yahooChart([])), 'NO_BARS'],
    ['no such symbol', sends(yahooError('Not Found', 'No data found'), 404), 'UNKNOWN_SYMBOL'],
    ['prices below zero', yahooKnows(KOSPI.map((bar) => ({ ...bar, low: -1 }))), 'REJECTED'],
    ['text for prices', yahooKnows(KOSPI.map((bar) => ({ ...bar, close: '1e400' }))), 'CHANGED_FORMAT'],
  ]
  it.each(GARBAGE)(
    'loses nothing when %s arrives, records it, and asks the next provider',
    async (_, respond, errorCode) => {
      await sync('naver')
      const before = await barsOf('KOSPI')
      yahoo.respond = respond
      const failed = await sync('yahoo')
      expect(failed).toMatchObject({ status: 'FAILED', stored: 0, corrected: 0, lastSession: NEWEST })
      expect(failed.attempts).toMatchObject([{ provider: 'yahoo', status: 'FAILED', errorCode }])
      expect(failed.attempts[0]?.errorMessage).not.toBe('')
      const saved = await sync('yahoo,naver')
      expect(saved).toMatchObject({
        status: 'UNCHANGED',
        attempts: [{ errorCode }, { provider: 'naver', status: 'UNCHANGED' }],
      })
      expect(await barsOf('KOSPI')).toEqual(before)
      expect((await attemptsOf('KOSPI')).map((one) => one.errorCode)).toEqual([
        null,
        errorCode,
        errorCode,
        null,
      ])
      expect(defects).toEqual([])
    },
  )

  it('leaves out one bad row, and stores the reason', async () => {
    yahoo.respond = yahooKnows(KOSPI.map((bar, at) => (at === 4 ? { ...bar, high: 1 } : bar)))
    const synced = await sync('yahoo')
    expect(synced).toMatchObject({ status: 'STORED', stored: 30, rejected: 1, upToDate: true })
    expect(synced.problems).toMatchObject([{ session: KOSPI[4]?.session, code: 'CONTRADICTORY' }])
    const { rows } = await pool.query('SELECT code, session FROM excluded_row')
    expect(rows).toEqual([{ code: 'CONTRADICTORY', session: KOSPI[4]?.session }])
  })

  it('waits for the close: an unfinished day is neither a failure nor a bar', async () => {
    platform.clock.at = new Date(`${NEWEST}T11:00:00+09:00`)
    yahoo.respond = sends(yahooChart(KOSPI))
    expect(await sync('yahoo')).toMatchObject({
      status: 'STORED',
      stored: 30,
      rejected: 0,
      lastSession: '2024-07-09',
    })
    const { rows } = await pool.query<{ note: string }>('SELECT note FROM ingestion')
    expect(rows[0]?.note).toBe('^KS11; 1 row after 2024-07-09 left out: not final yet')
  })

  it('stops before a back-adjustment, and replaces the whole history where it is accepted', async () => {
    yahoo.respond = yahooKnows(upTo(SHARE, 30))
    await sync('yahoo', { symbols: ['005930'] })
    const half = SHARE.map((bar) => {
      const price = (value: unknown): number => Math.round(Number(value) / 2)
      return {
        ...bar,
        open: price(bar.open),
        high: price(bar.high),
        low: price(bar.low),
        close: price(bar.close),
      }
    })
    yahoo.respond = yahooKnows(half)
    naver.respond = naverKnows(SHARE)
    const stopped = await sync('yahoo,naver', { symbols: ['005930'] })
    expect(stopped).toMatchObject({
      status: 'FAILED',
      stored: 0,
      attempts: [{ provider: 'yahoo', errorCode: 'BACK_ADJUSTMENT' }],
    })
    expect(stopped.attempts[0]?.errorMessage).toMatch(
      /are the stored ones times 0\.50\d+; nothing of 005930 was stored/,
    )
    // Asking Naver, who has not adjusted yet, would have mixed the two.
    expect(naver.asked).toEqual([])
    expect(await barsOf('005930')).toHaveLength(30)

    const accepted = await sync('yahoo,naver', { symbols: ['005930'], acceptAdjustments: true })
    expect(accepted).toMatchObject({ status: 'STORED', stored: 1, corrected: 30, upToDate: true })
    expect((await barsOf('005930')).map(({ close }) => close)).toEqual(half.map(({ close }) => close))
  })

  it('reads a folder once, and asks a vendor for missing bars', async () => {
    const lines = upTo(SHARE, 20).map((bar) =>
      [bar.session, bar.open, bar.high, bar.low, bar.close, bar.volume].join(','),
    )
    await writeFile(path.join(folder, '005930.csv'), ['date,open,high,low,close,volume', ...lines].join('\n'))
    yahoo.respond = yahooKnows(SHARE)
    const first = await sync('csv,yahoo', { symbols: ['005930'] })
    expect(first).toMatchObject({
      status: 'STORED',
      stored: 31,
      attempts: [{ provider: 'csv', receivedRows: 20, requests: 0 }, { provider: 'yahoo' }],
    })
    expect((await barsOf('005930')).map(({ source }) => source)).toEqual([
      ...Array.from({ length: 20 }, () => 'PROVIDER:csv'),
      ...Array.from({ length: 11 }, () => 'PROVIDER:yahoo'),
    ])
    const second = await sync('csv,yahoo', { symbols: ['005930'] })
    expect(second).toMatchObject({
      status: 'UNCHANGED',
      unchanged: 0,
      attempts: [{ provider: 'csv', receivedRows: 20 }],
    })

    // The folder has no later session, so the missing provider matters.
    platform.clock.at = new Date('2024-07-11T20:00:00+09:00')
    yahoo.respond = sends('', 403)
    expect(await sync('csv,yahoo', { symbols: ['005930'] })).toMatchObject({
      status: 'FAILED',
      upToDate: false,
    })
  })

  it('continues with the other symbols after a failure, and skips a vendor that blocks', async () => {
    yahoo.respond = (request, response, url) =>
      (url.pathname.includes('005930') ? sends('no') : yahooKnows(KOSPI))(request, response, url)
    const { symbols } = await openSync('yahoo')({ symbols: ['005930', 'KOSPI'] })
    expect(symbols).toMatchObject([
      { code: '005930', status: 'FAILED' },
      { code: 'KOSPI', status: 'STORED' },
    ])

    yahoo.respond = sends('', 403)
    const codes = ['000020', '000040', '000050', '000060', '000070', '000080']
    const down = await openSync('yahoo')({ symbols: codes })
    const reasons = down.symbols.map(({ attempts }) => attempts[0]?.errorCode)
    // Two symbols are requested at a time, so that a second one may be on its way when the first is refused.
    expect(reasons[0]).toBe('REFUSED')
    expect(reasons.slice(2)).toEqual(['NOT_ASKED', 'NOT_ASKED', 'NOT_ASKED', 'NOT_ASKED'])
    expect(down.symbols.every(({ status }) => status === 'FAILED')).toBe(true)
  })

  it('requests every stored symbol that has a provider, and no simulated one', async () => {
    await sync('yahoo')
    await storeSimulatedSymbols(platform.databaseUrl, NEWEST as Session)
    naver.respond = naverKnows(SHARE)
    const { symbols } = await openSync('KOSPI=yahoo;005930=naver')({})
    expect(symbols.map(({ code }) => code)).toEqual(['005930', 'KOSPI'])
  })

  it('survives and reports a programming error in one provider', async () => {
    const broken = openSync('yahoo,naver', { fetch: () => Promise.reject(new TypeError('x is undefined')) })
    const { symbols } = await broken({ symbols: ['KOSPI'] })
    expect(symbols).toMatchObject([
      { status: 'STORED', attempts: [{ errorCode: 'DEFECT' }, { provider: 'naver', status: 'STORED' }] },
    ])
    expect(defects).toMatchObject([{ message: 'x is undefined' }])
  })

  it('stops on abort, and keeps finished symbols', async () => {
    const stop = new AbortController()
    yahoo.respond = (request, response, url) => {
      if (url.pathname.includes('KS11')) yahooKnows(KOSPI)(request, response, url)
    }
    const running = openSync('yahoo')({
      symbols: ['KOSPI', '005930'],
      signal: stop.signal,
      onSymbol: () => stop.abort(new Error('enough')),
    })
    await expect(running).rejects.toThrow('enough')
    expect(await barsOf('KOSPI')).toHaveLength(31)
    expect(await attemptsOf('005930')).toEqual([])
  })

  it('keeps the newest thousand attempts of a symbol', async () => {
    const store = createSyncAttemptStore(createPrisma(pool))
    await pool.query(
      `INSERT INTO sync_attempt (symbol, provider, at, status, from_session, to_session, received_rows, requests, duration_ms)
       SELECT code, 'yahoo', now(), 'UNCHANGED', '2024-01-02', '2024-01-02', 1, 1, 1
       FROM generate_series(1, $1), (VALUES ('KOSPI'), ('005930')) AS of(code)`,
      [KEPT_ATTEMPTS],
    )
    const day = '2024-01-02' as Session
    await store.add({
      symbol: 'KOSPI',
      provider: 'naver',
      at: new Date(),
      status: 'FAILED',
      fromSession: day,
      toSession: day,
      receivedRows: 0,
      requests: 4,
      errorCode: 'TIMEOUT',
      errorMessage: 'late',
      ingestionId: null,
      durationMs: 1,
    })
    const { rows } = await pool.query('SELECT symbol, count(*)::int FROM sync_attempt GROUP BY 1 ORDER BY 1')
    expect(rows).toEqual([
      { symbol: '005930', count: KEPT_ATTEMPTS },
      { symbol: 'KOSPI', count: KEPT_ATTEMPTS },
    ])
    expect((await attemptsOf('KOSPI'))[0]).toMatchObject({ provider: 'naver', fromSession: '2024-01-02' })
  })
})
