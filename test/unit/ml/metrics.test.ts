import { mae, rmse, skill } from '../../../src/ml/metrics.js'

const predicted = Float64Array.of(12, 18, 33)
const actual = Float64Array.of(10, 20, 30)

test('errors are those computed by hand', () => {
  // Errors 2, -2 and 3: squares 4 + 4 + 9 = 17.
  expect(rmse(predicted, actual)).toBeCloseTo(Math.sqrt(17 / 3), 12)
  expect(mae(predicted, actual)).toBeCloseTo(7 / 3, 12)
  expect(skill(3, 4)).toBe(0.25)
  expect(skill(5, 4)).toBe(-0.25)
})

test('nothing, or series of two lengths, cannot be compared', () => {
  expect(() => rmse(new Float64Array(0), new Float64Array(0))).toThrow('Cannot compare')
  expect(() => mae(predicted, actual.subarray(1))).toThrow('2 outcomes')
  expect(() => skill(1, 0)).toThrow('no skill')
})
