/**
 * Syncs bars from providers: for every symbol with a provider, requests the sessions from shortly before its last bar to
 * the newest closed one. The overlap reveals corrections and back-adjustments.
 */
import { CALENDAR_FROM } from '../../domain/calendar/calendar.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import { MAX_PAGE_SIZE } from '../../domain/page.js'
import type { PageRequest } from '../../domain/page.js'
import { MIN_AGREEING_CLOSES } from '../../domain/bars/basis-decision.js'
import { CLOSE_BASIS_OF_PROVIDER, PUBLICATION_OF_PROVIDER } from '../../domain/bars/delivery.js'
import type { ProviderName, Publication } from '../../domain/bars/delivery.js'
import { AFTER_MARKET_FROM, basisOfSymbol } from '../../domain/bars/price-basis.js'
import { PROVIDERS_EXAMPLE } from '../../domain/sync/provider-chains.js'
import type { ProviderChains } from '../../domain/sync/provider-chains.js'
import { addDays } from '../../domain/calendar/session.js'
import type { Session } from '../../domain/calendar/session.js'
import { requireSymbolCode } from '../../domain/bars/instruments/symbol-code.js'
import { MAX_SYMBOLS } from '../../domain/symbol.js'
import type { BarReader } from '../../db/bars/bar-reader.js'
import type { Instruments } from '../bars/instruments.js'
import type { SymbolStore } from '../../db/symbols.js'
import { KospigraphError } from '../../errors.js'
import { syncSymbol } from './sync-symbol.js'
import type { SymbolQuestion, SyncDeps, SyncedSymbol } from './sync-symbol.js'

export type { SyncedSymbol }

/** Two weeks: long enough for late corrections, with enough closes to detect a back-adjustment. */
const OVERLAP_SESSIONS = 10
/** Where the basis of the stored closes is unknown: enough that the closes of a provider can show it. */
const RESOLVING_SESSIONS = 2 * MIN_AGREEING_CLOSES
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
  /**
   * Whether closes of other hours replace the stored ones. All sessions since the first after-market are then requested,
   * because closes of two kinds never mix.
   */
  readonly replaceBasis?: boolean
  /** Ask only providers that publish their bars then. */
  readonly publication?: Publication
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
    readonly instruments: Pick<Instruments, 'directory'>
    readonly bars: BarReader
  },
): SyncBars {
  const { chains, symbols, bars, clock } = deps

  const syncOne = async (
    code: string,
    to: Session,
    request: SyncRequest,
    signal: AbortSignal,
  ): Promise<SyncedSymbol> => {
    const stored = await symbols.byCode(code)
    const span = stored && (await bars.span(stored.id))
    const isUnknown = stored !== undefined && basisOfSymbol(stored).closeBasis === 'UNKNOWN'
    const overlap = isUnknown ? RESOLVING_SESSIONS : OVERLAP_SESSIONS
    const from = startOf(span, overlap, request, deps.calendar)
    const { acceptAdjustments = false, dryRun = false, replaceBasis = false } = request
    const chain = chains.of(code)
    const question: SymbolQuestion = {
      symbol: stored ?? (await deps.instruments.directory()).define(code),
      chain: chain.filter((name) => isAsked(name, request)),
      from,
      to,
      acceptAdjustments,
      dryRun,
      replaceBasis,
      // Forecasts are about the regular close, so a chain that has a source of it keeps to it.
      wantedCloseBasis: chain.some((name) => CLOSE_BASIS_OF_PROVIDER[name] === 'REGULAR')
        ? 'REGULAR'
        : undefined,
      signal,
    }
    return syncSymbol(deps, question, async () => {
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
    let done = 0
    const synced = await eachOf(codes, request.signal, async (code, signal) => {
      const one = await syncOne(code, toSession, request, signal)
      done += 1
      request.onSymbol?.(one, done, codes.length)
      return one
    })
    return { toSession, symbols: synced }
  }
}

function isAsked(name: ProviderName, { publication }: Pick<SyncRequest, 'publication'>): boolean {
  return publication === undefined || PUBLICATION_OF_PROVIDER[name] === publication
}

function startOf(
  span: { readonly first: Session; readonly last: Session } | undefined,
  overlapSessions: number,
  { from, full = false, acceptAdjustments = false, replaceBasis = false }: SyncRequest,
  calendar: Calendar,
): Session {
  const earlier = (a: Session, b: Session): Session => (a < b ? a : b)
  if (!span) return from ?? FIRST_SYNCED_SESSION
  if (full) return earlier(span.first, from ?? FIRST_SYNCED_SESSION)
  let start = span.last
  for (let sessions = 0; sessions < overlapSessions; sessions += 1) {
    // Where the calendar does not know the sessions, count days.
    start = start > CALENDAR_KNOWS_FROM ? calendar.previousSession(start) : addDays(start, -1)
  }
  if (from !== undefined) start = from
  if (replaceBasis) start = earlier(start, AFTER_MARKET_FROM)
  return acceptAdjustments ? earlier(start, span.first) : start
}

async function chooseSymbols(
  { symbols: asked, maxSymbols = MAX_SYMBOLS, publication }: SyncRequest,
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
  const named = asked ? [...new Set(asked.map(requireSymbolCode))] : await configuredSymbols(chains, symbols)
  const codes =
    publication === undefined
      ? named
      : named.filter((code) => chains.of(code).some((name) => isAsked(name, { publication })))
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
