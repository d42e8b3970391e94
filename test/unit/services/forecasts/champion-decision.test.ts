import { DEFAULT_RULES } from '../../../../src/domain/forecasts/promotion.js'
import type { Champion, Evaluation, Promotion } from '../../../../src/domain/forecasts/promotion.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import { EMPTY_LEDGER } from '../../../../src/db/forecasts/promotions.js'
import type { LedgerHead } from '../../../../src/db/forecasts/promotions.js'
import {
  decideChampion,
  judgedSince,
  decisionInForce,
} from '../../../../src/services/forecasts/champion-decision.js'

const TARGET = '2024-07-10' as Session
const GOOD: Evaluation = {
  sessions: 60,
  backfilled: 0,
  rmse: 9,
  persistenceRmse: 10,
  skill: 0.1,
  pValue: 0.001,
}
const NONE: Evaluation = {
  sessions: 0,
  backfilled: 0,
  rmse: null,
  persistenceRmse: null,
  skill: null,
  pValue: null,
}
const TONIGHT = { nightRecipes: ['seed', 'returns'], target: TARGET, rules: DEFAULT_RULES }

function ledger(champion: Champion, kind: Promotion['kind'] = 'TAKEOVER'): LedgerHead {
  const newest: Promotion = {
    symbolId: 1,
    number: 1,
    kind,
    ...champion,
    reason: 'it was better',
    effectiveFrom: '2024-06-03' as Session,
    evaluation: null,
    replaces: null,
    restores: null,
    at: new Date(0),
  }
  return { entries: 1, champion, newest, probation: new Map() }
}

const of = (name: string, evaluation: Evaluation, failure: string | null = null) => ({
  name,
  evaluation,
  failure,
})

describe('decideChampion', () => {
  it('gives the reason why each recipe does not serve', () => {
    const { champion, why, promotion } = decideChampion(
      EMPTY_LEDGER,
      [of('seed', { ...GOOD, skill: -0.5 }), of('returns', NONE, 'TOO_FEW_BARS')],
      TONIGHT,
    )
    expect(champion.contender).toBe('persistence')
    expect(promotion).toBeNull()
    expect(why).toBe(
      'recipe seed has skill -50.00 % over 60 unseen sessions and needs 1.00 %; ' +
        'recipe returns could not be fitted (TOO_FEW_BARS), so persistence serves',
    )
  })

  it('adds a takeover that is effective from the forecast session', () => {
    expect(decideChampion(EMPTY_LEDGER, [of('seed', GOOD)], TONIGHT)).toMatchObject({
      champion: { contender: 'seed', pinnedVersionId: null },
      promotion: { kind: 'TAKEOVER', contender: 'seed', effectiveFrom: TARGET, evaluation: GOOD },
    })
  })

  it('leaves a pinned version alone', () => {
    const head = ledger({ contender: 'seed', pinnedVersionId: 'v' }, 'PIN')
    const bad = { ...GOOD, skill: -1 }
    expect(decideChampion(head, [of('seed', bad), of('returns', GOOD)], TONIGHT)).toEqual({
      champion: head.champion,
      why: 'a version of recipe seed is pinned since 2024-06-03: it was better',
      promotion: null,
    })
  })

  it('replaces a champion that nights no longer fit, but not one that only this worker does not know', () => {
    const head = ledger({ contender: 'mine', pinnedVersionId: null })
    const others = [of('seed', NONE)]
    expect(decideChampion(head, others, TONIGHT).promotion?.kind).toBe('GIVE_WAY')
    const tonight = { ...TONIGHT, nightRecipes: ['seed', 'mine'] }
    expect(decideChampion(head, others, tonight)).toMatchObject({ champion: head.champion, promotion: null })
  })
})

describe('decisionInForce', () => {
  it('returns persistence from the start, and after a recipe gave way to it', () => {
    expect(decisionInForce(undefined).why).toMatch(/^no recipe has taken over from persistence/)
    const head = ledger({ contender: 'persistence', pinnedVersionId: null }, 'GIVE_WAY')
    expect(decisionInForce(head.newest).why).toBe('persistence serves since 2024-06-03: it was better')
  })
})

describe('judgedSince', () => {
  it('ignores sessions before a rollback for a takeover, but not for keeping a champion', () => {
    const since = '2024-07-01' as Session
    const probation = new Map([['seed', since]])
    expect(judgedSince({ ...EMPTY_LEDGER, probation }, 'seed')).toBe(since)
    expect(judgedSince({ ...EMPTY_LEDGER, probation }, 'returns')).toBeUndefined()
    // Its second takeover was rolled back, and then the one that had ended its first.
    const restored = ledger({ contender: 'seed', pinnedVersionId: null }, 'ROLLBACK')
    expect(judgedSince({ ...restored, probation }, 'seed')).toBeUndefined()
  })
})
