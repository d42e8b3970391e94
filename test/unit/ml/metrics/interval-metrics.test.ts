import { covers, evaluateIntervals, winklerScore } from '../../../../src/ml/metrics/interval-metrics.js'
import { Generator } from '../../../../src/ml/generator.js'

const at = (actual: number, level = 0.8) => ({ level, lower: 10, upper: 14, actual })

test('the score is the width, plus what lies outside at 2 / α', () => {
  expect(winklerScore(at(12))).toBe(4)
  expect(winklerScore(at(9))).toBeCloseTo(4 + 10, 12)
  expect(winklerScore(at(14.5))).toBeCloseTo(4 + 5, 12)
  expect(winklerScore(at(9, 0.95))).toBeCloseTo(4 + 40, 12)
})

test('both ends belong to the interval', () => {
  expect([9.99, 10, 14, 14.01].map((actual) => covers(at(actual)))).toEqual([false, true, true, false])
})

test('metrics of intervals equal those computed by hand', () => {
  const metrics = evaluateIntervals([at(12), at(9), at(14), { ...at(20), upper: 21 }])
  expect(metrics).toMatchObject({ sessions: 4, coverage: 0.75, meanWidth: 23 / 4 })
  expect(metrics.winklerScore).toBeCloseTo((4 + 14 + 4 + 11) / 4, 12)
})

test('on average no interval scores better than the true quantiles', () => {
  const generator = Generator.fromSeed(3)
  const actuals = Array.from({ length: 20_000 }, () => generator.nextUniform())
  // Of a uniform outcome, the central 80 % lie 0.4 to either side of the middle.
  const scoreOf = (half: number): number =>
    evaluateIntervals(actuals.map((actual) => ({ level: 0.8, lower: 0.5 - half, upper: 0.5 + half, actual })))
      .winklerScore
  const best = scoreOf(0.4)
  for (const half of [0.3, 0.35, 0.45, 0.5]) expect(scoreOf(half)).toBeGreaterThan(best)
})

test('no intervals, mixed levels and invalid intervals are refused', () => {
  expect(() => evaluateIntervals([])).toThrow('no intervals')
  expect(() => evaluateIntervals([at(12), at(12, 0.95)])).toThrow('different levels')
  expect(() => winklerScore({ ...at(12), upper: 9 })).toThrow('out of order')
  expect(() => winklerScore(at(12, 95))).toThrow('The level is 95')
})
