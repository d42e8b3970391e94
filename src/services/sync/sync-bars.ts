/**
 * Syncs bars from providers: for every symbol with a provider, requests the sessions from shortly before its last bar to
 * the newest closed one. The overlap reveals corrections and back-adjustments.
 */
import { CALENDAR_FROM } from '../../domain/calendar/calendar.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import { MAX_PAGE_SIZE } from '../../domain/page.js'
import type { PageRequest } from '../../domain/page.js'
import { PROVIDERS_EXAMPLE } from '../../domain/bars/provider-chains.js'
import type { ProviderChains } from '../../domain/bars/provider-chains.js'
import { addDays } from '../../domain/calendar/session.js'
import type { Session } from '../../domain/calendar/session.js'
import { requireSymbolCode } from '../../domain/bars/symbol-code.js'
import { defineSymbol, MAX_SYMBOLS } from '../../domain/symbol.js'
import type { BarReader } from '../../db/bars/bar-reader.js'
import type { SymbolStore } from '../../db/symbols.js'
import { KospigraphError } from '../../errors.js'
import { syncSymbol } from './sync-symbol.js'
import type { Outages, SyncDeps, SyncedSymbol } from './sync-symbol.js'

export type { SyncedSymbol }

/** Two weeks: long enough for late corrections, with enough closes to detect a back-adjustment. */
const OVERLAP_SESSIONS = 10
/** From this date on, the calendar knows the previous session. */
const CALENDAR_KNOWS_FROM = addDays(CALENDAR_FROM, 15)
/** Default first session of a symbol without stored bars. */
const FIRST_SYNCED_SESSION = '2000-01-04' as Session
/** Each vendor gets one request at a time; with two symbols, one answer is read while another is requested. */
const SYMBOLS_AT_ONCE = 2

export interface SyncRequest {
  /** Codes; by default every stored symbol with a provider, and those that PROVIDERS names. */
  readonly symbols?: readonly string[] | undefined
  /** The first session to request; by default 10 sessions before the last bar. */
  readonly from?: Session | undefined
  /** Whether to request the whole history. */
  readonly full?: boolean
  /**
   * Whether back-adjusted prices replace the stored ones. All stored sessions are then requested, so that no older bar
   * keeps its old price.
   */
  readonly acceptAdjustments?: boolean
  /** Whether nothing is stored: the result reports what would change. Vendors are really asked. */
  readonly dryRun?: boolean
  /** Most symbols; more are refused. */
  readonly maxSymbols?: number
  readonly signal?: AbortSignal | undefined
  /** Called after each symbol, in the order of completion. */
  readonly onSymbol?: (synced: SyncedSymbol, done: number, total: number) => void
}

export interface SyncResult {
  /** The newest closed session. */
  readonly toSession: Session
  /** In the order of the requested codes. */
  readonly symbols: readonly SyncedSymbol[]
}

/**
 * @throws KospigraphError CONFIGURATION without a provider, BAD_USER_INPUT for symbols that cannot be synced
 * @throws the signal's reason where it aborts; bars stored before are kept
 */
export type SyncBars = (request: SyncRequest) => Promise<SyncResult>

export function createSyncBars(
  deps: SyncDeps & {
    readonly chains: ProviderChains
    readonly symbols: SymbolStore
    readonly bars: BarReader
  },
): SyncBars {
  const { chains, symbols, bars, clock } = deps

  const syncOne = async (
    code: string,
    to: Session,
    request: SyncRequest,
    outages: Outages,
    signal: AbortSignal,
  ): Promise<SyncedSymbol> => {
    const stored = await symbols.byCode(code)
    const span = stored && (await bars.span(stored.id))
    const from = startOf(span, request, deps.calendar)
    const { acceptAdjustments = false, dryRun = false } = request
    const symbol = stored ?? defineSymbol(code)
    const question = { symbol, chain: chains.of(code), from, to, acceptAdjustments, dryRun, signal }
    return syncSymbol(deps, question, outages, async () => {
      const now = stored ?? (await symbols.byCode(code))
      return (now && (await bars.span(now.id)))?.last ?? null
    })
  }

  return async (request) => {
    const codes = await chooseSymbols(request, chains, symbols)
    const toSession = deps.calendar.lastClosedSession(clock.now())
    if (request.from !== undefined && request.from > toSession) {
      const message = `from: ${request.from} is after ${toSession}, the newest closed session`
      throw new KospigraphError('BAD_USER_INPUT', message)
    }
    const outages: Outages = new Map()
    let done = 0
    const synced = await eachOf(codes, request.signal, async (code, signal) => {
      const one = await syncOne(code, toSession, request, outages, signal)
      done += 1
      request.onSymbol?.(one, done, codes.length)
      return one
    })
    return { toSession, symbols: synced }
  }
}

function startOf(
  span: { readonly first: Session; readonly last: Session } | undefined,
  { from, full = false, acceptAdjustments = false }: SyncRequest,
  calendar: Calendar,
): Session {
  const earlier = (a: Session, b: Session): Session => (a < b ? a : b)
  if (!span) return from ?? FIRST_SYNCED_SESSION
  if (full) return earlier(span.first, from ?? FIRST_SYNCED_SESSION)
  let start = span.last
  for (let sessions = 0; sessions < OVERLAP_SESSIONS; sessions += 1) {
    // Where the calendar does not know the sessions, count days.
    start = start > CALENDAR_KNOWS_FROM ? calendar.previousSession(start) : addDays(start, -1)
  }
  if (from !== undefined) start = from
  return acceptAdjustments ? earlier(start, span.first) : start
}

async function chooseSymbols(
  { symbols: asked, maxSymbols = MAX_SYMBOLS }: SyncRequest,
  chains: ProviderChains,
  symbols: SymbolStore,
): Promise<readonly string[]> {
  if (chains.providers.size === 0) {
    throw new KospigraphError(
      'CONFIGURATION',
      `no provider is configured to fetch bars from: set PROVIDERS, for instance ${PROVIDERS_EXAMPLE} for every ` +
        'symbol, or "PROVIDERS=KOSPI=naver,yahoo;005930=csv;*=yahoo,naver"',
    )
  }
  const codes = asked ? [...new Set(asked.map(requireSymbolCode))] : await configuredSymbols(chains, symbols)
  for (const code of codes) {
    if (chains.of(code).length > 0) continue
    const message = `symbol "${code}" has no provider; add ${code}=yahoo,naver to PROVIDERS`
    throw new KospigraphError('BAD_USER_INPUT', message)
  }
  if (codes.length === 0) {
    const message = asked
      ? 'symbols: name at least one, or leave it out for all'
      : 'there is nothing to sync yet: name a symbol, as in "kospigraph sync --symbol KOSPI"'
    throw new KospigraphError('BAD_USER_INPUT', message)
  }
  if (codes.length > maxSymbols) {
    const message = `${codes.length} symbols are more than ${maxSymbols} a call; name fewer, or run "kospigraph sync"`
    throw new KospigraphError('BAD_USER_INPUT', message)
  }
  return codes
}

/** @returns the stored symbols with a chain and all symbols with an own chain, in order of code */
async function configuredSymbols(chains: ProviderChains, symbols: SymbolStore): Promise<string[]> {
  const codes = new Set(chains.symbols)
  let request: PageRequest<string> = {
    limit: MAX_PAGE_SIZE,
    fromEnd: false,
    after: undefined,
    before: undefined,
  }
  for (let more = true; more && codes.size <= MAX_SYMBOLS;) {
    const page = await symbols.page({ simulated: false }, request)
    for (const { code } of page.items) if (chains.of(code).length > 0) codes.add(code)
    request = { ...request, after: page.items.at(-1)?.code }
    more = page.hasNextPage
  }
  return [...codes].sort()
}

/** Runs `work` for every code, a few at once; the first error stops the others and is thrown once they have stopped. */
async function eachOf<Result>(
  codes: readonly string[],
  outer: AbortSignal | undefined,
  work: (code: string, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const stop = new AbortController()
  const abort = (): void => stop.abort(outer?.reason)
  outer?.addEventListener('abort', abort)
  const results: Result[] = []
  const queue = codes.entries()
  const worker = async (): Promise<void> => {
    for (const [at, code] of queue) {
      stop.signal.throwIfAborted()
      results[at] = await work(code, stop.signal)
    }
  }
  try {
    const workers = Array.from({ length: SYMBOLS_AT_ONCE }, () =>
      worker().catch((error: unknown) => {
        stop.abort(error)
        throw error
      }),
    )
    const ended = await Promise.allSettled(workers)
    outer?.throwIfAborted()
    for (const one of ended) if (one.status === 'rejected') throw one.reason
    return results
  } finally {
    outer?.removeEventListener('abort', abort)
  }
}
