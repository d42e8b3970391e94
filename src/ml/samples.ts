/**
 * Samples: the rows that a training window, a sample and its label take.
 *
 * All index arithmetic of the ML code lives here. With lookback 3 and 4 samples, the training window is the newest
 * 4 + 3 = 7 bars, rows 0 to 6:
 *
 *     row        0   1   2   3   4   5   6 | 7
 *     sample 0   x   x   x   y
 *     sample 1       x   x   x   y
 *     sample 2           x   x   x   y
 *     sample 3               x   x   x   y
 *     forecast                   x   x   x | ?
 *
 * x: input rows; y: the label row. Sample i reads rows i to i + lookback - 1 and its label is row i + lookback.
 * The last label is the window's last row, so a fit reads every row of the window and none after it. The forecast
 * reads the last `lookback` rows. Persistence answers sample i with row i + lookback - 1.
 */
import type { BarColumns } from '../domain/bars/bar.js'

/** Returns the row of a sample's label. */
export function labelRow(sample: number, lookback: number): number {
  return sample + lookback
}

/** Returns the last row that a sample reads; persistence repeats its close. */
export function lastInputRow(sample: number, lookback: number): number {
  return sample + lookback - 1
}

/** Returns how many rows the inputs of consecutive samples take, without the last sample's label row. */
export function inputRowCount(sampleCount: number, lookback: number): number {
  return sampleCount + lookback - 1
}

/** Returns how many rows consecutive samples and their labels take. */
export function touchedRowCount(sampleCount: number, lookback: number): number {
  return sampleCount + lookback
}

/** Returns how many consecutive samples `rowCount` input rows hold, at least 0. */
export function sampleCountOf(rowCount: number, lookback: number): number {
  return Math.max(0, rowCount - lookback + 1)
}

/** Returns the batches of an epoch; the last one may be partial. */
export function batchCount(sampleCount: number, batchSize: number): number {
  return Math.ceil(sampleCount / batchSize)
}

/** Returns where a batch starts in its epoch's order, and how many samples it has. */
export function batchRange(
  batch: number,
  sampleCount: number,
  batchSize: number,
): { readonly first: number; readonly count: number } {
  const first = batch * batchSize
  return { first, count: Math.min(batchSize, sampleCount - first) }
}

/** Returns one epoch's order, [sampleCount], as a view of [epochs, sampleCount]. */
export function epochOrder(batchOrders: Uint16Array, epoch: number, sampleCount: number): Uint16Array {
  return batchOrders.subarray(epoch * sampleCount, (epoch + 1) * sampleCount)
}

/** Returns bars `firstIndex` to `lastIndex`, both included. The numbers are views, not copies. */
export function sliceBars(bars: BarColumns, firstIndex: number, lastIndex: number): BarColumns {
  const end = lastIndex + 1
  // A slice's first bar has no bar before it, so no break.
  const breaks = (bars.volumeBreaks ?? []).filter((at) => at > firstIndex && at < end)
  return {
    sessions: bars.sessions.slice(firstIndex, end),
    open: bars.open.subarray(firstIndex, end),
    high: bars.high.subarray(firstIndex, end),
    low: bars.low.subarray(firstIndex, end),
    close: bars.close.subarray(firstIndex, end),
    volume: bars.volume.subarray(firstIndex, end),
    ...(breaks.length > 0 && { volumeBreaks: breaks.map((at) => at - firstIndex) }),
  }
}

/** Returns the newest `count` bars. The caller has checked that there are that many. */
export function newestBars(bars: BarColumns, count: number): BarColumns {
  return sliceBars(bars, bars.sessions.length - count, bars.sessions.length - 1)
}
