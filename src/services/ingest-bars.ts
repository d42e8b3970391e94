/**
 * Bars in: every delivery, from a file or a program, is checked row by row, compared with what is stored,
 * and kept whole or not at all.
 */
import { checkBar, rowProblem } from '../domain/bar-check.js'
import type { RawBar, RowProblem } from '../domain/bar-check.js'
import { lastClosedSession } from '../domain/calendar.js'
import { readable } from '../domain/readable.js'
import type { Clock } from '../domain/clock.js'
import { defineSymbol, symbolCodeProblem } from '../domain/symbol.js'
import type { SymbolDefinition } from '../domain/symbol.js'
import type { ChangedSymbol, Settled, StagedBar, WithBarWriter } from '../db/bar-writer.js'

export const ON_INVALID = ['FAIL', 'SKIP'] as const
/** What a row that cannot be stored means for the others: nothing is stored, or it alone is left out. */
export type OnInvalid = (typeof ON_INVALID)[number]

export const INGEST_STATUSES = ['STORED', 'UNCHANGED', 'REJECTED'] as const
export type IngestStatus = (typeof INGEST_STATUSES)[number]

/** Row problems that a result carries at most; all are counted. */
export const MAX_PROBLEMS = 1_000

export interface IngestRequest {
  readonly source: 'FILE' | 'API'
  /** The file's name, or what the client calls itself. */
  readonly label: string
  readonly batches: AsyncIterable<readonly RawBar[]> | Iterable<readonly RawBar[]>
  /** SHA-256 of the delivery in hexadecimal; asked for after the last batch. */
  readonly checksum: () => string
  readonly onInvalid: OnInvalid
  readonly onProgress?: (progress: { readonly rows: number; readonly rejected: number }) => void
  readonly signal?: AbortSignal
}

export interface IngestResult {
  /** `STORED`: at least one bar is new. `UNCHANGED`: none is. `REJECTED`: nothing was stored, see problems. */
  readonly status: IngestStatus
  readonly received: number
  readonly stored: number
  readonly unchanged: number
  /** Of the stored ones, those with a quality flag. */
  readonly flagged: number
  /** Rows that could not be stored, with those of a rejected delivery that would otherwise have been. */
  readonly rejected: number
  /** The first {@link MAX_PROBLEMS}, by row and field. */
  readonly problems: readonly RowProblem[]
  readonly symbols: readonly ChangedSymbol[]
  /** Null where nothing was recorded. */
  readonly ingestionId: number | null
}

export type IngestBars = (request: IngestRequest) => Promise<IngestResult>

interface Checked {
  readonly received: number
  readonly rejected: number
  readonly problems: RowProblem[]
  readonly symbols: readonly SymbolDefinition[]
}

export function createIngestBars(deps: { withBarWriter: WithBarWriter; clock: Clock }): IngestBars {
  return async (request) => {
    const now = deps.clock.now()
    const { result } = await deps.withBarWriter(async (writer) => {
      const checked = await checkBatches(request, now, (bars) => writer.stage(bars))
      if (checked.rejected > 0 && request.onInvalid === 'FAIL')
        return { keep: false, result: rejection(checked) }

      const settled = await writer.settle(checked.symbols, now, MAX_PROBLEMS)
      const rejected = checked.rejected + settled.problemRows
      const problems = [...checked.problems, ...settled.problems].slice(0, MAX_PROBLEMS)
      if (rejected > 0 && request.onInvalid === 'FAIL') {
        return { keep: false, result: rejection({ ...checked, rejected, problems }) }
      }

      const outcome = outcomeOf(checked.received, settled, rejected, problems)
      const checksum = request.checksum()
      // A delivery seen before, or one without news, writes nothing: not even the fact that it came again.
      if (settled.fresh === 0 && (rejected === 0 || (await writer.knows(checksum)) !== undefined)) {
        return { keep: false, result: outcome }
      }
      const { source } = request
      const label = readable(request.label)
      const stored = await writer.store({
        source,
        label,
        checksum,
        at: now,
        receivedRows: checked.received,
        rejectedRows: rejected,
        problems,
      })
      return { keep: true, result: { ...outcome, ...stored } }
    })
    return result
  }
}

async function checkBatches(
  request: IngestRequest,
  now: Date,
  stage: (bars: StagedBar[]) => Promise<void>,
): Promise<Checked> {
  const lastClosed = lastClosedSession(now)
  const definitions = new Map<string, SymbolDefinition | string>()
  const symbols = new Map<string, SymbolDefinition>()
  const problems: RowProblem[] = []
  let received = 0
  let rejected = 0
  for await (const batch of request.batches) {
    request.signal?.throwIfAborted()
    const bars: StagedBar[] = []
    for (const raw of batch) {
      received += 1
      const found = checkRow(raw, definitions, lastClosed)
      if ('problems' in found) {
        rejected += 1
        if (problems.length < MAX_PROBLEMS) problems.push(...found.problems)
        continue
      }
      symbols.set(raw.symbol, found.definition)
      bars.push(found.bar)
    }
    // After the first rejection of an all-or-nothing delivery the rest is only checked, not copied.
    if (bars.length > 0 && (rejected === 0 || request.onInvalid === 'SKIP')) await stage(bars)
    request.onProgress?.({ rows: received, rejected })
  }
  return { received, rejected, problems: problems.slice(0, MAX_PROBLEMS), symbols: [...symbols.values()] }
}

function checkRow(
  raw: RawBar,
  definitions: Map<string, SymbolDefinition | string>,
  lastClosed: ReturnType<typeof lastClosedSession>,
): { problems: readonly RowProblem[] } | { bar: StagedBar; definition: SymbolDefinition } {
  const { row, symbol } = raw
  let definition = definitions.get(symbol)
  if (definition === undefined) {
    definition = symbolCodeProblem(symbol) ?? defineSymbol(symbol)
    definitions.set(symbol, definition)
  }
  if (typeof definition === 'string') {
    return { problems: [rowProblem(raw, 'symbol', 'INVALID_SYMBOL', definition)] }
  }
  const checked = checkBar(raw, definition, lastClosed)
  if (checked.kind === 'problems') return { problems: checked.problems }
  return { definition, bar: { ...checked.bar, row, symbol } }
}

function rejection({ received, rejected, problems }: Omit<Checked, 'symbols'>): IngestResult {
  const nothing = { stored: 0, unchanged: 0, flagged: 0, symbols: [], ingestionId: null }
  return { status: 'REJECTED', received, rejected, problems, ...nothing }
}

function outcomeOf(
  received: number,
  { fresh, unchanged, flagged }: Settled,
  rejected: number,
  problems: readonly RowProblem[],
): IngestResult {
  const status = fresh > 0 ? 'STORED' : rejected > 0 && unchanged === 0 ? 'REJECTED' : 'UNCHANGED'
  return {
    status,
    received,
    stored: fresh,
    unchanged,
    flagged,
    rejected,
    problems,
    symbols: [],
    ingestionId: null,
  }
}
