import { Generator } from '../../../../src/ml/generator.js'
import { populationStability } from '../../../../src/ml/metrics/population-stability.js'

const upTo = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => i + 1)

function uniform(count: number, generator: Generator): Float64Array {
  return Float64Array.from({ length: count }, () => generator.nextUniform())
}

describe('the population stability index', () => {
  test('is the sum over the deciles of the reference, half a value added to each', () => {
    // 1 to 100 has 10 in each decile; of the live values 10 are in the first and 10 in the last.
    const live = Float64Array.from([...upTo(10), ...upTo(10).map((value) => value + 90)])
    const term = (q: number): number => (0.1 - q) * Math.log(0.1 / q)
    expect(populationStability(upTo(100), live).psi).toBeCloseTo(2 * term(10.5 / 25) + 8 * term(0.5 / 25), 12)
  })

  test('of a sample and itself is 0, whatever its order', () => {
    expect(populationStability(upTo(100), upTo(100).reverse()).psi).toBeCloseTo(0, 12)
  })

  test('counts what lies beyond the reference with its outermost decile', () => {
    const at = (value: number): number => populationStability(upTo(100), new Float64Array(20).fill(value)).psi
    expect(at(1e9)).toBe(at(100))
    expect(at(-1e9)).toBe(at(1))
    expect(at(100)).toBeGreaterThan(2)
  })

  test('of a constant separates values above and below it', () => {
    const constant = new Float64Array(200).fill(7)
    const at = (value: number): number => populationStability(constant, new Float64Array(20).fill(value)).psi
    expect(at(7)).toBeLessThan(0.25)
    expect(at(7.1)).toBeGreaterThan(3)
    expect(at(6.9)).toBeGreaterThan(3)
  })

  test('merges equal deciles', () => {
    // 3 of 10 are 0: the deciles 1 to 3 are one, and what lies below has a bin of its own.
    const volumes = Float64Array.from({ length: 200 }, (_, i) => (i % 10 < 3 ? 0 : i))
    const live = (zeros: number): Float64Array =>
      Float64Array.from({ length: 20 }, (_, i) => (i < zeros ? 0 : i * 10))
    const { psi, chanceBound } = populationStability(volumes, live(20))
    expect(psi).toBeGreaterThan(chanceBound)
    expect(populationStability(volumes, live(6)).psi).toBeLessThan(chanceBound)
    // 9 bins: 8 degrees.
    expect(chanceBound).toBeCloseTo(20.09 * (1 / 200 + 1 / 20), 12)
  })

  test('refuses an empty sample', () => {
    expect(() => populationStability(upTo(0), upTo(1))).toThrow(RangeError)
    expect(() => populationStability(upTo(1), upTo(0))).toThrow('1 reference values with 0 live values')
  })
})

describe('the bounds', () => {
  test.each([
    // Half a value in each bin draws an index of few values towards 0.
    [200, 20, 0, 0.005],
    [200, 60, 0.005, 0.02],
    [1_000, 500, 0.005, 0.02],
  ])('of chance are exceeded by at most one of 100 pairs of %i and %i values', (size, count, least, most) => {
    const generator = Generator.fromSeed(3)
    const pairs = 2_000
    let exceeded = 0
    for (let i = 0; i < pairs; i++) {
      const { psi, chanceBound } = populationStability(uniform(size, generator), uniform(count, generator))
      exceeded += psi > chanceBound ? 1 : 0
    }
    expect(exceeded / pairs).toBeGreaterThanOrEqual(least)
    expect(exceeded / pairs).toBeLessThan(most)
  })

  test('of runs are the largest index of any part of the reference as long as the live sample', () => {
    const generator = Generator.fromSeed(4)
    const reference = uniform(60, generator)
    const parts = Array.from({ length: 41 }, (_, first) => reference.slice(first, first + 20))
    const largest = Math.max(...parts.map((part) => populationStability(reference, part).psi))
    for (const part of parts) {
      const { psi, runBound } = populationStability(reference, part)
      expect(runBound).toBeCloseTo(largest, 9)
      expect(psi).toBeLessThanOrEqual(runBound)
    }
    expect(populationStability(reference, uniform(60, generator)).runBound).toBe(0)
  })
})
