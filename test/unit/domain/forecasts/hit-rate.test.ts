import { addHit, hitRatesOf, isHit, NO_HITS } from '../../../../src/domain/forecasts/hit-rate.js'

const ratesOf = (closes: readonly (readonly [predicted: number, actual: number, previous: number])[]) =>
  hitRatesOf(
    closes.reduce(
      (counts, [predicted, actual, previous]) => addHit(counts, { predicted, actual, previous }),
      NO_HITS,
    ),
  )

test('neither a close that did not move nor a forecast without a direction counts', () => {
  expect(isHit({ predicted: 11, actual: 10, previous: 10 })).toBeNull()
  expect(isHit({ predicted: 10, actual: 11, previous: 10 })).toBeNull()
  expect(
    ratesOf([
      [10, 11, 10],
      [11, 10, 10],
    ]),
  ).toEqual({ hitRate: null, upRate: null, baseRate: null })
})

test('the base rate is of the same sessions, without those that persistence forecast', () => {
  const directed = [
    [11, 12, 10],
    [11, 12, 10],
    [9, 12, 10],
    [11, 9, 10],
  ] as const
  expect(ratesOf(directed)).toEqual({ hitRate: 0.5, upRate: 0.75, baseRate: 0.75 })
  expect(ratesOf([...directed, [10, 12, 10], [10, 9, 10]])).toEqual(ratesOf(directed))
})

test('where more sessions fell, always down is the base', () => {
  expect(
    ratesOf([
      [9, 8, 10],
      [11, 8, 10],
      [11, 12, 10],
    ]),
  ).toEqual({
    hitRate: 2 / 3,
    upRate: 1 / 3,
    baseRate: 2 / 3,
  })
})

test('always up has the base rate of a rising market, and no more', () => {
  const { hitRate, baseRate } = ratesOf(
    Array.from({ length: 100 }, (_, at) => [101, at < 58 ? 102 : 99, 100] as const),
  )
  expect([hitRate, baseRate]).toEqual([0.58, 0.58])
})
