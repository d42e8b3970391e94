import { createBackAdjustmentDetector } from '../../../../src/domain/bars/back-adjustment.js'
import { addDays, dayNumber } from '../../../../src/domain/calendar/session.js'
import type { Session } from '../../../../src/domain/calendar/session.js'

const FIRST = '2018-01-02' as Session
const day = (at: number): Session => addDays(FIRST, at)
const PRICES = Array.from({ length: 300 }, (_, at) => 40_000 + ((at * 7_919) % 9_001))

/** What is seen where the stored closes are `PRICES` and `given` says what a file has instead. */
function stepsOf(given: (price: number, at: number) => number, prices = PRICES): (string | number)[][] {
  const watch = createBackAdjustmentDetector(1)
  prices.forEach((price, at) => {
    watch.see(day(at), Math.round(given(price, at)), price)
  })
  return watch
    .steps()
    .map(({ ratio, firstSession, lastSession, sessions }) => [
      Number(ratio.toPrecision(3)),
      dayNumber(firstSession) - dayNumber(FIRST),
      dayNumber(lastSession) - dayNumber(FIRST),
      sessions,
    ])
}

describe('a back-adjustment', () => {
  it('is not detected where nothing differs, or no three sessions in a row have one ratio', () => {
    expect(stepsOf((price) => price)).toEqual([])
    expect(stepsOf((price, at) => (at < 2 ? price / 50 : price))).toEqual([])
    expect(stepsOf((price, at) => price * (1 + at / 100))).toEqual([])
  })

  it('is detected in the middle, at the newest stretch and without later agreement', () => {
    expect(stepsOf((price, at) => (at >= 100 && at < 110 ? price / 50 : price))).toEqual([
      [0.02, 100, 109, 10],
    ])
    expect(stepsOf((price, at) => (at >= 290 ? price * 50 : price))).toEqual([[50, 290, 299, 10]])
    expect(stepsOf((price, at) => (at >= 297 ? price * 50 : price))).toEqual([[50, 297, 299, 3]])
    expect(stepsOf((price, at) => (at >= 298 ? price * 50 : price))).toEqual([])
  })

  it('is not detected where prices are too low to separate its ratio from rounding', () => {
    const low = PRICES.map((price) => Math.round(price / 10_000))
    expect(stepsOf((price) => price * 1.02, low)).toEqual([])
  })

  it('is one step where all closes have one ratio, and may end at a split', () => {
    expect(stepsOf((price) => price / 50)).toEqual([[0.02, 0, 299, 300]])
    expect(stepsOf((price, at) => (at < 200 ? price * 10 : price))).toEqual([[10, 0, 199, 200]])
  })

  it('has a step for every split, wherever the last one ends', () => {
    const twice = (price: number, at: number): number => price / (at < 100 ? 100 : at < 250 ? 50 : 1)
    expect(stepsOf(twice)).toEqual([
      [0.01, 0, 99, 100],
      [0.02, 100, 249, 150],
    ])
    expect(stepsOf((price, at) => twice(price, at) / 2).length).toBe(3)
  })

  it('is detected despite wrong closes before and after the split', () => {
    const wrong = (price: number, at: number): number => (at === 150 || at === 280 ? price * 1.1 : price)
    expect(stepsOf((price, at) => wrong(price, at) / (at < 200 ? 50 : 1))).toEqual([[0.02, 0, 199, 199]])
    expect(stepsOf((price, at) => (at % 8 === 5 ? price * 3 : price / 50))).toEqual([[0.02, 0, 299, 263]])
  })
})
