/** What the ledger says of tonight: who is the champion, what changes, and why, in a sentence for people. */
import { PERSISTENCE } from '../../domain/models/recipe.js'
import { VERSION_ZERO } from '../../domain/forecasts/promotion.js'
import type {
  Champion,
  Evaluation,
  NewPromotion,
  Promotion,
  PromotionRules,
} from '../../domain/forecasts/promotion.js'
import type { Session } from '../../domain/calendar/session.js'
import type { LedgerHead } from '../../db/forecasts/promotions.js'
import { decidePromotion, obstacleOf } from '../../ml/forecasts/promotion-decision.js'

export interface ChampionDecision {
  readonly champion: Champion
  readonly why: string
  /** What is to be added to the ledger; null where everything stays as it is. */
  readonly promotion: NewPromotion | null
}

/**
 * The ledger as it stands, for forecasts that decide nothing.
 * @param entry the one in force; undefined where persistence serves from the start
 */
export function decisionInForce(entry: Promotion | undefined): ChampionDecision {
  if (!entry) {
    const why = 'no recipe has taken over from persistence on unseen sessions, so persistence serves'
    return { champion: VERSION_ZERO, why, promotion: null }
  }
  const { contender, pinnedVersionId, effectiveFrom, reason } = entry
  const who =
    contender === PERSISTENCE
      ? 'persistence serves'
      : pinnedVersionId === null
        ? `recipe ${contender} serves`
        : `a version of recipe ${contender} is pinned`
  const why = `${who} since ${effectiveFrom}: ${reason}`
  return { champion: { contender, pinnedVersionId }, why, promotion: null }
}

/**
 * The first session that a recipe is judged by; undefined where all count. A rolled back takeover asks for later ones
 * of a recipe that is to take over, and of none that serves again since.
 */
export function judgedSince({ champion, probation }: LedgerHead, recipe: string): Session | undefined {
  return champion.contender === recipe ? undefined : probation.get(recipe)
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
export function decideChampion(
  head: LedgerHead,
  contenders: readonly NightContender[],
  {
    nightRecipes,
    target,
    rules,
  }: { readonly nightRecipes: readonly string[]; readonly target: Session; readonly rules: PromotionRules },
): ChampionDecision {
  const { contender, pinnedVersionId } = head.champion
  const isKnown = contenders.some(({ name }) => name === contender)
  if (pinnedVersionId !== null || (nightRecipes.includes(contender) && !isKnown))
    return decisionInForce(head.newest)
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
  if (contender !== PERSISTENCE) return decisionInForce(head.newest)
  const obstacles = contenders.map(({ name, evaluation, failure }) =>
    evaluation.sessions === 0 && failure !== null
      ? `recipe ${name} could not be fitted (${failure})`
      : `recipe ${name} ${obstacleOf(evaluation, rules) ?? 'is on probation'}`,
  )
  return { champion: head.champion, why: `${obstacles.join('; ')}, so persistence serves`, promotion: null }
}
