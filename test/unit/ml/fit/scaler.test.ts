import { columnTable } from '../../../../src/ml/fit/columns.js'
import { fitScaler, inverse, transform, transformRows } from '../../../../src/ml/fit/scaler.js'
import { sliceBars } from '../../../../src/ml/samples.js'
import { simulateBars } from '../simulated-bars.js'

const bars = {
  ...sliceBars(simulateBars(3), 0, 2),
  open: Float64Array.of(10, 30, 20),
  close: Float64Array.of(7, 7, 7),
  volume: Float64Array.of(1e9, 3e9, 2e9),
}

test('a column is mapped to its range, and back', () => {
  const scaler = fitScaler(columnTable(bars, ['open', 'volume']))
  expect(scaler).toEqual({ kind: 'minMax', columns: ['open', 'volume'], min: [10, 1e9], max: [30, 3e9] })
  expect(transform(scaler, 'open', 25)).toBe(0.75)
  expect(inverse(scaler, 'open', 0.75)).toBe(25)
  expect([...transformRows(scaler, columnTable(bars, ['open', 'volume']), ['volume', 'open'])]).toEqual([
    0, 0, 1, 1, 0.5, 0.5,
  ])
})

test('a constant column is 0, whatever comes later', () => {
  const scaler = fitScaler(columnTable(bars, ['close']))
  expect([...transformRows(scaler, columnTable(bars, ['close']), ['close'])]).toEqual([0, 0, 0])
  expect(transform(scaler, 'close', 1e6)).toBe(0)
})

test('a scaler survives JSON', () => {
  const scaler = fitScaler(columnTable(simulateBars(20), ['open', 'close']))
  expect(JSON.parse(JSON.stringify(scaler))).toEqual(scaler)
})

test('a column that the scaler was not fitted on is refused by name', () => {
  expect(() => transform(fitScaler(columnTable(bars, ['open'])), 'high', 1)).toThrow('no column "high"')
})

test('a standard scaler has the mean and the standard deviation of the population, and back', () => {
  const scaler = fitScaler(columnTable(bars, ['open', 'close']), 'standard')
  const std = Math.sqrt(200 / 3)
  expect(scaler).toEqual({ kind: 'standard', columns: ['open', 'close'], mean: [20, 7], std: [std, 0] })
  expect(transform(scaler, 'open', 30)).toBe(10 / std)
  expect(inverse(scaler, 'open', 10 / std)).toBeCloseTo(30, 12)
  expect(transform(scaler, 'close', 9)).toBe(0)
})

test('with a lag the first bars give no row', () => {
  const table = columnTable(bars, ['openReturn', 'volume'], 1)
  const scaler = fitScaler(table)
  const [first, second] = [Math.log(30 / 7), Math.log(20 / 7)]
  expect(scaler).toMatchObject({
    min: [expect.closeTo(second, 14), 2e9],
    max: [expect.closeTo(first, 14), 3e9],
  })
  expect([...transformRows(scaler, table, ['openReturn', 'volume'])]).toEqual([1, 1, 0, 0])
  expect(() => columnTable(bars, ['openReturn'])).toThrow('openReturn needs the bar before its own')
})
