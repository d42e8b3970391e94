/** Records of cells from text: the delimiter that the header shows, and the parser that does the rest. */
import { pipeline } from 'node:stream'
import { parse } from 'csv-parse'
import { parse as parseText } from 'csv-parse/sync'
import { KospigraphError, messageOf } from '../../errors.js'
import { openText } from './file-bytes.js'
import type { ExaminedFile, OpenText } from './file-bytes.js'
import { fieldsNamed } from './header.js'

const DELIMITERS = [',', ';', '\t', '|'] as const
export type Delimiter = (typeof DELIMITERS)[number]

/** A longer line is not a bar; the bound keeps a file without line breaks from filling memory. */
const MAX_RECORD_BYTES = 65_536

/** The delimiter that makes the most known columns of the first line, or else the most cells. */
export function findDelimiter(head: string): Delimiter {
  const line = /^[^\r\n]+/.exec(head.replace(/^\uFEFF/, '').trimStart())?.[0] ?? ''
  let best: { delimiter: Delimiter; known: number; cells: number } | undefined
  for (const delimiter of DELIMITERS) {
    const cells = parseText(line, { delimiter, relax_quotes: true })[0] ?? []
    const known = fieldsNamed(cells).length
    if (!best || known > best.known || (known === best.known && cells.length > best.cells)) {
      best = { delimiter, known, cells: cells.length }
    }
  }
  return best?.delimiter ?? ','
}

export interface OpenRecords extends Pick<OpenText, 'readBytes' | 'checksum'> {
  /** Can be iterated once; stopping early closes the file. */
  readonly records: AsyncIterable<string[]>
}

export function openRecords(examined: ExaminedFile, delimiter: Delimiter): OpenRecords {
  const source = openText(examined)
  return {
    records: recordsOf(source.text, examined.file, delimiter),
    readBytes: () => source.readBytes(),
    checksum: () => source.checksum(),
  }
}

async function* recordsOf(
  text: OpenText['text'],
  file: string,
  delimiter: Delimiter,
): AsyncGenerator<string[]> {
  const parser = parse({
    bom: true,
    delimiter,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_BYTES,
    trim: true,
  })
  const records = pipeline(text, parser, () => undefined) as AsyncIterable<string[]>
  let line = 0
  try {
    for await (const record of records) {
      yield record
      line += 1
    }
  } catch (cause) {
    const after = line === 0 ? 'at its start' : `after line ${line}`
    throw new KospigraphError('BAD_USER_INPUT', `${file} breaks off ${after}: ${messageOf(cause)}`, { cause })
  }
}
