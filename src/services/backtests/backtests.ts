/** The use cases of existing backtests: read, follow and cancel them. */
import { NO_METRICS, hasEnded } from '../../domain/backtests/backtest.js'
import type {
  Backtest,
  BacktestProgress,
  BacktestRow,
  LeakCertificate,
} from '../../domain/backtests/backtest.js'
import type { Clock } from '../../domain/clock.js'
import { isId } from '../../domain/id.js'
import type { Page, PageRequest } from '../../domain/page.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { BacktestWriter } from '../../db/backtests/backtest-writer.js'
import type { BacktestCursor, BacktestStore } from '../../db/backtests/backtests.js'
import type { SymbolStore } from '../../db/symbols.js'
import { KospigraphError } from '../../errors.js'
import type { BacktestMetrics } from '../../ml/backtests/backtest-accumulator.js'
import type { EventFeed } from '../queue/event-feed.js'
import { followToEnd } from '../queue/follow-to-end.js'
import { requireStoredSymbol } from '../stored-symbol.js'

export type { BacktestCursor, BacktestMetrics }
export type StrategyPerformance = BacktestMetrics['strategy']['net']

/** Most certificates shown with a backtest. */
const MAX_CERTIFICATES = 20
const EXPORT_PAGE = 1_000

export interface BacktestEvent extends BacktestProgress {
  readonly backtestId: string
  /** Number among the events of the backtest, from 1. */
  readonly seq: number
}

export interface Backtests {
  backtest(id: string): Promise<Backtest | undefined>
  /** Newest first. */
  backtests(code: string | undefined, request: PageRequest<BacktestCursor>): Promise<Page<Backtest>>
  /** In the order of the ids; null until a backtest has ended. */
  metrics(ids: readonly string[]): Promise<(BacktestMetrics | null)[]>
  rows(id: string, request: PageRequest<number>): Promise<Page<BacktestRow>>
  /** All rows in pages, each read on demand. @throws KospigraphError BAD_USER_INPUT where there is no such backtest */
  allRows(id: string): AsyncGenerator<readonly BacktestRow[], void, void>
  /** In the order of the ids; the newest first for each. */
  certificates(ids: readonly string[]): Promise<(readonly LeakCertificate[])[]>
  /**
   * Events with a number above `seq`, up to the one that reports the end.
   * @throws KospigraphError BAD_USER_INPUT where there is no such backtest
   */
  follow(id: string, seq: number): AsyncIterableIterator<BacktestEvent>
  /** Cancels the backtest and keeps its rows. One that has ended stays unchanged. */
  cancel(id: string): Promise<Backtest>
}

export function createBacktests(deps: {
  readonly symbols: SymbolStore
  readonly backtests: BacktestStore
  readonly log: BacktestWriter
  readonly feed: EventFeed
  readonly clock: Clock
}): Backtests {
  const { backtests, feed } = deps
  const required = async (id: string): Promise<Backtest> => {
    const found = isId(id) ? await backtests.byId(id) : undefined
    if (found) return found
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `id: there is no backtest "${sanitizeText(id)}"; backtests lists them`,
    )
  }
  return {
    backtest: (id) => backtests.byId(id),
    async backtests(code, request) {
      const symbol = code === undefined ? undefined : await requireStoredSymbol(deps.symbols, code)
      return backtests.page(symbol?.id, request)
    },
    async metrics(ids) {
      const found = await backtests.metrics(ids)
      // This program wrote it from the same type.
      return ids.map((id) => (found.get(id) as BacktestMetrics | null | undefined) ?? null)
    },
    rows: (id, request) => backtests.rows(id, request),
    async *allRows(id) {
      await required(id)
      let after: number | undefined
      for (;;) {
        const request = { limit: EXPORT_PAGE, fromEnd: false, before: undefined, after }
        const { items, hasNextPage } = await backtests.rows(id, request)
        yield items
        if (!hasNextPage) return
        after = items.at(-1)?.ordinal
      }
    },
    async certificates(ids) {
      const found = await backtests.certificates(ids, MAX_CERTIFICATES)
      return ids.map((id) => found.get(id) ?? [])
    },
    follow: (id, seq) =>
      followToEnd<BacktestProgress, BacktestEvent>(feed, {
        topic: 'backtest',
        id,
        seq,
        isEnd: hasEnded,
        hasEnded: async () => hasEnded(await required(id)),
        toEvent: (progress, place) => ({ ...progress, backtestId: id, seq: place }),
      }),
    async cancel(id) {
      await required(id)
      await deps.log.cancel(
        id,
        {
          status: 'CANCELLED',
          fold: null,
          foldFailure: null,
          rows: [],
          doneFolds: 0,
          doneSessions: 0,
          metrics: NO_METRICS,
        },
        deps.clock.now(),
      )
      return required(id)
    },
  }
}
