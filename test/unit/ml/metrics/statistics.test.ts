import { studentTail } from '../../../../src/ml/metrics/statistics.js'

// t, degrees of freedom, scipy 1.17.1's stats.t.sf(t, degrees).
const SCIPY: readonly (readonly [number, number, number])[] = [
  [0.5, 1, 0.35241638234956674],
  [2, 1, 0.14758361765043326],
  [0.1, 2, 0.4647327192070701],
  [1.5, 7, 0.088649243494985],
  [2.5, 30, 0.009057824534033344],
  [-1.2, 30, 0.8802348245551688],
  [1.96, 149, 0.025930726886966387],
  [0.3, 499, 0.3821510428718984],
  [5, 499, 3.9757259410644824e-7],
  [12, 2449, 1.4018902071949116e-32],
  [30, 10, 1.9808961710156623e-11],
  [0.001, 5, 0.4996203933860988],
]

test.each(SCIPY)('the tail beyond %d with %d degrees of freedom is that of scipy', (t, degrees, expected) => {
  expect(studentTail(t, degrees) / expected).toBeCloseTo(1, 10)
})

test('tails of t and -t add up to 1, and the ends are 1, one half and 0', () => {
  for (const t of [0, 0.7, 3]) expect(studentTail(t, 12) + studentTail(-t, 12)).toBeCloseTo(1, 14)
  expect(studentTail(0, 3)).toBe(0.5)
  expect(studentTail(Infinity, 3)).toBe(0)
  expect(studentTail(-Infinity, 3)).toBe(1)
})

test('zero degrees of freedom and NaN are refused', () => {
  expect(() => studentTail(1, 0)).toThrow('0 degrees')
  expect(() => studentTail(1, 1.5)).toThrow('1.5 degrees')
  expect(() => studentTail(NaN, 3)).toThrow('NaN')
})
