import { Generator } from '../../../../src/ml/generator.js'
import { foldCount, WALK_FORWARD_MODES, walkForward } from '../../../../src/ml/fit/walk-forward-folds.js'
import type { WalkForwardPlan } from '../../../../src/ml/fit/walk-forward-folds.js'

/** The drawn example. */
const PLAN: WalkForwardPlan = {
  barCount: 11,
  from: 4,
  to: 10,
  refitEvery: 3,
  mode: 'rolling',
  windowBars: 4,
}

test('the drawn example, rolling', () => {
  expect([...walkForward(PLAN)]).toEqual([
    { trainFirst: 0, trainLast: 3, serveFirst: 4, serveLast: 6 },
    { trainFirst: 3, trainLast: 6, serveFirst: 7, serveLast: 9 },
    { trainFirst: 6, trainLast: 9, serveFirst: 10, serveLast: 10 },
  ])
})

test('the drawn example, expanding, keeps the first bar', () => {
  expect([...walkForward({ ...PLAN, mode: 'expanding' })]).toEqual([
    { trainFirst: 0, trainLast: 3, serveFirst: 4, serveLast: 6 },
    { trainFirst: 0, trainLast: 6, serveFirst: 7, serveLast: 9 },
    { trainFirst: 0, trainLast: 9, serveFirst: 10, serveLast: 10 },
  ])
})

test('folds of any size serve each session once, in order, from a fit that ends before it', () => {
  const generator = Generator.fromSeed(11)
  for (let run = 0; run < 2000; run++) {
    const windowBars = 1 + generator.nextBelow(30)
    const from = windowBars + generator.nextBelow(20)
    const to = from + generator.nextBelow(60)
    const plan: WalkForwardPlan = {
      barCount: to + 1 + generator.nextBelow(10),
      from,
      to,
      refitEvery: 1 + generator.nextBelow(70),
      mode: WALK_FORWARD_MODES[generator.nextBelow(2)] ?? 'rolling',
      windowBars,
    }
    const served: number[] = []
    let folds = 0
    for (const { trainFirst, trainLast, serveFirst, serveLast } of walkForward(plan)) {
      folds += 1
      expect(trainLast).toBe(serveFirst - 1)
      const trained = trainLast - trainFirst + 1
      if (plan.mode === 'rolling') expect(trained).toBe(windowBars)
      else expect({ trainFirst, enough: trained >= windowBars }).toEqual({ trainFirst: 0, enough: true })
      expect(trainFirst).toBeGreaterThanOrEqual(0)
      const length = serveLast - serveFirst + 1
      if (serveLast === to) expect(length).toBeLessThanOrEqual(plan.refitEvery)
      else expect(length).toBe(plan.refitEvery)
      for (let session = serveFirst; session <= serveLast; session++) served.push(session)
    }
    expect(served).toEqual(Array.from({ length: to - from + 1 }, (_, i) => from + i))
    expect(foldCount(plan)).toBe(folds)
  }
})

test('bars after the last session forecast change no fold', () => {
  expect([...walkForward({ ...PLAN, barCount: 500 })]).toEqual([...walkForward(PLAN)])
})

test('folds are made lazily, and anew on every iteration', () => {
  const endless = walkForward({
    ...PLAN,
    barCount: Number.MAX_SAFE_INTEGER,
    to: Number.MAX_SAFE_INTEGER - 1,
    refitEvery: 1,
  })
  for (let iteration = 0; iteration < 2; iteration++) {
    const [first, second] = endless
    expect([first?.serveFirst, second?.serveFirst]).toEqual([4, 5])
  }
})

const REFUSED: readonly (readonly [Partial<WalkForwardPlan>, string])[] = [
  [{ from: 3 }, 'from: session 3 has 3 bars before it and one training window needs 4; start at session 4'],
  [{ to: 11 }, 'to: session 11 is not among the 11 bars; the last one is 10'],
  [{ from: 9, to: 8 }, 'from: session 9 comes after the last one, 8'],
  [{ from: -1 }, 'from: -1 is not a whole number from 0'],
  [{ to: NaN }, 'to: NaN'],
  [{ refitEvery: 0 }, 'refitEvery: 0 is not a whole number from 1'],
  [{ refitEvery: 1.5 }, 'refitEvery: 1.5'],
  [{ windowBars: 0 }, 'windowBars: 0'],
  [{ barCount: Infinity }, 'barCount: Infinity'],
  [{ mode: 'sliding' as 'rolling' }, 'mode: "sliding" is not known; use rolling or expanding'],
]

test.each(REFUSED)('%j is refused before the first fold', (change, message) => {
  const plan = { ...PLAN, ...change }
  for (const call of [() => walkForward(plan), () => foldCount(plan)]) {
    expect(call).toThrow(message)
    expect(call).toThrow(
      expect.objectContaining({ name: 'KospigraphError', code: 'BAD_USER_INPUT' }) as Error,
    )
  }
})
