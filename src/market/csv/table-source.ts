/** Opens a file as a table of cells, by its content: delimited text as a stream; JSON, a workbook or Parquet whole. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { KospigraphError, messageOf } from '../../errors.js'
import { readJsonTable } from '../json/json-table.js'
import { readParquetTable } from '../parquet/parquet-table.js'
import { readWorkbookTable } from '../xlsx/workbook.js'
import type { CellTable } from './cell-table.js'
import { ENCODING_NAMES } from './encoding.js'
import { examineFile, firstBytes } from './file-bytes.js'
import { wholeKind } from './foreign-content.js'
import type { WholeKind } from './foreign-content.js'
import { BATCH_RECORDS, findDelimiter, openRecords } from './records.js'
import type { OpenRecords } from './records.js'

export interface TableSource {
  /** Size on disk, in bytes. */
  readonly sizeBytes: number
  /** Opens the records at the beginning; may be called again. */
  open(): OpenRecords
  /** The symbol that the file names outside its rows. */
  readonly ticker: string | undefined
  readonly notes: readonly string[]
}

/** Larger ones belong into CSV, which is read as a stream. */
const MAX_WHOLE_BYTES = 64_000_000
const NAMES: Readonly<Record<WholeKind, string>> = {
  json: 'JSON',
  xlsx: 'Excel workbook',
  parquet: 'Parquet',
}

/** @throws KospigraphError BAD_USER_INPUT for a file that is unreadable, too large or none of these kinds */
export async function openTable(file: string): Promise<TableSource> {
  const kind = wholeKind(await firstBytes(file))
  return kind === undefined ? openText(file) : openWhole(file, kind)
}

async function openText(file: string): Promise<TableSource> {
  const examined = await examineFile(file)
  const delimiter = findDelimiter(examined.head)
  return {
    sizeBytes: examined.sizeBytes,
    open: () => openRecords(examined, delimiter),
    ticker: undefined,
    notes: examined.encoding === 'utf-8' ? [] : [ENCODING_NAMES[examined.encoding]],
  }
}

async function openWhole(file: string, kind: WholeKind): Promise<TableSource> {
  const refuse = (message: string, cause?: unknown): never => {
    throw new KospigraphError('BAD_USER_INPUT', `${file} ${message}`, { cause })
  }
  const stored = await readFile(file).catch((cause: unknown) =>
    refuse(`cannot be read: ${messageOf(cause)}`, cause),
  )
  if (stored.length > MAX_WHOLE_BYTES) refuse(tooLarge(kind))
  const unpacked = await unpack(stored).catch((cause: unknown) =>
    (cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE'
      ? refuse(tooLarge(kind), cause)
      : refuse(`breaks off: ${messageOf(cause)}`, cause),
  )
  const table = await read(unpacked, kind).catch((cause: unknown) => refuse(messageOf(cause), cause))
  const checksum = createHash('sha256').update(stored).digest('hex')
  return {
    sizeBytes: stored.length,
    open: () => ({
      records: batchesOf(table.records),
      readBytes: () => stored.length,
      checksum: () => checksum,
    }),
    ticker: table.ticker,
    notes: [NAMES[kind]],
  }
}

async function unpack(stored: Buffer): Promise<Uint8Array> {
  if (stored[0] !== 0x1f || stored[1] !== 0x8b) return stored
  return promisify(gunzip)(stored, { maxOutputLength: MAX_WHOLE_BYTES })
}

async function read(bytes: Uint8Array, kind: WholeKind): Promise<CellTable> {
  switch (kind) {
    case 'json':
      return readJsonTable(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    case 'xlsx':
      return readWorkbookTable(bytes)
    case 'parquet':
      return readParquetTable(bytes)
  }
}

function tooLarge(kind: WholeKind): string {
  return `is larger than the ${MAX_WHOLE_BYTES / 1_000_000} MB that are read of ${NAMES[kind]}; convert it to CSV`
}

async function* batchesOf(records: readonly string[][]): AsyncGenerator<string[][]> {
  await Promise.resolve()
  for (let at = 0; at < records.length; at += BATCH_RECORDS) yield records.slice(at, at + BATCH_RECORDS)
}
