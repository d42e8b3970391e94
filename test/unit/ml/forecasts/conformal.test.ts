import {
  CONFORMAL_START,
  INTERVAL_LEVELS,
  intervalsAround,
  marketBounds,
  observe,
} from '../../../../src/ml/forecasts/conformal.js'
import type {
  ConformalState,
  ObservedSession,
  PriceInterval,
} from '../../../../src/ml/forecasts/conformal.js'
import { Generator } from '../../../../src/ml/generator.js'

/** As if variance were 1e-4 before the next session: a volatility of 1 %. */
const calm = (scores: readonly number[]): ConformalState => ({
  ...CONFORMAL_START,
  weightedSquares: 0.8e-4,
  weight: 0.8,
  scores,
})
/** 0.1, 0.2 ... out of order. */
const spread = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => (((i * 7) % count) + 1) / 10)

const session = (predicted: number | null, actual: number, previous = 100): ObservedSession => ({
  predicted,
  actual,
  previous,
  traded: true,
})

function requireIntervals(state: ConformalState, predicted: number, market = marketBounds([])) {
  const result = intervalsAround(state, predicted, market)
  if (result.kind === 'none') throw new Error(result.reason)
  return result
}

describe('bounds', () => {
  test('are the ranks of split conformal prediction, in volatilities around the predicted close', () => {
    // 40 scores from 0.1 to 4: of 41 places, 4 are a tail of 10 % and 1 is one of 2.5 %.
    const { intervals, warmingUp } = requireIntervals(calm(spread(40)), 200)
    expect(warmingUp).toBe(false)
    expect(intervals.map(({ level }) => level)).toEqual([0.8, 0.95])
    const bounds = intervals.map(({ lower, upper }) => [Math.log(lower / 200), Math.log(upper / 200)])
    const expected = [
      [0.004, 0.037],
      [0.001, 0.04],
    ]
    expected.flat().forEach((bound, i) => {
      expect(bounds.flat()[i]).toBeCloseTo(bound, 12)
    })
    // Of 50 places 5 are a tail of 10 %, though of 49 scores only 4 are.
    const [narrow] = requireIntervals(calm(spread(48)), 200).intervals
    const [narrowOf49] = requireIntervals(calm([...spread(48), 4.9]), 200).intervals
    expect(Math.log((narrow?.lower ?? NaN) / 200)).toBeCloseTo(0.004, 12)
    expect(Math.log((narrowOf49?.lower ?? NaN) / 200)).toBeCloseTo(0.005, 12)
  })

  test('of a young contender are those of the market, marked as warming up', () => {
    const market = marketBounds([calm(spread(20)), calm([-9, ...spread(20)])])
    const young = requireIntervals(calm(spread(39)), 100, market)
    expect(young.warmingUp).toBe(true)
    expect(Math.log((young.intervals[1]?.lower ?? NaN) / 100)).toBeCloseTo(-0.09, 12)
    expect(requireIntervals(calm(spread(40)), 100, market).warmingUp).toBe(false)
  })

  test('are not given where they are undefined, with the reason', () => {
    const state = calm(spread(39))
    expect(marketBounds([calm(spread(39))])).toBeNull()
    expect(intervalsAround(state, 100, null)).toEqual({ kind: 'none', reason: 'TOO_FEW_RESIDUALS' })
    const fresh = { ...state, weight: 0.6 }
    expect(intervalsAround(fresh, 100, null)).toEqual({ kind: 'none', reason: 'TOO_FEW_RETURNS' })
    const reason = 'PREDICTED_NOT_POSITIVE'
    for (const price of [0, -1, NaN, Infinity]) {
      expect(intervalsAround(calm(spread(40)), price, null)).toEqual({ kind: 'none', reason })
    }
  })

  test('that crossed meet in the middle, and the wider level contains the narrower', () => {
    const widening = [
      { lower: -9, upper: 1 },
      { lower: -9, upper: -9 },
    ]
    const { intervals } = requireIntervals({ ...calm(spread(40)), widening }, 100)
    const [narrow, wide] = intervals
    // From 0.4 + 9 down to 3.7 + 1 is out of order: both ends are the middle.
    expect(Math.log((narrow?.lower ?? NaN) / 100)).toBeCloseTo(0.0705, 12)
    expect(narrow?.upper).toBe(narrow?.lower)
    expect(wide?.lower).toBeLessThanOrEqual(narrow?.lower ?? NaN)
    expect(wide?.upper).toBeGreaterThanOrEqual(narrow?.upper ?? NaN)
  })
})

describe('observing', () => {
  test('a volatility is RiskMetrics’, without a first guess, and known from 20 sessions on', () => {
    let state = CONFORMAL_START
    const returns = Array.from({ length: 20 }, (_, i) => (((i * 13) % 7) - 3) / 100)
    returns.forEach((value, i) => {
      expect(intervalsAround(state, 100, [])).toMatchObject({ reason: 'TOO_FEW_RETURNS' })
      state = observe(state, session(null, 100 * Math.exp(value)))
      expect(state.weight).toBeCloseTo(1 - 0.94 ** (i + 1), 12)
    })
    const squares = returns.reduce((sum, value, i) => sum + 0.06 * 0.94 ** (19 - i) * value ** 2, 0)
    const volatility = Math.sqrt(squares / (1 - 0.94 ** 20))
    const unit = [
      { lower: -1, upper: 1 },
      { lower: -2, upper: 2 },
    ]
    const { intervals } = requireIntervals(state, 50, unit)
    expect(Math.log((intervals[0]?.upper ?? NaN) / 50)).toBeCloseTo(volatility, 12)
    expect(state.scores).toEqual([])
  })

  test('a residual is divided by the volatility known before it', () => {
    const after = observe(calm([]), session(101, 104))
    expect(after.scores).toHaveLength(1)
    expect(after.scores[0]).toBeCloseTo(Math.log(104 / 101) / 0.01, 9)
    expect(after.weightedSquares).toBeCloseTo(0.94 * 0.8e-4 + 0.06 * Math.log(1.04) ** 2, 12)
  })

  test('a missed tail moves out, the other moves in', () => {
    // Scores from 0.1 to 4: -1 lies below both lower bounds, 3.8 above the 80 % upper bound alone.
    const state = calm(spread(40))
    const low = observe(state, session(100, 100 * Math.exp(-0.01))).widening
    const high = observe(state, session(100, 100 * Math.exp(0.038))).widening
    const expectWidening = (widening: ConformalState['widening'], expected: readonly number[]): void => {
      const values = widening.flatMap(({ lower, upper }) => [lower, upper])
      expected.forEach((value, i) => {
        expect(values[i]).toBeCloseTo(value, 12)
      })
    }
    expectWidening(low, [0.09, -0.01, 0.0975, -0.0025])
    expectWidening(high, [-0.01, 0.09, -0.0025, -0.0025])
  })

  test('the bounds of the market do not adapt those of the contender', () => {
    expect(observe(calm(spread(39)), session(100, 1)).widening).toEqual(CONFORMAL_START.widening)
  })

  test('a session without trading changes nothing, and one without a forecast only the volatility', () => {
    const state = calm(spread(40))
    expect(observe(state, { ...session(90, 100), traded: false })).toBe(state)
    for (const predicted of [null, 0, -3, NaN]) {
      const after = observe(state, session(predicted, 103))
      expect(after.weightedSquares).not.toBe(state.weightedSquares)
      expect(after).toMatchObject({ scores: state.scores, widening: state.widening })
    }
  })

  test('a gigantic first move after flat months gives finite prices and a state that survives JSON', () => {
    for (const jump of [1.3, 1e-9, 1e12, 1e300]) {
      let state = CONFORMAL_START
      for (let i = 0; i < 70; i++) state = observe(state, session(100, 100))
      state = observe(state, session(100, 100 * jump))
      // The jump is the outermost of 51 scores, and volatility is now thousands of times what it was then.
      expect(Math.max(...state.scores.map(Math.abs))).toBeGreaterThan(20_000)
      expect(JSON.parse(JSON.stringify(state))).toEqual(state)
      for (const predicted of [1e-300, 100 * jump, Number.MAX_VALUE]) {
        for (const { lower, upper } of requireIntervals(state, predicted).intervals) {
          expect(lower).toBeGreaterThan(0)
          expect(upper).toBeLessThan(Infinity)
        }
      }
    }
  })

  test('closes and forecasts with an infinite ratio give a finite state', () => {
    const state = observe(calm(spread(40)), session(1e-200, 1e200, 1e-200))
    const after = observe(state, session(1e200, 1e-200, 1e200))
    expect(JSON.parse(JSON.stringify(after))).toEqual(after)
  })

  test('an invalid close is refused', () => {
    expect(() => observe(CONFORMAL_START, session(100, 0))).toThrow('from 100 to 0')
    expect(() => observe(CONFORMAL_START, session(100, 100, NaN))).toThrow('from NaN to 100')
  })
})

/** A heavy-tailed return of standard deviation 1: in one session of ten, three times as wide. */
function drawReturn(generator: Generator): number {
  let sum = -6
  for (let i = 0; i < 12; i++) sum += generator.nextUniform()
  return (sum * (generator.nextBelow(10) === 0 ? 3 : 1)) / Math.sqrt(1.8)
}

interface Walk {
  readonly sessions: readonly ObservedSession[]
  readonly intervals: readonly (readonly PriceInterval[])[]
  readonly state: ConformalState
}

/** Forecasts each session from a state that has observed those before, and then observes it. */
function walk(sessions: readonly ObservedSession[], through = (state: ConformalState) => state): Walk {
  let state = CONFORMAL_START
  const intervals = sessions.map((each) => {
    const result = intervalsAround(state, each.predicted ?? NaN, null)
    state = through(observe(state, each))
    return result.kind === 'none' ? [] : result.intervals
  })
  return { sessions, intervals, state }
}

/** Sessions whose return has the deviation, and whose forecast has the bias, of their place. */
function simulate(
  count: number,
  seed: number,
  deviationAt: (place: number) => number,
  biasAt: (place: number) => number = () => 0,
): ObservedSession[] {
  const generator = Generator.fromSeed(seed)
  return Array.from({ length: count }, (_, place) => {
    const actualReturn = deviationAt(place) * drawReturn(generator)
    return session(100 * Math.exp(biasAt(place)), 100 * Math.exp(actualReturn))
  })
}

/** Share of the sessions chosen that each level held. */
function coverageOf(
  { sessions, intervals }: Walk,
  chosen: (place: number) => boolean = () => true,
): number[] {
  return INTERVAL_LEVELS.map((_, level) => {
    let held = 0
    let all = 0
    sessions.forEach(({ actual }, place) => {
      const interval = intervals[place]?.[level]
      if (interval === undefined || !chosen(place)) return
      all += 1
      if (interval.lower <= actual && actual <= interval.upper) held += 1
    })
    return held / all
  })
}

function expectWithin(coverage: readonly number[], points: readonly [number, number]): void {
  coverage.forEach((share, level) => {
    expect(Math.abs(share - (INTERVAL_LEVELS[level] ?? NaN)) * 100).toBeLessThan(points[level] ?? NaN)
  })
}

describe('realised coverage', () => {
  /** Calm and wild spells of 500 sessions. */
  const regimes = simulate(10_000, 1, (place) => (Math.floor(place / 500) % 2 === 0 ? 0.007 : 0.025))

  test('holds over calm and volatile periods, in each of them, and after each change', () => {
    const walked = walk(regimes)
    expectWithin(coverageOf(walked), [0.5, 0.5])
    const isWild = (place: number): boolean => Math.floor(place / 500) % 2 === 1
    expectWithin(coverageOf(walked, isWild), [1.5, 1])
    expectWithin(
      coverageOf(walked, (place) => !isWild(place)),
      [1.5, 1],
    )
    expectWithin(
      coverageOf(walked, (place) => place >= 500 && place % 500 < 50),
      [4, 3],
    )
    for (let first = 500; first < 10_000; first += 500) {
      expectWithin(
        coverageOf(walked, (place) => place >= first && place < first + 500),
        [5, 3],
      )
    }
  })

  test('holds for a contender whose bias changes sides every 150 sessions', () => {
    const biased = simulate(
      10_000,
      2,
      () => 0.01,
      (place) => (Math.floor(place / 150) % 2 === 0 ? 0.02 : -0.02),
    )
    expectWithin(coverageOf(walk(biased)), [1, 1])
  })

  test.each([-40, 40])('holds for a contender that is always off by %i volatilities', (bias) => {
    const biased = simulate(
      10_000,
      3,
      () => 0.01,
      () => bias * 0.01,
    )
    expectWithin(coverageOf(walk(biased)), [1, 1])
  })

  test('holds for a contender that is off by 40 volatilities after 250 sessions', () => {
    const biased = simulate(
      5000,
      4,
      () => 0.01,
      (place) => (place < 1000 ? 0 : 0.4),
    )
    expectWithin(
      coverageOf(walk(biased), (place) => place >= 1250),
      [2, 1.5],
    )
  })

  test('holds for a contender off by half the price, through calm and volatile periods', () => {
    const biased = simulate(
      10_000,
      6,
      (place) => (Math.floor(place / 500) % 2 === 0 ? 0.007 : 0.025),
      () => -0.7,
    )
    expectWithin(coverageOf(walk(biased)), [2, 2])
  })

  test('levels are always nested and prices positive', () => {
    for (const [narrow, wide] of walk(regimes).intervals.slice(60)) {
      if (narrow === undefined || wide === undefined) throw new Error('no interval')
      expect(wide.lower > 0 && wide.lower <= narrow.lower).toBe(true)
      expect(narrow.lower <= narrow.upper && narrow.upper <= wide.upper).toBe(true)
    }
  })

  test('changed bars change no interval up to their own session', () => {
    const changed = regimes.slice(0, 600)
    const from = 400
    for (let place = from; place < 600; place++) changed[place] = session(130, 60 + place / 10)
    const before = walk(regimes.slice(0, 600)).intervals
    const after = walk(changed).intervals
    expect(after.slice(0, from)).toEqual(before.slice(0, from))
    expect(before.slice(0, from).filter((each) => each.length === 2)).toHaveLength(from - 60)
    // Its own session: the interval around the same forecast.
    const predicted = regimes[from]?.predicted ?? NaN
    expect(intervalsAround(walk(changed.slice(0, from)).state, predicted, null)).toMatchObject({
      intervals: before[from],
    })
    expect(after.slice(from + 1)).not.toEqual(before.slice(from + 1))
  })

  test('a stored state continues exactly like one in memory and does not grow', () => {
    const stored = walk(
      regimes.slice(0, 1000),
      (state) => JSON.parse(JSON.stringify(state)) as ConformalState,
    )
    const kept = walk(regimes.slice(0, 1000))
    expect(stored.intervals).toEqual(kept.intervals)
    expect(stored.state).toEqual(kept.state)
    expect(kept.state.scores).toHaveLength(250)
  })
})
