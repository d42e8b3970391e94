/** `kospigraph ingest <file.csv>`: bars from a file, with progress, ending in what became of its rows. */
import { basename } from 'node:path'
import { RANK_OF_PEOPLE } from '../domain/delivery.js'
import { requireSymbolCode } from '../domain/symbol.js'
import { openBarsCsv } from '../market/csv.js'
import type { IngestBars, IngestResult } from '../services/ingest-bars.js'
import { count, table } from './terminal.js'
import type { Terminal } from './terminal.js'

const SHOWN_PROBLEMS = 20
const SHOWN_SYMBOLS = 10
const BYTES_PER_MB = 1_000_000

export interface IngestOptions {
  readonly file: string
  readonly symbol: string | undefined
  readonly skipInvalid: boolean
  readonly signal: AbortSignal
}

/** @returns the exit code: 1 where the file was rejected */
export async function runIngest(
  ingestBars: IngestBars,
  terminal: Terminal,
  options: IngestOptions,
): Promise<0 | 1> {
  if (options.symbol !== undefined) requireSymbolCode(options.symbol)
  const started = performance.now()
  const source = await openBarsCsv(options.file, options.symbol)
  const totalMb = toMb(source.sizeBytes)
  const bar = terminal.progress(basename(options.file), totalMb, 'MB')
  let result: IngestResult
  try {
    result = await ingestBars({
      source: 'FILE',
      label: basename(options.file),
      rank: RANK_OF_PEOPLE,
      batches: source.batches,
      checksum: () => source.checksum(),
      onInvalid: options.skipInvalid ? 'SKIP' : 'FAIL',
      signal: options.signal,
      onProgress: ({ rows, rejected }) => {
        const readMb = toMb(source.readBytes())
        const counts = `${count(rows)} rows${rejected > 0 ? `, ${count(rejected)} rejected` : ''}`
        bar.update(readMb, readMb < totalMb ? counts : `${counts}, all read`)
      },
    })
    bar.update(totalMb, `${count(result.received)} rows`)
  } finally {
    bar.stop()
  }
  const { file, skipInvalid } = options
  report(result, terminal, { file, skipInvalid, seconds: (performance.now() - started) / 1_000 })
  return result.status === 'REJECTED' ? 1 : 0
}

/** To two decimals, and never 0, so that a small file has a bar as well. */
function toMb(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / (BYTES_PER_MB / 100))) / 100
}

interface Reported {
  readonly file: string
  readonly skipInvalid: boolean
  readonly seconds: number
}

function report(result: IngestResult, terminal: Terminal, { file, skipInvalid, seconds }: Reported): void {
  const { received, stored, unchanged, flagged, rejected, symbols, problems } = result
  const counts = [
    `${count(stored)} stored${flagged > 0 ? ` (${count(flagged)} flagged)` : ''}`,
    `${count(unchanged)} unchanged`,
    `${count(rejected)} rejected`,
  ]
  terminal.print(
    `${basename(file)}: ${count(received)} rows in ${seconds.toFixed(1)} s: ${counts.join(', ')}.`,
  )
  const first = symbols.slice(0, SHOWN_SYMBOLS)
  for (const symbol of first) {
    terminal.print(
      `  ${symbol.code}: ${count(symbol.stored)} new ${symbol.stored === 1 ? 'bar' : 'bars'}, data version ${symbol.dataVersion}`,
    )
  }
  if (symbols.length > first.length)
    terminal.print(`  … and ${count(symbols.length - first.length)} more symbols`)
  if (problems.length === 0) return

  const shown = problems.slice(0, SHOWN_PROBLEMS)
  const rows = shown.map(({ row, symbol, session, code, message }) => [
    `  row ${row}`,
    symbol,
    session,
    code,
    message,
  ])
  for (const line of table(rows)) terminal.note(line)
  if (rejected > 0 && shown.length < problems.length)
    terminal.note(`  … the first ${SHOWN_PROBLEMS} problems are shown`)
  terminal.note(adviceFor(result, skipInvalid))
}

function adviceFor({ status, ingestionId }: IngestResult, skipInvalid: boolean): string {
  if (!skipInvalid) return 'Nothing was stored. Correct these rows, or leave them out with --skip-invalid.'
  const kept = ingestionId === null ? 'since they first came' : `under ingestion ${ingestionId}`
  const reasons = `The rejected rows are kept with their reasons ${kept}.`
  return status === 'REJECTED' ? `No bar was stored: no row can be. ${reasons}` : reasons
}
