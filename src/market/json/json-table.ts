/**
 * Finds the table of bars in a JSON document, wherever an interface wraps it: an array of records or of rows, the shapes of
 * pandas (`split`, `columns`, `index`, `table`), records by date, lists by column, or lines of records.
 */
import { messageOf } from '../../errors.js'
import { readDate } from '../dates/date-shape.js'
import { MAX_TABLE_COLUMNS, MAX_TABLE_ROWS, cellText } from '../csv/cell-table.js'
import type { CellTable } from '../csv/cell-table.js'
import { candidatesIn } from '../csv/header.js'
import { isObject, yahooTable } from './yahoo-chart.js'
import type { JsonObject } from './yahoo-chart.js'

/** Interfaces wrap their rows in two or three levels. */
const MAX_DEPTH = 5
/** Values looked at on the way to the rows. */
const MAX_VISITED = 10_000
/** Rows that decide the columns of records. */
const NAMING_ROWS = 200
/** A table of bars names at least so many fields. */
const TABLE_FIELDS = 4
/** Fields beside the rows that name their symbol: KIS, Alpha Vantage. */
const TICKER_FIELDS = ['stck_shrn_iscd', '2. Symbol']

interface Found {
  readonly path: string
  readonly names: readonly string[]
  readonly rows: () => string[][]
}

/**
 * Reads the text of a JSON document, or of lines of JSON.
 * @throws Error with what was found, to follow the file's name
 */
export function readJsonTable(text: string): CellTable {
  const document = parse(text.replace(/^\uFEFF/, ''))
  const chart = yahooTable(document)
  if (chart !== undefined) return chart
  const visit = { left: MAX_VISITED, found: [] as Found[], ticker: undefined as string | undefined }
  search(document, '', 0, visit)
  const [only, ...others] = visit.found
  if (only === undefined) {
    throw new Error(
      'is JSON without a table of bars; expected records such as [{"date": "2024-06-03", "open": 1, "high": 1, "low": 1, "close": 1, "volume": 1}]',
    )
  }
  if (others.length > 0) {
    const paths = visit.found.slice(0, 5).map(({ path }) => path || 'the document')
    throw new Error(`holds ${visit.found.length} tables of bars (${paths.join(', ')}); keep one`)
  }
  const rows = only.rows()
  if (rows.length > MAX_TABLE_ROWS) {
    throw new Error(
      `has ${rows.length} rows, more than ${MAX_TABLE_ROWS} are read from JSON; convert it to CSV`,
    )
  }
  return { records: [[...only.names], ...rows], ticker: visit.ticker }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    if (lines.length < 2 || lines.length > MAX_TABLE_ROWS) throw broken(cause)
    try {
      return lines.map((line) => JSON.parse(line) as unknown)
    } catch {
      throw broken(cause)
    }
  }
}

function broken(cause: unknown): Error {
  return new Error(`is JSON that cannot be parsed: ${messageOf(cause)}`, { cause })
}

interface Visit {
  left: number
  readonly found: Found[]
  ticker: string | undefined
}

function search(value: unknown, path: string, depth: number, visit: Visit): void {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH || visit.left <= 0) return
  visit.left -= 1
  const table = Array.isArray(value)
    ? tableOfArray(value, path)
    : isObject(value)
      ? tableOfObject(value, path)
      : undefined
  if (table !== undefined) {
    visit.found.push(table)
    return
  }
  const inner = Array.isArray(value)
    ? value.slice(0, 10).map((one, at) => [String(at), one] as const)
    : Object.entries(value)
  for (const [key, one] of inner) {
    if (TICKER_FIELDS.includes(key) && typeof one === 'string') visit.ticker ??= one
    search(one, path === '' ? key : `${path}.${key}`, depth + 1, visit)
  }
}

function tableOfArray(values: readonly unknown[], path: string): Found | undefined {
  if (values.length > 0 && values.every(isObject)) return recordTable(values, path)
  const [header, ...rows] = values
  if (!Array.isArray(header) || !values.every((row) => Array.isArray(row))) return undefined
  const names = header.map(cellText)
  if (!isBars(names)) return undefined
  return { path, names, rows: () => (rows as unknown[][]).map((row) => row.map(cellText)) }
}

function tableOfObject(value: JsonObject, path: string): Found | undefined {
  const { columns, index, data } = value
  if (Array.isArray(columns) && Array.isArray(data) && data.every((row) => Array.isArray(row))) {
    // pandas' orient="split"; the labels are dates, or a counter that no column uses.
    const labels = Array.isArray(index) ? index : []
    const names = ['', ...columns.map(cellText)]
    const rows = (): string[][] =>
      (data as unknown[][]).map((row, at) => [cellText(labels[at]), ...row.map(cellText)])
    return isBars(names) ? { path, names, rows } : undefined
  }
  const keys = Object.keys(value)
  const values = Object.values(value)
  if (keys.length >= TABLE_FIELDS && keys.length <= MAX_TABLE_COLUMNS && isBars(keys)) {
    if (values.every((column) => Array.isArray(column))) {
      const lists = values as unknown[][]
      const length = Math.max(...lists.map((list) => list.length))
      const rows = (): string[][] =>
        Array.from({ length }, (_, at) => lists.map((list) => cellText(list[at])))
      return { path, names: keys, rows }
    }
    if (values.every(isObject)) {
      // orient="columns": a value for each label.
      const labels = Object.keys(values[0] ?? {})
      const rows = (): string[][] =>
        labels.map((label) => [label, ...values.map((column) => cellText(column[label]))])
      return { path, names: ['', ...keys], rows }
    }
  }
  // orient="index" and Alpha Vantage: a record for each date.
  if (
    keys.length > 0 &&
    values.every(isObject) &&
    keys.every((key) => readDate(key, undefined) !== undefined)
  ) {
    const table = recordTable(values, path)
    if (table === undefined) return undefined
    return {
      path,
      names: ['date', ...table.names],
      rows: () => table.rows().map((row, at) => [keys[at] ?? '', ...row]),
    }
  }
  return undefined
}

function recordTable(records: readonly JsonObject[], path: string): Found | undefined {
  const names = [...new Set(records.slice(0, NAMING_ROWS).flatMap((record) => Object.keys(record)))]
  if (names.length > MAX_TABLE_COLUMNS || !isBars(names)) return undefined
  return { path, names, rows: () => records.map((record) => names.map((name) => cellText(record[name]))) }
}

/** A summary beside the rows may have a close or a volume too, but no bar's other prices. */
function isBars(names: readonly string[]): boolean {
  const candidates = candidatesIn(names)
  return (['open', 'high', 'low', 'close'] as const).every((field) => candidates[field].length > 0)
}
