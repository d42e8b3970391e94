/** Splits the text of a bar file into records of cells: finds the delimiter and chooses the parser. */
import { pipeline } from 'node:stream'
import { parse } from 'csv-parse'
import { parse as parseText } from 'csv-parse/sync'
import { KospigraphError, messageOf } from '../../errors.js'
import { openText } from './file-bytes.js'
import type { ExaminedFile, OpenText } from './file-bytes.js'
import { fieldsNamed } from './header.js'
import { MAX_RECORD_LENGTH, plainRecords } from './plain-records.js'

const DELIMITERS = [',', ';', '\t', '|'] as const
export type Delimiter = (typeof DELIMITERS)[number]

/** Records in a batch of csv-parse. */
export const BATCH_RECORDS = 500

/** Lines that may be the header: titles may stand above it. */
const HEADER_LINES = 20

/** Returns the delimiter that gives the most known columns in one of the first lines, or else the most cells in the first. */
export function findDelimiter(head: string): Delimiter {
  const lines = head
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/, HEADER_LINES * 2)
    .filter((line) => line.trim() !== '')
    .slice(0, HEADER_LINES)
  const cellsOf = (line: string, delimiter: Delimiter): string[] => {
    try {
      return parseText(line, { delimiter, relax_quotes: true, relax_column_count: true })[0] ?? []
    } catch {
      // A quoted cell goes on in the next line.
      return []
    }
  }
  let best: { delimiter: Delimiter; known: number; cells: number } | undefined
  for (const delimiter of DELIMITERS) {
    const rows = lines.map((line) => cellsOf(line, delimiter))
    const known = Math.max(0, ...rows.map((cells) => fieldsNamed(cells).length))
    const cells = rows[0]?.length ?? 0
    if (!best || known > best.known || (known === best.known && cells > best.cells)) {
      best = { delimiter, known, cells }
    }
  }
  return best?.delimiter ?? ','
}

export interface OpenRecords extends Pick<OpenText, 'readBytes' | 'checksum'> {
  /** Batches of records; can be iterated once, and stopping early closes the file. */
  readonly records: AsyncIterable<string[][]>
}

/** Opens the records of an examined file. */
export function openRecords(examined: ExaminedFile, delimiter: Delimiter): OpenRecords {
  const source = openText(examined)
  return {
    records: counted(recordsOf(source.text, examined, delimiter), examined.file),
    readBytes: () => source.readBytes(),
    checksum: () => source.checksum(),
  }
}

function recordsOf(
  text: OpenText['text'],
  { quoted }: ExaminedFile,
  delimiter: Delimiter,
): AsyncIterable<string[][]> {
  return quoted ? parsedRecords(text, delimiter) : plainRecords(text as AsyncIterable<Buffer>, delimiter)
}

async function* parsedRecords(text: OpenText['text'], delimiter: Delimiter): AsyncGenerator<string[][]> {
  const parser = parse({
    bom: true,
    delimiter,
    // All three: the parser's own choice, the first line end, would lose rows that end in another.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_LENGTH,
    trim: true,
  })
  let batch: string[][] = []
  try {
    for await (const record of pipeline(text, parser, () => undefined) as AsyncIterable<string[]>) {
      batch.push(record)
      if (batch.length < BATCH_RECORDS) continue
      yield batch
      batch = []
    }
  } catch (cause) {
    // Records before the error are yielded too.
    yield batch
    throw cause
  }
  yield batch
}

/**
 * Adds the line to an error of the parser.
 * @throws KospigraphError BAD_USER_INPUT with the last complete line
 */
async function* counted(records: AsyncIterable<string[][]>, file: string): AsyncGenerator<string[][]> {
  let line = 0
  try {
    for await (const batch of records) {
      yield batch
      line += batch.length
    }
  } catch (cause) {
    const after = line === 0 ? 'at its start' : `after line ${line}`
    throw new KospigraphError('BAD_USER_INPUT', `${file} breaks off ${after}: ${messageOf(cause)}`, { cause })
  }
}
