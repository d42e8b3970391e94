import {
  CONFORMAL_START,
  intervalsAround,
  observe,
  observeAll,
} from '../../../../src/ml/forecasts/conformal.js'
import type { ConformalState, ObservedSession } from '../../../../src/ml/forecasts/conformal.js'
import { contenderState, persistencePast } from '../../../../src/ml/forecasts/contender-intervals.js'
import type { ContenderPast } from '../../../../src/ml/forecasts/contender-intervals.js'
import { Generator } from '../../../../src/ml/generator.js'

/** One session after the other, each from a state of its own, sorted anew. */
function oneByOne(state: ConformalState, sessions: readonly ObservedSession[]): ConformalState {
  return sessions.reduce(observe, state)
}

/** Coarse prices, so that many scores are the same; halts, sessions without a forecast and forecasts that are no price. */
function draw(count: number, seed: number): ObservedSession[] {
  const generator = Generator.fromSeed(seed)
  let previous = 1_000
  return Array.from({ length: count }, () => {
    const actual = Math.max(900, previous + 10 * (generator.nextBelow(7) - 3))
    const kind = generator.nextBelow(20)
    const predicted = kind === 0 ? null : kind === 1 ? -1 : previous + 10 * generator.nextBelow(3)
    const session = { predicted, actual, previous, traded: kind !== 2 }
    previous = actual
    return session
  })
}

describe('many sessions at once', () => {
  const sessions = draw(900, 1)

  test.each([0, 1, 19, 20, 21, 60, 61, 270, 290, 310, 900])(
    'give the state of %i observed one by one, to the bit',
    (count) => {
      const some = sessions.slice(0, count)
      expect(observeAll(CONFORMAL_START, some)).toStrictEqual(oneByOne(CONFORMAL_START, some))
    },
  )

  test('may be observed in two parts, wherever the cut is', () => {
    const whole = oneByOne(CONFORMAL_START, sessions)
    expect(whole.scores).toHaveLength(250)
    expect(whole.widening).not.toEqual(CONFORMAL_START.widening)
    for (const cut of [0, 30, 100, 262, 500, 899, 900]) {
      const before = observeAll(CONFORMAL_START, sessions.slice(0, cut))
      expect(observeAll(before, sessions.slice(cut))).toStrictEqual(whole)
    }
  })

  test('do not change the given state, and are refused where a return is undefined', () => {
    const state = observeAll(CONFORMAL_START, sessions.slice(0, 400))
    const copy = JSON.parse(JSON.stringify(state)) as ConformalState
    observeAll(state, sessions.slice(400))
    expect(state).toStrictEqual(copy)
    const broken = [...sessions.slice(0, 5), { predicted: 1, actual: 0, previous: 1, traded: true }]
    expect(() => observeAll(CONFORMAL_START, broken)).toThrow('from 1 to 0')
  })
})

describe('a contender’s past', () => {
  const sessions = draw(300, 2)
  const closes = Float64Array.from([1_000, ...sessions.map(({ actual }) => actual)])
  const past: ContenderPast = {
    closes,
    traded: (place) => sessions[place - 1]?.traded ?? false,
    predicted: (place) => sessions[place - 1]?.predicted ?? null,
  }

  test('is every session after the first, with its forecast', () => {
    expect(contenderState(past)).toStrictEqual(oneByOne(CONFORMAL_START, sessions))
  })

  test('without forecasts gives the bounds of the market, and of persistence its own', () => {
    const silent = contenderState({ ...past, predicted: () => null })
    const market = [
      { lower: -1, upper: 1 },
      { lower: -2, upper: 2 },
    ]
    expect(intervalsAround(silent, 1_000, market)).toMatchObject({ kind: 'intervals', warmingUp: true })
    const persistence = contenderState(persistencePast(closes, past.traded))
    expect(intervalsAround(persistence, 1_000, null)).toMatchObject({ kind: 'intervals', warmingUp: false })
    const returns = sessions.map((session) => ({ ...session, predicted: session.previous }))
    expect(persistence).toStrictEqual(oneByOne(CONFORMAL_START, returns))
  })

  test('of at most one close gives the initial state', () => {
    for (const count of [0, 1]) {
      expect(contenderState(persistencePast(closes.slice(0, count), () => true))).toBe(CONFORMAL_START)
    }
  })
})
