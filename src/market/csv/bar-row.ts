/** Turns one row of cells into one delivered bar, by the file's layout. */
import type { RawBar } from '../../domain/bars/row-outcome.js'
import { readDate } from '../dates/date-shape.js'
import { unitGroupOf } from './layout.js'
import type { Layout } from './layout.js'
import { plainCount, readPrice, readVolume } from './number-text.js'
import type { VolumeUnit } from './number-text.js'
import { createSymbolReader } from './symbol-text.js'
import { indexVolumeFault } from '../volume/volume-unit.js'

/**
 * Returns a function that reads one record as a bar; `row` is its number in the file. Unreadable cells are kept as
 * text, for the check of bars to report.
 */
export function createRowReader(layout: Layout): (record: readonly string[], row: number) => RawBar {
  const { at, dateOrder } = layout
  const sign = layout.format.priceSign
  const symbolAt = 'at' in layout.symbol ? layout.symbol.at : undefined
  const only = 'code' in layout.symbol ? layout.symbol.code : ''
  const readSymbol = createSymbolReader(layout.resolveName)
  let unitSymbol = only
  let unit: VolumeUnit = layout.unitFor(only)
  let isIndex = unitGroupOf(only) === 'INDEX'
  return (record, row) => {
    const symbol = symbolAt === undefined ? only : readSymbol(record[symbolAt] ?? '')
    if (symbol !== unitSymbol) {
      unitSymbol = symbol
      unit = layout.unitFor(symbol)
      isIndex = unitGroupOf(symbol) === 'INDEX'
    }
    const date = record[at.date] ?? ''
    const volume = record[at.volume]
    const count = unit === 'shares' && volume !== undefined ? plainCount(volume) : undefined
    const { shares, step } = count === undefined ? readVolume(volume, unit) : { shares: count, step: 1 }
    const session = readDate(date, dateOrder) ?? date
    return {
      row,
      symbol,
      session,
      open: readPrice(record[at.open], sign),
      high: readPrice(record[at.high], sign),
      low: readPrice(record[at.low], sign),
      close: readPrice(record[at.close], sign),
      volume: shares,
      volumeStep: step,
      fault: isIndex && typeof shares === 'number' ? indexVolumeFault(symbol, session, shares) : undefined,
    }
  }
}
