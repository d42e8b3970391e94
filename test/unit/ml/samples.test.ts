import {
  batchCount,
  batchRange,
  inputRowCount,
  labelRow,
  lastInputRow,
  newestBars,
  sampleCountOf,
  sliceBars,
  touchedRowCount,
} from '../../../src/ml/samples.js'
import { simulateBars } from './simulated-bars.js'

/** Draws one line of the picture in samples.ts. */
function line(sample: number, lookback: number, rowCount: number): string {
  return Array.from({ length: rowCount }, (_, row) => {
    if (row === labelRow(sample, lookback)) return 'y'
    return row >= sample && row <= lastInputRow(sample, lookback) ? 'x' : '.'
  }).join('')
}

test('samples have the rows of the drawing', () => {
  const rowCount = touchedRowCount(4, 3)
  expect(rowCount).toBe(7)
  expect([0, 1, 2, 3].map((sample) => line(sample, 3, rowCount))).toEqual([
    'xxxy...',
    '.xxxy..',
    '..xxxy.',
    '...xxxy',
  ])
})

test('the rows of samples hold exactly those samples', () => {
  expect(inputRowCount(4, 3)).toBe(6)
  expect(sampleCountOf(6, 3)).toBe(4)
  expect(sampleCountOf(3, 3)).toBe(1)
  expect(sampleCountOf(2, 3)).toBe(0)
})

test('batches cover an epoch once, the last one partial', () => {
  expect(batchCount(50, 20)).toBe(3)
  expect([0, 1, 2].map((batch) => batchRange(batch, 50, 20))).toEqual([
    { first: 0, count: 20 },
    { first: 20, count: 20 },
    { first: 40, count: 10 },
  ])
  expect(batchCount(40, 20)).toBe(2)
})

test('slices of bars include both ends', () => {
  const bars = simulateBars(10)
  const middle = sliceBars(bars, 2, 4)
  expect(middle.sessions).toEqual(['2020-01-03', '2020-01-04', '2020-01-05'])
  expect([...middle.close]).toEqual([bars.close[2], bars.close[3], bars.close[4]])
  expect(newestBars(bars, 2).sessions).toEqual(['2020-01-09', '2020-01-10'])
})
