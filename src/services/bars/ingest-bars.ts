/**
 * Ingests bars: checks every row of a delivery, compares it with the stored bars, and stores the delivery in one
 * transaction. Files, programs and providers all use this path.
 */
import { createBarCheck } from '../../domain/bars/bar-check.js'
import type { CheckBar, CheckedRow } from '../../domain/bars/bar-check.js'
import { MAX_LISTED_CHANGES } from '../../domain/bars/bar-change.js'
import type { BarChange } from '../../domain/bars/bar-change.js'
import type { BarFlag } from '../../domain/bars/bar.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Clock } from '../../domain/clock.js'
import type { Adjustment, DeliveryOrigin } from '../../domain/bars/delivery.js'
import { UNKNOWN_BASIS } from '../../domain/bars/price-basis.js'
import type { PriceBasis, TradingHoursBasis } from '../../domain/bars/price-basis.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import { excludedRow } from '../../domain/bars/row-outcome.js'
import type { DroppedRow, RawBar, RowFault, RowProblem } from '../../domain/bars/row-outcome.js'
import type { StagedRow } from '../../db/bars/staged-row-bytes.js'
import type { ChangedSymbol } from '../../db/bars/apply-staged-bars.js'
import type { DeliveredAction, Settled, StagedSymbol, WithBarWriter } from '../../db/bars/bar-writer.js'
import type { BasisChange } from '../../db/bars/price-basis-check.js'
import { mergeExcludedRows } from '../../db/bars/excluded-rows.js'
import type { ExcludedRows } from '../../db/bars/excluded-rows.js'
import { createDeliverySymbols } from './delivery-symbols.js'
import type { DeliverySymbols } from './delivery-symbols.js'
import type { Instruments } from './instruments.js'

export const ON_INVALID = ['FAIL', 'SKIP'] as const
/** What a rejected row causes. `FAIL`: nothing is stored. `SKIP`: all other rows are stored. */
export type OnInvalid = (typeof ON_INVALID)[number]

export const INGEST_STATUSES = ['STORED', 'UNCHANGED', 'REJECTED'] as const
export type IngestStatus = (typeof INGEST_STATUSES)[number]

/** Most rows of each kind that a result lists; all are counted. */
export const MAX_LISTED_ROWS = 1_000
/** Most rows of each kind that are stored with a delivery, to be read in pages; all are counted. */
export const MAX_KEPT_ROWS = 10_000

export interface IngestRequest extends DeliveryOrigin {
  readonly batches: AsyncIterable<readonly RawBar[]> | Iterable<readonly RawBar[]>
  /** SHA-256 of the delivery in hexadecimal; called after the last batch. */
  readonly checksum: () => string
  readonly onInvalid: OnInvalid
  /** Whether back-adjusted prices replace the stored ones. */
  readonly acceptAdjustments?: boolean
  /** Whether everything is done and then rolled back: the result reports what would change. */
  readonly dryRun?: boolean
  /** The basis that the source states; by default unknown. */
  readonly basis?: PriceBasis
  /** The basis of closes that a symbol without bars of sessions with an after-market shall get; by default the source's. */
  readonly wantedCloseBasis?: TradingHoursBasis | undefined
  /** Whether closes of another basis replace the stored ones of a symbol, all or none. */
  readonly replaceBasis?: boolean
  /** Corporate actions that the source states, of symbols of the delivery. */
  readonly actions?: readonly DeliveredAction[]
  /** The recognised format. */
  readonly note?: string
  readonly onProgress?: (progress: { readonly rows: number; readonly rejected: number }) => void
  readonly signal?: AbortSignal
}

export interface IngestResult {
  /** `STORED`: at least one bar is new or corrected. `UNCHANGED`: none is. `REJECTED`: nothing was stored; see problems. */
  readonly status: IngestStatus
  readonly received: number
  /** New bars. */
  readonly stored: number
  /** Bars whose earlier values are now revisions. */
  readonly corrected: number
  readonly unchanged: number
  /** How many stored and corrected bars have a quality flag. */
  readonly flagged: number
  readonly flags: readonly { readonly flag: BarFlag; readonly rows: number }[]
  /** Rows dropped as known dirt, or because a higher-ranked delivery has another bar. */
  readonly dropped: number
  /** The first {@link MAX_LISTED_ROWS}, by row. */
  readonly droppedRows: readonly DroppedRow[]
  readonly rejected: number
  /** The first {@link MAX_LISTED_ROWS}, by row and field. */
  readonly problems: readonly RowProblem[]
  readonly adjustments: readonly Adjustment[]
  /** Symbols whose stored closes have another basis now. */
  readonly basisChanges: readonly BasisChange[]
  readonly symbols: readonly ChangedSymbol[]
  /** Of a dry run, the first {@link MAX_LISTED_CHANGES} changes, newest sessions first; otherwise none. */
  readonly changes: readonly BarChange[]
  /** Null where nothing was recorded. */
  readonly ingestionId: number | null
}

/** @throws KospigraphError BAD_USER_INPUT for more than 20,000 symbols; the signal's reason where it aborts */
export type IngestBars = (request: IngestRequest) => Promise<IngestResult>

interface Checked {
  readonly received: number
  readonly rejected: ExcludedRows<RowProblem['code']>
  readonly dropped: ExcludedRows<DroppedRow['code']>
  /** In the order of their ordinals. */
  readonly symbols: readonly StagedSymbol[]
}

export function createIngestBars(deps: {
  withBarWriter: WithBarWriter
  calendar: Calendar
  clock: Clock
  instruments: Pick<Instruments, 'directory'>
}): IngestBars {
  const { calendar } = deps
  return async (request) => {
    const now = deps.clock.now()
    const {
      source,
      rank,
      onInvalid,
      acceptAdjustments = false,
      actions = [],
      dryRun = false,
      basis = UNKNOWN_BASIS,
    } = request
    const origin = { source, rank, label: sanitizeText(request.label), note: request.note ?? null }
    const symbols = createDeliverySymbols(await deps.instruments.directory(), basis.volumeBasis)
    const { result } = await deps.withBarWriter(async (writer) => {
      const lastClosed = calendar.lastClosedSession(now)
      const checkBar = createBarCheck(calendar, lastClosed, request.basis?.adjustment)
      const checked = await checkBatches(request, symbols, checkBar, (rows) => writer.stage(rows))
      if (checked.rejected.count > 0 && onInvalid === 'FAIL')
        return { keep: false, result: rejection(checked, []) }

      const settled = await writer.settle({
        symbols: checked.symbols,
        now,
        acceptAdjustments,
        actions,
        basis: {
          origin,
          stated: basis,
          wantedClose: request.wantedCloseBasis,
          replace: request.replaceBasis ?? false,
        },
        rowLimit: MAX_KEPT_ROWS,
      })
      const all = {
        ...checked,
        rejected: mergeExcludedRows([checked.rejected, settled.rejected], MAX_KEPT_ROWS),
        dropped: mergeExcludedRows([checked.dropped, settled.dropped], MAX_KEPT_ROWS),
      }
      if (all.rejected.count > 0 && onInvalid === 'FAIL')
        return { keep: false, result: rejection(all, settled.adjustments) }

      const outcome = outcomeOf(all, settled)
      const checksum = request.checksum()
      // A delivery that changes nothing is not recorded, unless it has rejected rows and has not been recorded before.
      if (
        settled.changing === 0 &&
        settled.changingActions === 0 &&
        (all.rejected.count === 0 || (await writer.knows(checksum)) !== undefined)
      ) {
        // What was found out about a symbol is kept all the same.
        const keep = settled.basisChanged && !dryRun
        if (keep) await writer.keepBasis()
        return { keep, result: outcome }
      }
      const { symbols: changed, ...stored } = await writer.store({
        ...origin,
        checksum,
        adjustment: basis.adjustment,
        receivedRows: all.received,
        unchangedRows: settled.unchanged,
        droppedRows: all.dropped.count,
        rejectedRows: all.rejected.count,
        dropped: all.dropped.rows,
        rejected: all.rejected.rows,
        // Read the clock once the symbols are locked: this is the knowledge time.
        at: deps.clock.now(),
      })
      const sum = (of: (symbol: ChangedSymbol) => number): number =>
        changed.reduce((total, symbol) => total + of(symbol), 0)
      const counts = { stored: sum((one) => one.stored), corrected: sum((one) => one.corrected) }
      const result = { ...outcome, ...counts, ...stored, symbols: changed }
      if (!dryRun) return { keep: true, result }
      const changes = await writer.changes(stored.ingestionId, MAX_LISTED_CHANGES)
      return { keep: false, result: { ...result, changes, ingestionId: null } }
    })
    return result
  }
}

async function checkBatches(
  request: IngestRequest,
  symbols: DeliverySymbols,
  checkBar: CheckBar,
  stage: (rows: StagedRow[]) => Promise<void>,
): Promise<Checked> {
  const problems: RowProblem[] = []
  const droppedRows: DroppedRow[] = []
  let [received, rejected, dropped] = [0, 0, 0]
  for await (const batch of request.batches) {
    request.signal?.throwIfAborted()
    const staged: StagedRow[] = []
    for (const raw of batch) {
      received += 1
      const symbol = symbols.of(raw.symbol)
      const checked =
        typeof symbol === 'string'
          ? problemOf(raw, { field: 'symbol', code: 'INVALID_SYMBOL', message: symbol })
          : checkedRow(raw, checkBar(raw, symbol.definition))
      if (checked.kind === 'problems') {
        rejected += 1
        if (problems.length < MAX_KEPT_ROWS) problems.push(...checked.problems)
      } else if (checked.kind === 'dropped') {
        dropped += 1
        if (droppedRows.length < MAX_KEPT_ROWS) droppedRows.push(checked.row)
      } else if (typeof symbol !== 'string') {
        staged.push(symbol.stagedRow(raw, checked))
      }
    }
    // After the first rejection of an all-or-nothing delivery, the remaining rows are only checked.
    if (staged.length > 0 && (rejected === 0 || request.onInvalid === 'SKIP')) await stage(staged)
    request.onProgress?.({ rows: received, rejected })
  }
  return {
    received,
    rejected: { count: rejected, rows: problems.slice(0, MAX_KEPT_ROWS) },
    dropped: { count: dropped, rows: droppedRows },
    symbols: symbols.all(),
  }
}

/** A fault that the source names counts for bars; rows that are dropped, doubtful or rejected anyway have other reasons. */
function checkedRow(raw: RawBar, checked: CheckedRow): CheckedRow {
  return checked.kind === 'bar' && raw.fault !== undefined ? problemOf(raw, raw.fault) : checked
}

function problemOf(raw: RawBar, { field, code, message }: RowFault): CheckedRow {
  return { kind: 'problems', problems: [excludedRow(raw, field, code, message)] }
}

const NOTHING_STORED = {
  stored: 0,
  corrected: 0,
  flagged: 0,
  flags: [],
  symbols: [],
  changes: [],
  ingestionId: null,
} as const

function listed({
  received,
  rejected,
  dropped,
}: Omit<Checked, 'symbols'>): Pick<
  IngestResult,
  'received' | 'rejected' | 'problems' | 'dropped' | 'droppedRows'
> {
  return {
    received,
    rejected: rejected.count,
    problems: rejected.rows.slice(0, MAX_LISTED_ROWS),
    dropped: dropped.count,
    droppedRows: dropped.rows.slice(0, MAX_LISTED_ROWS),
  }
}

function rejection(checked: Omit<Checked, 'symbols'>, adjustments: readonly Adjustment[]): IngestResult {
  return {
    status: 'REJECTED',
    ...NOTHING_STORED,
    ...listed(checked),
    unchanged: 0,
    adjustments,
    basisChanges: [],
  }
}

/** The result before storing; the caller adds what was stored. */
function outcomeOf(checked: Omit<Checked, 'symbols'>, settled: Settled): IngestResult {
  const { unchanged, adjustments, basisChanges } = settled
  const changing = settled.changing + settled.changingActions
  const rejected = checked.rejected.count > 0 && unchanged === 0
  const status = changing > 0 ? 'STORED' : rejected ? 'REJECTED' : 'UNCHANGED'
  return { status, ...NOTHING_STORED, ...listed(checked), unchanged, adjustments, basisChanges }
}
