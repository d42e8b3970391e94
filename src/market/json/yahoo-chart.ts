/** Yahoo's chart document: lists of instants, prices and volumes side by side. */
import { MAX_TABLE_ROWS, cellText } from '../csv/cell-table.js'
import type { CellTable } from '../csv/cell-table.js'

export type JsonObject = Readonly<Record<string, unknown>>

const SECONDS_OF_DAY = 86_400
const KOREA_OFFSET_S = 9 * 3_600
const NAMES = ['Date', 'Open', 'High', 'Low', 'Close', 'Adj Close', 'Volume']

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Returns the table of a chart document; undefined for another document.
 * @throws Error for several symbols, or bars that are not daily or not of a Korean exchange
 */
export function yahooTable(document: unknown): CellTable | undefined {
  const chart = isObject(document) ? document.chart : undefined
  const results = isObject(chart) ? chart.result : undefined
  if (!Array.isArray(results)) return undefined
  if (results.length > 1) throw new Error(`holds charts of ${results.length} symbols; keep one`)
  const [result] = results as readonly unknown[]
  const { meta, timestamp, indicators } = isObject(result) ? result : {}
  if (!isObject(meta) || !Array.isArray(timestamp) || !isObject(indicators)) {
    throw new Error('is a chart of Yahoo without bars')
  }
  const interval = meta.dataGranularity ?? '1d'
  if (interval !== '1d')
    throw new Error(`holds bars of ${cellText(interval)}, not daily ones; ask Yahoo for interval=1d`)
  const offset = meta.gmtoffset ?? KOREA_OFFSET_S
  if (offset !== KOREA_OFFSET_S) {
    throw new Error(
      `is of an exchange ${cellText(offset)} seconds from UTC; expected ${KOREA_OFFSET_S}, Korea's`,
    )
  }
  if (timestamp.length > MAX_TABLE_ROWS)
    throw new Error(`has ${timestamp.length} bars; at most ${MAX_TABLE_ROWS} are read`)
  const quote = firstOf(indicators.quote)
  const lists = [
    ...['open', 'high', 'low', 'close'].map((name) => listOf(quote[name])),
    listOf(firstOf(indicators.adjclose).adjclose),
    listOf(quote.volume),
  ]
  const rows = timestamp.map((at: unknown, row) => [
    typeof at === 'number' ? dateOf(at) : cellText(at),
    ...lists.map((list) => cellText(list[row])),
  ])
  return { records: [NAMES, ...rows], ticker: cellText(meta.symbol) || undefined }
}

/** The date in Korea. A bar that is still moving has the time of its last trade, so any time is taken. */
function dateOf(seconds: number): string {
  const days = Math.floor((seconds + KOREA_OFFSET_S) / SECONDS_OF_DAY)
  return new Date(days * SECONDS_OF_DAY * 1_000).toISOString().slice(0, 10)
}

function firstOf(value: unknown): JsonObject {
  const first: unknown = Array.isArray(value) ? value[0] : undefined
  return isObject(first) ? first : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
