/**
 * Bars from a CSV file: one header line naming date, open, high, low, close and volume in any case and
 * order, optionally a symbol column; other columns are ignored. Gzipped files are read as they are.
 *
 * Other vendors' shapes get a reader of their own beside this one.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { PassThrough, pipeline } from 'node:stream'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'
import type { RawBar } from '../domain/row-outcome.js'
import { readable } from '../domain/readable.js'
import { KospigraphError, messageOf } from '../errors.js'

const REQUIRED = ['date', 'open', 'high', 'low', 'close', 'volume'] as const
type Column = (typeof REQUIRED)[number]

/** Rows handed on at once: enough to amortise the hand-over, little enough to hold. */
const BATCH_ROWS = 2_000
/** A longer line is not a bar; the bound keeps a file without line breaks from filling memory. */
const MAX_LINE_BYTES = 65_536
const GZIP_MAGIC = 0x1f8b

export interface CsvSource {
  /** The file as it lies on disk, in bytes. */
  readonly sizeBytes: number
  /** Bytes of the file that have been read so far. */
  readBytes(): number
  /** Batches of rows; can be iterated once. */
  readonly batches: AsyncIterable<RawBar[]>
  /** SHA-256 of the file's bytes in hexadecimal; complete once `batches` has ended. */
  checksum(): string
}

/**
 * Opens a CSV file of bars.
 * @param symbol the symbol of every row, for a file without a symbol column
 * @throws KospigraphError BAD_USER_INPUT for an unreadable file, a missing column, or a symbol given twice
 */
export async function openBarsCsv(file: string, symbol: string | undefined): Promise<CsvSource> {
  const { sizeBytes, gzipped } = await lookAt(file).catch((cause: unknown) => {
    if (cause instanceof KospigraphError) throw cause
    throw new KospigraphError('BAD_USER_INPUT', `${file} cannot be read: ${messageOf(cause)}`, { cause })
  })
  const raw = createReadStream(file, { highWaterMark: 1 << 18 })
  const hash = createHash('sha256')
  raw.on('data', (chunk) => hash.update(chunk))
  // pipeline, unlike pipe, destroys the file when the reader stops early, and carries errors forward.
  const text: Readable = pipeline(raw, gzipped ? createGunzip() : new PassThrough(), () => undefined)
  let digest: string | undefined
  return {
    sizeBytes,
    readBytes: () => raw.bytesRead,
    batches: readBatches(text, file, symbol),
    checksum: () => (digest ??= hash.digest('hex')),
  }
}

async function lookAt(file: string): Promise<{ sizeBytes: number; gzipped: boolean }> {
  const handle = await open(file)
  try {
    const found = await handle.stat()
    if (!found.isFile()) throw new KospigraphError('BAD_USER_INPUT', `${file} is not a file; name a CSV file`)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return { sizeBytes: found.size, gzipped: bytesRead === 2 && buffer.readUInt16BE(0) === GZIP_MAGIC }
  } finally {
    await handle.close()
  }
}

async function* readBatches(
  text: Readable,
  file: string,
  symbol: string | undefined,
): AsyncGenerator<RawBar[]> {
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_LINE_BYTES,
    trim: true,
  })
  const records = pipeline(text, parser, () => undefined) as AsyncIterable<string[]>
  let columns: Columns | undefined
  let row = 0
  let batch: RawBar[] = []
  try {
    for await (const record of records) {
      if (!columns) {
        columns = findColumns(record, file, symbol)
        continue
      }
      row += 1
      batch.push(toRawBar(record, columns, row, symbol))
      if (batch.length === BATCH_ROWS) {
        yield batch
        batch = []
      }
    }
  } catch (cause) {
    if (cause instanceof KospigraphError) throw cause
    const after = row === 0 ? 'at its start' : `after row ${row}`
    throw new KospigraphError('BAD_USER_INPUT', `${file} breaks off ${after}: ${messageOf(cause)}`, { cause })
  }
  if (!columns)
    throw new KospigraphError('BAD_USER_INPUT', `${file} is empty; expected a header line and rows`)
  if (row === 0) throw new KospigraphError('BAD_USER_INPUT', `${file} has a header line and no rows`)
  if (batch.length > 0) yield batch
}

interface Columns {
  readonly at: Readonly<Record<Column, number>>
  readonly symbol: number | undefined
}

function findColumns(header: readonly string[], file: string, symbol: string | undefined): Columns {
  const names = header.map((name) => name.trim().toLowerCase())
  const twice = names.find(
    (name, index) => [...REQUIRED, 'symbol'].includes(name) && names.indexOf(name) !== index,
  )
  if (twice !== undefined) {
    throw new KospigraphError('BAD_USER_INPUT', `${file} has two columns named "${twice}"`)
  }
  const missing = REQUIRED.filter((name) => !names.includes(name))
  if (missing.length > 0) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `${file} has no column ${missing.join(', ')}: its first line reads "${readable(header.join(','))}"; ` +
        'expected a header line with Date, Open, High, Low, Close and Volume in any order',
    )
  }
  const symbolAt = names.indexOf('symbol')
  if (symbolAt >= 0 && symbol !== undefined) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `${file} names a symbol in every row; leave --symbol ${symbol} out`,
    )
  }
  if (symbolAt < 0 && symbol === undefined) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `${file} has no symbol column; say whose bars they are with --symbol`,
    )
  }
  const at = Object.fromEntries(REQUIRED.map((name) => [name, names.indexOf(name)])) as Record<Column, number>
  return { at, symbol: symbolAt < 0 ? undefined : symbolAt }
}

function toRawBar(
  record: readonly string[],
  columns: Columns,
  row: number,
  symbol: string | undefined,
): RawBar {
  const { at } = columns
  return {
    row,
    symbol: columns.symbol === undefined ? (symbol ?? '') : (record[columns.symbol] ?? ''),
    session: record[at.date] ?? '',
    open: record[at.open],
    high: record[at.high],
    low: record[at.low],
    close: record[at.close],
    volume: record[at.volume],
  }
}
