import {
  automaticLag,
  dieboldMariano,
  LOSSES,
  lossDifferentials,
} from '../../../../src/ml/metrics/diebold-mariano.js'
import type { Loss } from '../../../../src/ml/metrics/diebold-mariano.js'
import { Generator } from '../../../../src/ml/generator.js'

/** Errors that any language computes alike. */
function errorsOf(sessions: number): { readonly model: Float64Array; readonly baseline: Float64Array } {
  const at = (of: (i: number) => number): Float64Array =>
    Float64Array.from({ length: sessions }, (_, i) => of(i))
  return {
    model: at((i) => (((i * 37 + 11) % 23) - 11) / 7 + (((i * i) % 13) - 6) / 9),
    baseline: at((i) => (((i * 29 + 5) % 31) - 15) / 8),
  }
}

// Sessions, loss, lag, statistic and p: statsmodels 0.15.0 (OLS on a constant, HAC covariance without correction)
// times the small-sample factor, and scipy 1.17.1's t.sf. With lag 0 they are scipy's ttest_1samp too.
const STATSMODELS: readonly (readonly [number, Loss, number, number, number])[] = [
  [20, 'squared', 0, 1.4445535918845447, 0.08243664355179164],
  [20, 'squared', 2, 1.131712660235496, 0.13591862486028827],
  [150, 'squared', 4, 0.9224094334155694, 0.17890313246651737],
  [150, 'absolute', 4, 1.1282663854955475, 0.1305104305548433],
  [500, 'squared', 0, 2.318849482259552, 0.010403134788148145],
  [500, 'squared', 5, 1.7055686866921165, 0.04435536317512971],
  [500, 'absolute', 5, 1.9716841069878386, 0.024598809801490228],
]

test.each(STATSMODELS)(
  '%d sessions, %s loss, lag %d: as statsmodels',
  (sessions, loss, lag, statistic, p) => {
    const { model, baseline } = errorsOf(sessions)
    const result = dieboldMariano(lossDifferentials(model, baseline, loss), lag)
    if (result.kind !== 'tested') throw new Error(result.reason)
    expect(result.statistic).toBeCloseTo(statistic, 11)
    expect(result.pValue).toBeCloseTo(p, 11)
    expect(result.lag).toBe(lag)
  },
)

test('by default the lag follows the rule and the loss is squared', () => {
  const { model, baseline } = errorsOf(150)
  expect(dieboldMariano(lossDifferentials(model, baseline))).toEqual(
    dieboldMariano(lossDifferentials(model, baseline, 'squared'), 4),
  )
  expect([8, 50, 99, 100, 150, 500, 2450].map(automaticLag)).toEqual([2, 3, 3, 4, 4, 5, 8])
})

test('exchanging model and baseline negates the statistic, and the two p add up to 1', () => {
  const { model, baseline } = errorsOf(60)
  for (const loss of LOSSES) {
    const forth = dieboldMariano(lossDifferentials(model, baseline, loss))
    const back = dieboldMariano(lossDifferentials(baseline, model, loss))
    if (forth.kind !== 'tested' || back.kind !== 'tested') throw new Error('untested')
    expect(back.statistic).toBeCloseTo(-forth.statistic, 12)
    expect(back.pValue + forth.pValue).toBeCloseTo(1, 12)
  }
})

test('where neither is better, p is below 10 % about one time in ten', () => {
  const generator = Generator.fromSeed(5)
  const draws = (): Float64Array => Float64Array.from({ length: 150 }, () => generator.nextUniform() - 0.5)
  let below = 0
  for (let run = 0; run < 1000; run++) {
    const result = dieboldMariano(lossDifferentials(draws(), draws()))
    if (result.kind === 'tested' && result.pValue < 0.1) below += 1
  }
  expect(below).toBeGreaterThan(75)
  expect(below).toBeLessThan(140)
})

test('untestable differentials give the reason', () => {
  const untested = (values: readonly number[]) => dieboldMariano(Float64Array.from(values))
  expect(untested([1, 2, 3, 4, 5, 6, 7])).toEqual({ kind: 'untested', reason: 'TOO_FEW_SESSIONS' })
  expect(untested(Array<number>(9).fill(0))).toEqual({ kind: 'untested', reason: 'EQUAL_LOSSES' })
  // 0.1 has no exact mean: what rounding leaves is no spread.
  expect(untested(Array<number>(9).fill(0.1))).toEqual({ kind: 'untested', reason: 'CONSTANT_DIFFERENTIAL' })
  expect(untested([1, 2, 3, 4, 5, 6, 7, 8]).kind).toBe('tested')
})

test('a differential that is not finite, an invalid lag and errors of different lengths are refused', () => {
  const values = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  expect(() => dieboldMariano(values.with(3, NaN))).toThrow('not finite')
  expect(() => dieboldMariano(values, 8)).toThrow('from 0 to 7')
  expect(() => dieboldMariano(values, 0.5)).toThrow('0.5')
  expect(() => lossDifferentials(values, values.subarray(1))).toThrow('8 errors of the model with 7')
})
