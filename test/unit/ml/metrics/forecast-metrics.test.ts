import {
  evaluateForecasts,
  mae,
  mape,
  rmse,
  rSquared,
  skill,
} from '../../../../src/ml/metrics/forecast-metrics.js'
import type { JudgedSession } from '../../../../src/ml/metrics/forecast-metrics.js'

const predicted = Float64Array.of(12, 18, 33)
const actual = Float64Array.of(10, 20, 30)

const session = (previous: number, predicted: number, actual: number, saturated = false): JudgedSession => ({
  previous,
  predicted,
  actual,
  saturated,
})

/** A hit, a miss, a session without change, and a forecast of no change: errors -5, 22, 1 and -9. */
const SESSIONS = [
  session(100, 105, 110),
  session(110, 121, 99, true),
  session(99, 100, 99),
  session(99, 99, 108),
]

test('errors are those computed by hand', () => {
  // Errors 2, -2 and 3: squares 4 + 4 + 9 = 17.
  expect(rmse(predicted, actual)).toBeCloseTo(Math.sqrt(17 / 3), 12)
  expect(mae(predicted, actual)).toBeCloseTo(7 / 3, 12)
  expect(mape(predicted, actual)).toBeCloseTo((0.2 + 0.1 + 0.1) / 3, 12)
  // Squares around the mean 20: 100 + 0 + 100.
  expect(rSquared(predicted, actual)).toBeCloseTo(1 - 17 / 200, 12)
  expect(skill(3, 4)).toBe(0.25)
  expect(skill(5, 4)).toBe(-0.25)
})

test('empty series and series of different lengths are refused', () => {
  expect(() => rmse(new Float64Array(0), new Float64Array(0))).toThrow('Cannot compare')
  expect(() => mae(predicted, actual.subarray(1))).toThrow('2 outcomes')
  expect(() => skill(1, 0)).toThrow('Skill is undefined')
  expect(() => evaluateForecasts([])).toThrow('Cannot compare')
})

test('metrics of sessions equal those computed by hand', () => {
  const metrics = evaluateForecasts(SESSIONS)
  expect(metrics.sessions).toBe(4)
  expect(metrics.rmse).toBeCloseTo(Math.sqrt(591 / 4), 12)
  expect(metrics.mae).toBeCloseTo(37 / 4, 12)
  expect(metrics.persistenceRmse).toBeCloseTo(Math.sqrt(302 / 4), 12)
  expect(metrics.persistenceMae).toBeCloseTo(30 / 4, 12)
  expect(metrics.skill).toBeCloseTo(1 - Math.sqrt(591 / 302), 12)
  expect(metrics.mape).toBeCloseTo((5 / 110 + 22 / 99 + 1 / 99 + 9 / 108) / 4, 12)
  expect(metrics.rSquared).toBeCloseTo(1 - 591 / 102, 12)
  expect(metrics.saturatedShare).toBe(0.25)
  expect(metrics.dieboldMariano).toEqual({ kind: 'untested', reason: 'TOO_FEW_SESSIONS' })
  const squared = (pairs: readonly (readonly [number, number])[]): number =>
    pairs.reduce((sum, [a, b]) => sum + Math.log(a / b) ** 2, 0)
  const errors = squared(SESSIONS.map(({ predicted, actual }) => [predicted, actual]))
  const returns = squared(SESSIONS.map(({ actual, previous }) => [actual, previous]))
  expect(metrics.returns?.rmseRatio).toBeCloseTo(Math.sqrt(errors / returns), 10)
})

test('the hit rate leaves out sessions without change and forecasts of no change, and has the base rate of the rest', () => {
  const { hitRate, upRate, baseRate } = evaluateForecasts(SESSIONS)
  expect([hitRate, upRate, baseRate]).toEqual([0.5, 0.5, 0.5])
  expect(evaluateForecasts([session(10, 11, 12), session(10, 9, 10)]).hitRate).toBe(1)
  expect(evaluateForecasts([session(10, 11, 10)]).hitRate).toBeNull()
})

test('persistence against itself has skill 0, no hit rate and no test', () => {
  const persistence = Array.from({ length: 12 }, (_, i) => session(100 + i, 100 + i, 101 + i + (i % 3)))
  const metrics = evaluateForecasts(persistence)
  expect(metrics).toMatchObject({ skill: 0, hitRate: null })
  expect(metrics.rmse).toBe(metrics.persistenceRmse)
  expect(metrics.dieboldMariano).toEqual({ kind: 'untested', reason: 'EQUAL_LOSSES' })
})

test('closes that never change leave neither skill nor R²', () => {
  const metrics = evaluateForecasts([session(10, 11, 10), session(10, 9, 10)])
  expect(metrics).toMatchObject({ skill: null, rSquared: null, hitRate: null, rmse: 1 })
})

test('a model that foresees the returns passes the test, and its mirror image does not', () => {
  const closes = Array.from({ length: 60 }, (_, i) => 100 + ((i * 7) % 11) + ((i * 5) % 3))
  const foreseen = (share: number): JudgedSession[] =>
    closes.slice(1).map((actual, i) => {
      const previous = closes[i] ?? NaN
      return session(previous, previous + share * (actual - previous), actual)
    })
  const good = evaluateForecasts(foreseen(0.5)).dieboldMariano
  const bad = evaluateForecasts(foreseen(-0.5)).dieboldMariano
  if (good.kind !== 'tested' || bad.kind !== 'tested') throw new Error('untested')
  expect(good.pValue).toBeLessThan(0.001)
  expect(bad.pValue).toBeGreaterThan(0.999)
})

test('a predicted price of 0 or less has errors but no return metrics', () => {
  const metrics = evaluateForecasts([...SESSIONS, session(10, -1, 10)])
  expect(metrics.mae).toBeCloseTo(48 / 5, 12)
  expect(metrics.returns).toBeNull()
  expect(metrics.dieboldMariano).toEqual({ kind: 'untested', reason: 'PREDICTED_NOT_POSITIVE' })
})

test('an invalid close is refused with its index', () => {
  expect(() => evaluateForecasts([...SESSIONS, session(10, NaN, 10)])).toThrow('Session 4')
  expect(() => evaluateForecasts([session(10, 10, 0)])).toThrow('actual 0')
  expect(() => evaluateForecasts([session(Infinity, 10, 10)])).toThrow('previous Infinity')
})
