/** Reads deliveries: past and new ones, the rows that they excluded, and the values that corrections replaced. */
import { requireOrder } from '../../domain/calendar/date-range.js'
import type { DateRange } from '../../domain/calendar/date-range.js'
import { mapEach } from '../../domain/queue/cancellable.js'
import type { BarRevision, ChangedCodes, Ingestion } from '../../domain/bars/delivery.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { BarsTold } from '../../domain/queue/event.js'
import type { BarRevisionStore, RevisionCursor } from '../../db/bars/bar-revisions.js'
import type { IngestionStore } from '../../db/bars/ingestions.js'
import type { SymbolStore } from '../../db/symbols.js'
import { KospigraphError } from '../../errors.js'
import type { EventFeed } from '../queue/event-feed.js'
import { shareReads } from '../shared-reads.js'
import { requireStoredSymbol } from '../stored-symbol.js'

export type { RevisionCursor }

/** Most codes named of the symbols that a delivery changed; all are counted. */
export const MAX_NAMED_CODES = 20

/** New deliveries remembered, so that all listeners of this process share one read. */
const MAX_SHARED_INGESTIONS = 100

export interface Ingestions {
  ingestion(id: number): Promise<Ingestion | undefined>
  /** All deliveries, or those that changed one symbol; newest first. */
  ingestions(code: string | undefined, request: PageRequest<number>): Promise<Page<Ingestion>>
  /** @throws KospigraphError BAD_USER_INPUT where there is no such delivery */
  readonly excludedRows: IngestionStore['excludedRows']
  /** In the order of the ids. */
  changedCodes(ingestionIds: readonly number[]): Promise<ChangedCodes[]>
  barRevisions(
    code: string,
    range: DateRange,
    request: PageRequest<RevisionCursor>,
  ): Promise<Page<BarRevision>>
  /**
   * Yields deliveries that change bars from now on, of one symbol or of all.
   * @throws KospigraphError BAD_USER_INPUT for a symbol that is not stored
   */
  ingested(code: string | undefined): Promise<AsyncIterableIterator<Ingestion>>
}

export function createIngestions(deps: {
  symbols: SymbolStore
  ingestions: IngestionStore
  revisions: BarRevisionStore
  feed: EventFeed
}): Ingestions {
  const { symbols, ingestions, revisions, feed } = deps
  const sharedIngestion = shareReads((id: number) => ingestions.byId(id), MAX_SHARED_INGESTIONS)
  return {
    ingestion: (id) => ingestions.byId(id),
    async ingestions(code, request) {
      const symbol = code === undefined ? undefined : await requireStoredSymbol(symbols, code)
      return ingestions.page(symbol?.id, request)
    },
    async excludedRows(ingestionId, outcome, request) {
      if (!(await ingestions.byId(ingestionId))) {
        const message = `ingestion: there is no delivery ${ingestionId}; ingestions lists them`
        throw new KospigraphError('BAD_USER_INPUT', message)
      }
      return ingestions.excludedRows(ingestionId, outcome, request)
    },
    async changedCodes(ids) {
      const found = await ingestions.changedCodes(ids, MAX_NAMED_CODES)
      return ids.map((id) => found.get(id) ?? { count: 0, codes: [] })
    },
    async barRevisions(code, range, request) {
      requireOrder(range)
      const symbol = await requireStoredSymbol(symbols, code)
      return revisions.page(symbol.id, range, request)
    },
    async ingested(code) {
      const symbol = code === undefined ? undefined : await requireStoredSymbol(symbols, code)
      return mapEach(feed.listen('bars'), async ({ payload }) => {
        const { ingestionId, codes } = payload as BarsTold
        // A large delivery lists no codes, so every listener receives it.
        const isConcerned = symbol === undefined || codes === null || codes.includes(symbol.code)
        return isConcerned ? sharedIngestion(ingestionId) : undefined
      })
    },
  }
}
