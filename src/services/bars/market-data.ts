/** Reads market data: symbols, bars in pages or columns, data summaries, and sync attempts. */
import { BAR_FLAGS } from '../../domain/bars/bar.js'
import type { BarFlag, Interval, StoredBar } from '../../domain/bars/bar.js'
import { CALENDAR_FROM } from '../../domain/calendar/calendar.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import { requirePast } from '../../domain/clock.js'
import type { Clock } from '../../domain/clock.js'
import type { RevisionReason } from '../../domain/bars/delivery.js'
import type { Page, PageRequest } from '../../domain/page.js'
import { requireOrder } from '../../domain/calendar/date-range.js'
import type { DateRange } from '../../domain/calendar/date-range.js'
import type { Session } from '../../domain/calendar/session.js'
import type { SyncAttempt } from '../../domain/bars/sync-attempt.js'
import { requireSymbolCode } from '../../domain/bars/instruments/symbol-code.js'
import type { StoredSymbol } from '../../domain/symbol.js'
import type { BarRange, BarSeries, BarReader } from '../../db/bars/bar-reader.js'
import type {
  BasisCount,
  ColumnSummary,
  DataSummaryStore,
  ExcludedCount,
  SourceCount,
} from '../../db/bars/data-summary.js'
import type { AsOfVersionStore } from '../../db/bars/as-of-version.js'
import type { SymbolFilter, SymbolStore } from '../../db/symbols.js'
import type { SyncAttemptStore } from '../../db/bars/sync-attempts.js'
import { KospigraphError } from '../../errors.js'
import { findStoredSymbol, requireStoredSymbol } from '../stored-symbol.js'

/** Most bars in one series: 80 years of sessions. */
export const MAX_SERIES_BARS = 20_000
/** Most missing sessions that a summary lists; all are counted. */
export const MAX_MISSING_SESSIONS = 1_000
/** Most sources that a summary lists, those with the most bars. */
export const MAX_SOURCES = 100

/** A date range, read as known at `asOf`; by default as known now. */
export interface KnownRange extends DateRange {
  readonly asOf?: Date | undefined
  /** Whether prices before corporate actions are adjusted; by default they are the stored ones. */
  readonly adjusted?: boolean | undefined
}

export interface DataSummary {
  readonly symbol: StoredSymbol
  readonly rows: number
  readonly firstSession: Session | null
  readonly lastSession: Session | null
  readonly columns: readonly ColumnSummary[]
  readonly flags: readonly { readonly flag: BarFlag; readonly rows: number }[]
  /** Number of sessions between the first and the last bar without a bar. */
  readonly missingCount: number
  /** The first {@link MAX_MISSING_SESSIONS} of them. */
  readonly missingSessions: readonly Session[]
  /** Number of bars before the calendar's first year, which are not searched for gaps. */
  readonly uncheckedRows: number
  /** Counts of excluded rows, as far as their records are kept. */
  readonly excluded: readonly ExcludedCount[]
  /** Counts of replaced values, by reason. */
  readonly revisions: readonly { readonly reason: RevisionReason; readonly rows: number }[]
  /** Sources of the current bars: the {@link MAX_SOURCES} with the most. */
  readonly sources: readonly SourceCount[]
  /** The bases of the current bars, by their first session. */
  readonly bases: readonly BasisCount[]
}

export interface MarketData {
  symbols(filter: SymbolFilter, request: PageRequest<string>): Promise<Page<StoredSymbol>>
  symbol(code: string): Promise<StoredSymbol | undefined>
  symbolsById(ids: readonly number[]): Promise<StoredSymbol[]>
  bars(
    code: string,
    range: KnownRange,
    interval: Interval,
    request: PageRequest<Session>,
  ): Promise<Page<StoredBar>>
  barSeries(code: string, range: KnownRange, interval: Interval): Promise<BarSeries>
  dataSummary(code: string): Promise<DataSummary>
  /** Newest first; of every symbol where none is named. */
  syncAttempts(code: string | undefined, request: PageRequest<number>): Promise<Page<SyncAttempt>>
}

export function createMarketData(deps: {
  symbols: SymbolStore
  bars: BarReader
  summaries: DataSummaryStore
  knowledge: AsOfVersionStore
  clock: Clock
  attempts: SyncAttemptStore
  calendar: Calendar
}): MarketData {
  const { symbols, bars, summaries, calendar, attempts } = deps
  const rangeOf = async (code: string, { from, to, asOf, adjusted }: KnownRange): Promise<BarRange> => {
    requireOrder({ from, to })
    const symbol = await requireStoredSymbol(symbols, code)
    const range = { symbolId: symbol.id, from, to, adjusted }
    if (asOf === undefined) return range
    requirePast(asOf, deps.clock.now())
    return { ...range, dataVersion: await deps.knowledge.versionAt(symbol.id, asOf) }
  }
  return {
    symbols: (filter, request) => symbols.page(filter, request),
    symbol: (code) => findStoredSymbol(symbols, code),
    symbolsById: (ids) => symbols.byIds(ids),
    async bars(code, range, interval, request) {
      return bars.page(await rangeOf(code, range), interval, request)
    },
    async barSeries(code, range, interval) {
      const series = await bars.series(await rangeOf(code, range), interval, MAX_SERIES_BARS + 1)
      if (series.sessions.length > MAX_SERIES_BARS) {
        throw new KospigraphError(
          'BAD_USER_INPUT',
          `barSeries of ${code} would have more than ${MAX_SERIES_BARS} bars; narrow it with from and to`,
        )
      }
      return series
    },
    async dataSummary(code) {
      const symbol = await requireStoredSymbol(symbols, code)
      const [stored, history] = await Promise.all([
        summaries.summary(symbol.id, BAR_FLAGS.length),
        summaries.history(symbol, MAX_SOURCES),
      ])
      const gaps = await findGaps(summaries, calendar, symbol.id, stored)
      const { rows, firstSession, lastSession, columns } = stored
      const flags = BAR_FLAGS.map((flag, bit) => ({ flag, rows: stored.flagged[bit] ?? 0 }))
      return { symbol, rows, firstSession, lastSession, columns, flags, ...gaps, ...history }
    },
    // The symbol need not be stored: where every provider failed, it has only its attempts.
    async syncAttempts(code, request) {
      return attempts.page(code === undefined ? undefined : requireSymbolCode(code), request)
    },
  }
}

async function findGaps(
  summaries: DataSummaryStore,
  calendar: Calendar,
  symbolId: number,
  { firstSession, lastSession }: { firstSession: Session | null; lastSession: Session | null },
): Promise<Pick<DataSummary, 'missingCount' | 'missingSessions' | 'uncheckedRows'>> {
  if (firstSession === null || lastSession === null) {
    return { missingCount: 0, missingSessions: [], uncheckedRows: 0 }
  }
  const stored = await summaries.sessions(symbolId)
  const present = new Set(stored)
  const first = firstSession > CALENDAR_FROM ? firstSession : CALENDAR_FROM
  const missing = calendar.sessionsBetween(first, lastSession).filter((session) => !present.has(session))
  return {
    missingCount: missing.length,
    missingSessions: missing.slice(0, MAX_MISSING_SESSIONS),
    uncheckedRows: stored.filter((session) => !calendar.knows(session)).length,
  }
}
