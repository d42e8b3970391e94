/**
 * Samples: which bars a window holds, which bars a sample reads and which it is judged by.
 *
 * All index arithmetic of the ML side lives here. With lookback 3 and 4 samples, the training window is the
 * newest 4 + 3 = 7 bars, rows 0 to 6:
 *
 *     row        0   1   2   3   4   5   6 | 7
 *     sample 0   x   x   x   y
 *     sample 1       x   x   x   y
 *     sample 2           x   x   x   y
 *     sample 3               x   x   x   y
 *     forecast                   x   x   x | ?
 *
 * x: input rows; y: the label row. Sample i reads rows i to i + lookback - 1 and its label is row i + lookback.
 * The last label is the window's last row, so fitting touches every row of the window and nothing after
 * it; the forecast reads the last `lookback` rows. Persistence answers sample i with row i + lookback - 1.
 */
import type { BarColumns } from '../domain/bars/bar.js'

/** The row that a sample's label comes from. */
export function labelRow(sample: number, lookback: number): number {
  return sample + lookback
}

/** The last row that a sample reads: what persistence repeats. */
export function lastInputRow(sample: number, lookback: number): number {
  return sample + lookback - 1
}

/** Rows that the inputs of consecutive samples read: the label row of the last one is not among them. */
export function inputRowCount(sampleCount: number, lookback: number): number {
  return sampleCount + lookback - 1
}

/** Rows that the samples and their labels touch. */
export function touchedRowCount(sampleCount: number, lookback: number): number {
  return sampleCount + lookback
}

/** Consecutive samples whose inputs `rowCount` rows hold. */
export function sampleCountOf(rowCount: number, lookback: number): number {
  return Math.max(0, rowCount - lookback + 1)
}

/** Batches of an epoch, the last one partial where the size does not divide the samples. */
export function batchCount(sampleCount: number, batchSize: number): number {
  return Math.ceil(sampleCount / batchSize)
}

/** The places of a batch in its epoch's order. */
export function batchRange(
  batch: number,
  sampleCount: number,
  batchSize: number,
): { readonly first: number; readonly count: number } {
  const first = batch * batchSize
  return { first, count: Math.min(batchSize, sampleCount - first) }
}

/** An epoch's order out of all of them, [sampleCount]. */
export function epochOrder(batchOrders: Uint16Array, epoch: number, sampleCount: number): Uint16Array {
  return batchOrders.subarray(epoch * sampleCount, (epoch + 1) * sampleCount)
}

/** Bars `firstIndex` to `lastIndex`, both included, without a copy of the numbers. */
export function sliceBars(bars: BarColumns, firstIndex: number, lastIndex: number): BarColumns {
  const end = lastIndex + 1
  return {
    sessions: bars.sessions.slice(firstIndex, end),
    open: bars.open.subarray(firstIndex, end),
    high: bars.high.subarray(firstIndex, end),
    low: bars.low.subarray(firstIndex, end),
    close: bars.close.subarray(firstIndex, end),
    volume: bars.volume.subarray(firstIndex, end),
  }
}

/** The newest `count` bars; the caller has checked that there are so many. */
export function newestBars(bars: BarColumns, count: number): BarColumns {
  return sliceBars(bars, bars.sessions.length - count, bars.sessions.length - 1)
}
