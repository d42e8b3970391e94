/** Real bars for benchmarks, from the data folder beside the checkout. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { BAR_COLUMNS } from '../../src/domain/bars/bar.js'
import type { BarColumn, BarColumns } from '../../src/domain/bars/bar.js'
import { parseSession } from '../../src/domain/calendar/session.js'

const DATA = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../../shared/data')

type Headers = Readonly<Record<BarColumn | 'date', string>>
type Row = Readonly<Record<string, string>>

const ENGLISH: Headers = {
  date: 'date',
  open: 'open',
  high: 'high',
  low: 'low',
  close: 'close',
  volume: 'volume',
}
const KOREAN: Headers = {
  date: '날짜',
  open: '시가',
  high: '고가',
  low: '저가',
  close: '종가',
  volume: '거래량',
}

function readRows(file: string): Row[] {
  const whole = path.join(DATA, file)
  if (!existsSync(whole)) {
    throw new Error(`${DATA} does not contain ${file}, which this benchmark needs.`)
  }
  const bytes = readFileSync(whole)
  return parse<Row>(file.endsWith('.gz') ? gunzipSync(bytes) : bytes, {
    bom: true,
    columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
  })
}

function toColumns(rows: readonly Row[], headers: Headers): BarColumns {
  const column = (name: BarColumn): Float64Array =>
    Float64Array.from(rows, (row) => Number(row[headers[name]]))
  const [open, high, low, close, volume] = BAR_COLUMNS.map(column) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const sessions = rows.map((row) => parseSession(row[headers.date] ?? '', 'date'))
  return { sessions, open, high, low, close, volume }
}

/** The KOSPI's bars of one file, oldest first, from `from` to `to` where given. */
function kospiOf(file: string, headers: Headers, from = '', to = '9999'): BarColumns {
  const rows = readRows(file).filter((row) => {
    const date = row[headers.date] ?? ''
    return date >= from && date <= to
  })
  return toColumns(rows, headers)
}

function concatenate(first: BarColumns, second: BarColumns): BarColumns {
  const both = (name: BarColumn): Float64Array => Float64Array.from([...first[name], ...second[name]])
  return {
    sessions: [...first.sessions, ...second.sessions],
    open: both('open'),
    high: both('high'),
    low: both('low'),
    close: both('close'),
    volume: both('volume'),
  }
}

/** The KOSPI from 2020-01-02 to 2026-03-27, 1,530 sessions. */
export function recentKospi(): BarColumns {
  return kospiOf('index/pykrx_2020-2026.csv', ENGLISH)
}

/** The KOSPI from 2010 to the end of `lastYear`: two files, joined at the turn of 2020. */
export function kospiUntil(lastYear: number): BarColumns {
  return concatenate(
    kospiOf('index/pykrx-korean-headers_2010-2021.csv', KOREAN, '', '2019-12-31'),
    kospiOf('index/pykrx_2020-2026.csv', ENGLISH, '2020-01-01', `${lastYear}-12-31`),
  )
}

/** The KOSPI from 1981-05-01 to 2022-08-31, many early bars flat. The file writes 1981.5.1. */
export function oldKospi(): BarColumns {
  const rows = readRows('index/dotted-dates_1981-2022.csv').map((row) => {
    const [year = '', month = '', day = ''] = row['date']?.split('.') ?? []
    return { ...row, date: `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` }
  })
  return toColumns(rows, ENGLISH)
}

/** Every symbol of the universe in the order of its code, halts (open, high and low 0) as flat bars without volume. */
export function universe(): Map<string, BarColumns> {
  const bySymbol = groupBySymbol(readRows('universe/krx_daily_2023-2025.csv.gz'))
  return new Map(
    [...bySymbol]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([symbol, rows]) => {
        const inOrder = rows.toSorted((a, b) => ((a['date'] ?? '') < (b['date'] ?? '') ? -1 : 1))
        return [symbol, toColumns(inOrder.map(asFlatBar), ENGLISH)]
      }),
  )
}

function groupBySymbol(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const symbol = row['symbol'] ?? ''
    const group = groups.get(symbol)
    if (group) group.push(row)
    else groups.set(symbol, [row])
  }
  return groups
}

function asFlatBar(row: Row): Row {
  const { open, high, low, close = '' } = row
  if (Number(open) !== 0 || Number(high) !== 0 || Number(low) !== 0) return row
  return { ...row, open: close, high: close, low: close, volume: '0' }
}
