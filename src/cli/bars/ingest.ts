/** `kospigraph ingest <file.csv>`: stores bars from a file, with progress, and reports what became of its rows. */
import { basename } from 'node:path'
import { RANK_OF_PEOPLE } from '../../domain/bars/delivery.js'
import type { PriceBasis } from '../../domain/bars/price-basis.js'
import type { ExcludedRow } from '../../domain/bars/row-outcome.js'
import { requireSymbolCode } from '../../domain/bars/instruments/symbol-code.js'
import { openBarFile } from '../../market/csv/bar-file.js'
import type { BarFileOptions } from '../../market/csv/bar-file.js'
import type { TradingHoursBasis } from '../../domain/trading-hours-basis.js'
import type { IngestBars, IngestResult } from '../../services/bars/ingest-bars.js'
import { table } from '../terminal/layout.js'
import { count, counted } from '../terminal/numbers.js'
import type { Terminal } from '../terminal/terminal.js'

const SHOWN_PROBLEMS = 20
const SHOWN_SYMBOLS = 10
/** Symbols in the JSON result; all are counted. */
const MAX_JSON_SYMBOLS = 1_000
const BYTES_PER_MB = 1_000_000

export interface IngestOptions {
  readonly file: string
  /** What the file leaves open, such as the symbol of its bars. */
  readonly reading: BarFileOptions
  readonly skipInvalid: boolean
  readonly acceptAdjustments: boolean
  /** What the user states of the file's basis; the rest is that of its format. */
  readonly basis?: Partial<PriceBasis>
  readonly replaceBasis?: boolean
  readonly signal: AbortSignal
}

/** @returns the exit code: 1 where the file was rejected */
export async function runIngest(
  ingestBars: IngestBars,
  terminal: Terminal,
  options: IngestOptions,
): Promise<0 | 1> {
  const { symbol: named } = options.reading
  const symbol = named === undefined ? undefined : requireSymbolCode(named)
  const started = performance.now()
  const source = await openBarFile(options.file, { ...options.reading, symbol })
  const { name, notes } = source.format
  terminal.print(`${basename(options.file)}: read as ${[name, ...notes].join('; ')}.`)
  const totalMb = toMb(source.sizeBytes)
  const bar = await terminal.progress(basename(options.file), totalMb, 'MB')
  let result: IngestResult
  try {
    result = await ingestBars({
      source: 'FILE',
      label: basename(options.file),
      rank: RANK_OF_PEOPLE,
      basis: { ...source.basis, ...options.basis },
      replaceBasis: options.replaceBasis ?? false,
      note: [name, ...notes].join('; '),
      batches: source.batches,
      checksum: () => source.checksum(),
      onInvalid: options.skipInvalid ? 'SKIP' : 'FAIL',
      acceptAdjustments: options.acceptAdjustments,
      signal: options.signal,
      onProgress: ({ rows, rejected }) => {
        const readMb = toMb(source.readBytes())
        const counts = `${counted(rows, 'row')}${rejected > 0 ? `, ${count(rejected)} rejected` : ''}`
        bar.update(readMb, readMb < totalMb ? counts : `${counts}, all read`)
      },
    })
    bar.finish(counted(result.received, 'row'))
  } finally {
    bar.stop()
  }
  const { file, skipInvalid } = options
  const seconds = (performance.now() - started) / 1_000
  report(result, terminal, { file, skipInvalid, seconds })
  terminal.result({
    file,
    format: name,
    formatNotes: notes,
    ...result,
    // Only dry runs have them.
    changes: undefined,
    changedSymbols: result.symbols.length,
    symbols: result.symbols.slice(0, MAX_JSON_SYMBOLS),
    seconds,
  })
  return result.status === 'REJECTED' ? 1 : 0
}

/** Rounded up to two decimals, so that a small file has a bar as well. */
function toMb(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / (BYTES_PER_MB / 100))) / 100
}

interface Reported {
  readonly file: string
  readonly skipInvalid: boolean
  readonly seconds: number
}

function report(result: IngestResult, terminal: Terminal, { file, skipInvalid, seconds }: Reported): void {
  const { received, stored, corrected, unchanged, flagged, flags, dropped, rejected, symbols } = result
  const counts = [
    `${count(stored)} stored`,
    ...(corrected > 0 ? [`${count(corrected)} corrected`] : []),
    `${count(unchanged)} unchanged`,
    ...(dropped > 0 ? [`${count(dropped)} dropped`] : []),
    `${count(rejected)} rejected`,
  ]
  terminal.print(
    `${basename(file)}: ${counted(received, 'row')} in ${seconds.toFixed(1)} s: ${counts.join(', ')}.`,
  )
  if (flagged > 0) {
    terminal.print(`  flagged: ${flags.map(({ flag, rows }) => `${count(rows)} ${flag}`).join(', ')}`)
  }
  const first = symbols.slice(0, SHOWN_SYMBOLS)
  for (const symbol of first) {
    const changes = [
      counted(symbol.stored, 'new bar'),
      ...(symbol.corrected > 0 ? [`${count(symbol.corrected)} corrected`] : []),
    ]
    terminal.print(`  ${symbol.code}: ${changes.join(', ')}, data version ${symbol.dataVersion}`)
  }
  if (symbols.length > first.length)
    terminal.print(`  … and ${count(symbols.length - first.length)} more symbols`)
  for (const { symbol, from, to } of result.basisChanges) {
    terminal.print(`  ${symbol}: its closes since 2026-09-14 are ${HOURS[to]} now; before, ${HOURS[from]}`)
  }
  for (const { symbol, ratio, firstSession, lastSession, accepted } of result.adjustments) {
    if (!accepted) continue
    const span = `${firstSession} to ${lastSession}`
    terminal.print(`  ${symbol}: prices from ${span} were adjusted by ${ratio.toPrecision(6)}`)
  }
  const older = new Map(result.adjustments.map(({ symbol, barsBefore }) => [symbol, barsBefore]))
  for (const [symbol, bars] of older) {
    if (bars > 0 && result.status === 'STORED')
      terminal.note(`  ${symbol}: ${count(bars)} bars before the file's first keep their old prices`)
  }
  listRows(terminal, 'dropped rows', result.droppedRows, dropped)
  listRows(terminal, 'problems', result.problems, rejected)
  if (rejected > 0) terminal.note(adviceFor(result, skipInvalid))
}

const HOURS: Readonly<Record<TradingHoursBasis, string>> = {
  REGULAR: 'those of 15:30',
  EXTENDED: 'those of 20:00',
  UNKNOWN: 'of unknown hours',
}

/** The first rows of a kind, with their reasons. */
function listRows(terminal: Terminal, kind: string, rows: readonly ExcludedRow[], total: number): void {
  const shown = rows.slice(0, SHOWN_PROBLEMS)
  const cells = shown.map(({ row, symbol, session, code, message }) => [
    ...[`  row ${row}`, symbol, session, code, message],
  ])
  terminal.note(table(cells, { width: terminal.noteColumns }))
  if (shown.length > 0 && shown.length < total) {
    terminal.note(`  … the first ${shown.length} ${kind} are shown`)
  }
}

function adviceFor({ status, ingestionId, problems }: IngestResult, skipInvalid: boolean): string {
  if (problems.some(({ code }) => code === 'BACK_ADJUSTMENT')) {
    const orLeaveOut = skipInvalid ? '' : ', or leave them out with --skip-invalid'
    return `Nothing of these symbols was stored. Replace their prices with --accept-adjustments${orLeaveOut}.`
  }
  if (problems.some(({ code }) => code === 'PRICE_BASIS')) {
    const stored = skipInvalid ? 'Their rows from 2026-09-14 on were not stored' : 'Nothing was stored'
    return `${stored}; the messages above name the remedies. State only a basis that the source has.`
  }
  if (!skipInvalid) return 'Nothing was stored. Correct these rows, or leave them out with --skip-invalid.'
  const kept = ingestionId === null ? 'since they first came' : `under ingestion ${ingestionId}`
  const reasons = `The rejected rows are kept with their reasons ${kept}.`
  return status === 'REJECTED' ? `No bar was stored, since every row was rejected. ${reasons}` : reasons
}
