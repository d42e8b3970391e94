/** What the ledger says of tonight: who is the champion, what changes, and why, in a sentence for people. */
import { PERSISTENCE } from '../../domain/forecast.js'
import type { Champion, Evaluation, NewPromotion, PromotionRules } from '../../domain/promotion.js'
import type { Session } from '../../domain/session.js'
import type { LedgerHead } from '../../db/promotions.js'
import { decidePromotion, obstacleOf } from '../../ml/promotion.js'

export interface Standing {
  readonly champion: Champion
  readonly why: string
  /** What is to be added to the ledger; null where everything stays as it is. */
  readonly promotion: NewPromotion | null
}

/** The ledger as it stands, for forecasts that decide nothing. */
export function standingOf({ champion, newest }: LedgerHead): Standing {
  const { contender, pinnedVersionId } = champion
  if (contender === PERSISTENCE || !newest) {
    const why = newest
      ? `persistence serves since ${newest.effectiveFrom}: ${newest.reason}`
      : 'no recipe has taken over from persistence on unseen sessions, so persistence serves'
    return { champion, why, promotion: null }
  }
  const who =
    pinnedVersionId === null ? `recipe ${contender} serves` : `a version of recipe ${contender} is pinned`
  return { champion, why: `${who} since ${newest.effectiveFrom}: ${newest.reason}`, promotion: null }
}

/** A recipe that a night has tried to fit. */
export interface NightContender {
  readonly name: string
  readonly evaluation: Evaluation
  /** Why it has no version tonight. */
  readonly failure: string | null
}

/**
 * @param contenders recipes that this worker knows; the night may have others
 * @param nightRecipes all that the night fits
 */
export function decideStanding(
  head: LedgerHead,
  contenders: readonly NightContender[],
  {
    nightRecipes,
    target,
    rules,
  }: { readonly nightRecipes: readonly string[]; readonly target: Session; readonly rules: PromotionRules },
): Standing {
  const { contender, pinnedVersionId } = head.champion
  const isKnown = contenders.some(({ name }) => name === contender)
  if (pinnedVersionId !== null || (nightRecipes.includes(contender) && !isKnown)) return standingOf(head)
  const evaluations = new Map(contenders.map(({ name, evaluation }) => [name, evaluation]))
  const decision = decidePromotion(contender, evaluations, rules)
  if (decision) {
    const champion = { contender: decision.contender, pinnedVersionId: null }
    const { kind, reason, evaluation } = decision
    const why =
      kind === 'TAKEOVER'
        ? `recipe ${decision.contender} takes over: ${reason}`
        : `${reason}, so persistence serves`
    return { champion, why, promotion: { ...champion, kind, reason, evaluation, effectiveFrom: target } }
  }
  if (contender !== PERSISTENCE) return standingOf(head)
  const obstacles = contenders.map(({ name, evaluation, failure }) =>
    evaluation.sessions === 0 && failure !== null
      ? `recipe ${name} could not be fitted (${failure})`
      : `recipe ${name} ${obstacleOf(evaluation, rules) ?? 'is on probation'}`,
  )
  return { champion: head.champion, why: `${obstacles.join('; ')}, so persistence serves`, promotion: null }
}
