/** Reads the sheet of bars of an Excel workbook (.xlsx), with bounds on what it unpacks to. */
import { unzipSync } from 'fflate'
import readWorkbook from 'read-excel-file/universal'
import { sanitizeText } from '../../domain/sanitize-text.js'
import { messageOf } from '../../errors.js'
import { MAX_TABLE_ROWS, cellText } from '../csv/cell-table.js'
import type { CellTable } from '../csv/cell-table.js'
import { candidatesIn } from '../csv/header.js'

/** A sheet of 300,000 daily bars; a bomb of zeros packs a thousand times as much into a small file. */
const MAX_UNPACKED_BYTES = 100_000_000
const MAX_ENTRIES = 2_000
/** Rows that may hold the names of the columns. */
const HEADING_ROWS = 21

/**
 * Reads the one sheet that has bars.
 * @throws Error with what was found, to follow the file's name
 */
export async function readWorkbookTable(bytes: Uint8Array): Promise<CellTable> {
  refuseBomb(bytes)
  const sheets = await readWorkbook(new Uint8Array(bytes).buffer, { parseNumber: (text) => text }).catch(
    (cause: unknown) => {
      throw new Error(`is an Excel workbook that cannot be read: ${messageOf(cause)}; export it as CSV`, {
        cause,
      })
    },
  )
  const withBars = sheets.filter(({ data }) =>
    data.slice(0, HEADING_ROWS).some((row) => namesBars(row.map(textOf))),
  )
  const [sheet] = withBars.length === 0 ? sheets : withBars
  if (withBars.length > 1) {
    const names = sanitizeText(withBars.map(({ sheet: name }) => name).join(', '))
    throw new Error(`has ${withBars.length} sheets of bars (${names}); save one of them alone, or as CSV`)
  }
  const rows = sheet?.data ?? []
  if (rows.length > MAX_TABLE_ROWS) {
    throw new Error(
      `has ${rows.length} rows, more than ${MAX_TABLE_ROWS} are read from a workbook; export it as CSV`,
    )
  }
  const records = rows.map((row) => row.map(textOf)).filter((row) => row.some((cell) => cell !== ''))
  return { records }
}

/** fflate inflates into a buffer of the size that the directory declares, so that the declared sizes are a bound. */
function refuseBomb(bytes: Uint8Array): void {
  let unpacked = 0
  let entries = 0
  try {
    unzipSync(bytes, {
      filter: ({ originalSize }) => {
        unpacked += originalSize
        entries += 1
        return false
      },
    })
  } catch (cause) {
    throw new Error(`is an Excel workbook that breaks off: ${messageOf(cause)}`, { cause })
  }
  if (unpacked > MAX_UNPACKED_BYTES || entries > MAX_ENTRIES) {
    throw new Error(
      `is an Excel workbook that unpacks to ${Math.round(unpacked / 1_000_000)} MB in ${entries} parts; at most ` +
        `${MAX_UNPACKED_BYTES / 1_000_000} MB in ${MAX_ENTRIES} are read; export it as CSV`,
    )
  }
}

/** Dates are days, with a time only where the cell has one. */
function textOf(value: unknown): string {
  return cellText(value)
    .replace(/T00:00:00\.000Z$/, '')
    .replace(/\.000Z$/, '')
}

function namesBars(names: readonly string[]): boolean {
  const candidates = candidatesIn(names)
  return (['open', 'high', 'low', 'close'] as const).every((field) => candidates[field].length > 0)
}
