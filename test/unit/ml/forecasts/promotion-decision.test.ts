import { DEFAULT_RULES } from '../../../../src/domain/forecasts/promotion.js'
import type { Evaluation } from '../../../../src/domain/forecasts/promotion.js'
import { Generator } from '../../../../src/ml/generator.js'
import {
  decidePromotion,
  evaluate,
  lossObstacle,
  obstacleOf,
  rebase,
} from '../../../../src/ml/forecasts/promotion-decision.js'
import type { EvaluatedSession } from '../../../../src/ml/forecasts/promotion-decision.js'

/** A walk whose next close a contender knows to a share of the move: 1 knows all, 0 is persistence, below 0 worse. */
function history(sessions: number, share: number, noise = 0.2): EvaluatedSession[] {
  const generator = Generator.fromSeed(7)
  const draw = (): number => 2 * generator.nextUniform() - 1
  let previous = 1_000
  return Array.from({ length: sessions }, (_, i) => {
    const move = 10 * draw()
    const actual = previous + move
    const predicted = previous + share * move + noise * draw()
    const session = { predicted, actual, previous, backfilled: i < 20 }
    previous = actual
    return session
  })
}

const GOOD: Evaluation = {
  sessions: 60,
  backfilled: 0,
  rmse: 9,
  persistenceRmse: 10,
  skill: 0.1,
  pValue: 0.001,
}

describe('evaluate', () => {
  it('evaluates a contender against persistence on the same sessions', () => {
    const found = evaluate([
      { predicted: 103, actual: 104, previous: 100, backfilled: true },
      { predicted: 100, actual: 101, previous: 104, backfilled: false },
    ])
    // Errors -1 and -1; those of persistence -4 and 3.
    expect(found).toMatchObject({ sessions: 2, backfilled: 1, rmse: 1, pValue: null })
    expect(found.persistenceRmse).toBeCloseTo(Math.sqrt(12.5), 12)
    expect(found.skill).toBeCloseTo(1 - 1 / Math.sqrt(12.5), 12)
  })

  it('tests whether the difference is significant', () => {
    expect(evaluate(history(60, 0.5)).pValue).toBeLessThan(1e-4)
    expect(evaluate(history(60, -0.5)).pValue).toBeGreaterThan(0.99)
  })

  it('gives no skill where persistence had no error or there is no session', () => {
    const still = { predicted: 101, actual: 100, previous: 100, backfilled: false }
    expect(evaluate([still, still])).toMatchObject({ persistenceRmse: 0, skill: null })
    expect(evaluate([])).toEqual({
      sessions: 0,
      backfilled: 0,
      rmse: null,
      persistenceRmse: null,
      skill: null,
      pValue: null,
    })
  })
})

describe('rebase', () => {
  it('moves what was said by the scale of adjustments, and by nothing else', () => {
    expect(rebase(51_000, 0.02)).toBeCloseTo(1_020, 9)
    expect(rebase(51_000, 1)).toBe(51_000)
  })
})

describe('decidePromotion', () => {
  const decide = (champion: string, evaluations: Record<string, Evaluation>) =>
    decidePromotion(champion, new Map(Object.entries(evaluations)), DEFAULT_RULES)

  it('lets a recipe take over that is better by the margin, significantly', () => {
    expect(decide('persistence', { seed: GOOD })).toMatchObject({
      kind: 'TAKEOVER',
      contender: 'seed',
      evaluation: GOOD,
      reason: 'over 60 sessions its skill is 10.00 %, at least 1.00 %, and p is 0.0010, below 0.05',
    })
  })

  it.each<[string, Partial<Evaluation>, string]>([
    ['59 sessions', { sessions: 59 }, 'has been evaluated on 59 of 60 unseen sessions'],
    ['a skill of 0.99 %', { skill: 0.0099 }, 'has skill 0.99 % over 60 unseen sessions and needs 1.00 %'],
    ['p of 0.05', { pValue: 0.05 }, 'p is 0.050 and must be below 0.05'],
    ['no test', { pValue: null }, 'p is unknown'],
    ['no skill', { skill: null }, 'cannot beat persistence'],
  ])('leaves persistence where there is %s', (_, part, why) => {
    expect(decide('persistence', { seed: { ...GOOD, ...part } })).toBeNull()
    expect(obstacleOf({ ...GOOD, ...part }, DEFAULT_RULES)).toContain(why)
  })

  it('takes the best of several', () => {
    expect(decide('persistence', { seed: GOOD, returns: { ...GOOD, skill: 0.2 } })?.contender).toBe('returns')
  })

  it('keeps a champion that is no worse than persistence, however good others are', () => {
    const weak = { ...GOOD, skill: 0, pValue: 0.9 }
    expect(decide('seed', { seed: weak, returns: GOOD })).toBeNull()
  })

  it('makes a champion give way once it is worse than persistence', () => {
    const worse = { ...GOOD, skill: -0.001 }
    expect(decide('seed', { seed: worse })).toEqual({
      kind: 'GIVE_WAY',
      contender: 'persistence',
      evaluation: worse,
      reason: 'the skill of recipe seed over 60 sessions fell to -0.10 %, below 0.00 %',
    })
    const next = decide('seed', { seed: worse, returns: GOOD })
    expect(next).toMatchObject({ kind: 'TAKEOVER', contender: 'returns' })
    expect(next?.reason).toMatch(/^the skill of recipe seed .* returns: over 60 sessions/)
  })

  it('makes a champion give way that nights no longer fit, or that cannot be evaluated', () => {
    expect(decide('old', { seed: { ...GOOD, sessions: 3 } })).toMatchObject({
      kind: 'GIVE_WAY',
      contender: 'persistence',
      reason: 'recipe old is no longer fitted by nights',
    })
    expect(decide('seed', { seed: { ...GOOD, skill: null } })).toMatchObject({
      kind: 'GIVE_WAY',
      reason: 'recipe seed cannot beat persistence, which had no error over 60 sessions',
    })
    expect(decide('seed', { seed: evaluate([]) })?.reason).toMatch(/^recipe seed has no session left/)
  })

  it('requires at least 60 walk-forward sessions', () => {
    const of = (sessions: number) => decide('persistence', { seed: evaluate(history(sessions, 0.5)) })
    expect(of(59)).toBeNull()
    expect(of(60)?.kind).toBe('TAKEOVER')
    expect(decide('persistence', { seed: evaluate(history(60, 0, 2)) })).toBeNull()
  })
})

describe('lossObstacle', () => {
  const trailing = [0.004, 0.002, 0.003]

  it('lets a loss pass that is at most three times the median before it', () => {
    expect(lossObstacle(0.009, trailing, DEFAULT_RULES)).toBeNull()
    expect(lossObstacle(0.0091, trailing, DEFAULT_RULES)).toBe(
      'ended with a loss of 0.00910, more than 3 times 0.00300, the median before it',
    )
    expect(lossObstacle(0.0076, [...trailing, 0.002], DEFAULT_RULES)).toContain('0.00250')
  })

  it('refuses a loss that is not finite, and accepts the first version', () => {
    expect(lossObstacle(Number.NaN, trailing, DEFAULT_RULES)).toBe('ended with a loss of NaN')
    expect(lossObstacle(5, [], DEFAULT_RULES)).toBeNull()
  })
})
