import {
  addReturnSums,
  NO_RETURNS,
  returnMetrics,
  returnSums,
} from '../../../../src/ml/metrics/return-errors.js'
import type { ForecastCloses } from '../../../../src/ml/metrics/return-errors.js'

/** Sessions by their predicted and actual log returns. */
const ofReturns = (pairs: readonly (readonly [number, number])[], previous = 100): ForecastCloses[] =>
  pairs.map(([predicted, actual]) => ({
    predicted: previous * Math.exp(predicted),
    actual: previous * Math.exp(actual),
    previous,
  }))

// Errors -0.02, 0.03 and 0.02: squares 17e-4 over returns 1e-4 + 4e-4 + 0 = 5e-4.
const SESSIONS = ofReturns([
  [-0.01, 0.01],
  [0.01, -0.02],
  [0.02, 0],
])

test('metrics of log returns are those computed by hand', () => {
  const metrics = returnMetrics(returnSums(SESSIONS))
  expect(metrics?.rmse).toBeCloseTo(Math.sqrt(17e-4 / 3), 12)
  expect(metrics?.mae).toBeCloseTo(0.07 / 3, 12)
  expect(metrics?.rmseRatio).toBeCloseTo(Math.sqrt(17 / 5), 10)
  expect(metrics?.maeRatio).toBeCloseTo(7 / 3, 10)
  // Predicted: mean 0.02/3, squares 6e-4. Actual: mean -0.01/3, squares 5e-4.
  expect(metrics?.spreadRatio).toBeCloseTo(Math.sqrt((6 / 3 - 4 / 9) / (5 / 3 - 1 / 9)), 10)
})

test('persistence has ratio 1 and spread 0', () => {
  const persistence = SESSIONS.map((session) => ({ ...session, predicted: session.previous }))
  const metrics = returnMetrics(returnSums(persistence))
  expect(metrics).toMatchObject({ rmseRatio: 1, maeRatio: 1, spreadRatio: 0 })
})

test('symbols pool to the metrics of all their sessions, and a dear one weighs no more', () => {
  const other = [
    [0.004, -0.01],
    [0.001, 0.03],
  ] as const
  const pool = [SESSIONS, ofReturns(other, 1e6)].map(returnSums).reduce(addReturnSums, NO_RETURNS)
  const together = returnMetrics(returnSums([...SESSIONS, ...ofReturns(other)]))
  const pooled = returnMetrics(pool)
  expect(pool.sessions).toBe(5)
  expect(Object.keys(pooled ?? {})).toHaveLength(5)
  for (const [name, value] of Object.entries(pooled ?? {})) {
    expect(value).toBeCloseTo(together?.[name as keyof typeof together] ?? NaN, 9)
  }
  // (17 + 1.96 + 8.41) / (5 + 1 + 9), by hand.
  expect(pooled?.rmseRatio).toBeCloseTo(Math.sqrt(27.37 / 15), 9)
})

test('a predicted price without a log return gives no metrics, alone or pooled', () => {
  const [first] = SESSIONS
  if (first === undefined) throw new Error('no session')
  const sums = returnSums([...SESSIONS, { ...first, predicted: 0 }])
  expect(sums).toMatchObject({ sessions: 3, notPositive: 1 })
  expect(returnMetrics(sums)).toBeNull()
  expect(returnMetrics(addReturnSums(returnSums(SESSIONS), sums))).toBeNull()
  expect(returnMetrics(NO_RETURNS)).toBeNull()
})

test('prices that never move have errors and no ratios', () => {
  const metrics = returnMetrics(returnSums(ofReturns([[0.01, 0]])))
  expect(metrics?.mae).toBeCloseTo(0.01, 12)
  expect(metrics).toMatchObject({ rmseRatio: null, maeRatio: null, spreadRatio: null })
})
