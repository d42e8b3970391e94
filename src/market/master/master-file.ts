/** Symbol master files: reads the listings that people download, as rows of instruments and rows that are none. */
import type { MasterRow } from '../../domain/bars/instruments/listed-instrument.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import { MAX_SYMBOLS } from '../../domain/symbol.js'
import { KospigraphError } from '../../errors.js'
import { ENCODING_NAMES } from '../csv/encoding.js'
import { examineFile } from '../csv/file-bytes.js'
import { findDelimiter, openRecords } from '../csv/records.js'
import { masterColumns } from './master-columns.js'
import { readInstrument } from './master-row.js'

export interface MasterFile {
  readonly rows: readonly MasterRow[]
  readonly problems: readonly { readonly row: number; readonly code: string; readonly message: string }[]
  /** The columns that were read, and the encoding where it is not UTF-8. */
  readonly notes: readonly string[]
}

/**
 * Reads a master.
 * @throws KospigraphError BAD_USER_INPUT for a file that is unreadable, has no codes and names, or too many rows
 */
export async function readMasterFile(file: string): Promise<MasterFile> {
  const examined = await examineFile(file)
  const { records } = openRecords(examined, findDelimiter(examined.head))
  const all: string[][] = []
  for await (const batch of records) {
    all.push(...batch.filter((record) => record.some((cell) => cell !== '')))
    if (all.length <= MAX_SYMBOLS + 1) continue
    const message = `${file} has more than ${MAX_SYMBOLS} rows; expected a list with one row an instrument`
    throw new KospigraphError('BAD_USER_INPUT', message)
  }
  const [heading = [], ...rest] = all
  const columns = masterColumns(heading)
  const hasCode = columns.code !== undefined || columns.standardCode !== undefined
  const hasName = columns.nameKo !== undefined || columns.fullNameKo !== undefined
  if (!hasCode || !hasName) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `${file} is not a list of instruments: its first line reads "${sanitizeText(heading.join(','))}"; expected ` +
        'columns for code and name, such as 단축코드 and 한글 종목약명, Code and Name, or 티커 and 종목명',
    )
  }
  const rows: MasterRow[] = []
  const problems: { row: number; code: string; message: string }[] = []
  for (const [at, record] of rest.entries()) {
    const row = at + 1
    const read = readInstrument(record, columns)
    if ('problem' in read)
      problems.push({ row, code: sanitizeText(read.code), message: sanitizeText(read.problem) })
    else rows.push({ ...read, row })
  }
  const used = Object.values(columns).map((at) => heading[at] ?? '')
  const encoding = examined.encoding === 'utf-8' ? [] : [ENCODING_NAMES[examined.encoding]]
  return { rows, problems, notes: [...encoding, `columns ${sanitizeText(used.join(', '))}`] }
}
