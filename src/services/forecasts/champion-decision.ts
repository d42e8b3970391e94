/** Decides the champion of a symbol and whether the ledger changes, with the reason as a sentence for people. */
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
  /** The reason, for people. */
  readonly why: string
  /** The entry to append to the ledger; null where nothing changes. */
  readonly promotion: NewPromotion | null
}

/**
 * Returns the decision in force, for forecasts that decide nothing.
 * @param entry the ledger's entry in force; undefined where persistence has served from the start
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
 * Returns the first session that counts in a recipe's evaluation; undefined where all do. After a rollback of its
 * takeover, only later sessions count until the recipe serves again.
 */
export function judgedSince({ champion, probation }: LedgerHead, recipe: string): Session | undefined {
  return champion.contender === recipe ? undefined : probation.get(recipe)
}

/** A recipe that a night has tried to fit. */
export interface NightContender {
  readonly name: string
  readonly evaluation: Evaluation
  /** Why it has no version tonight; null where it has one. */
  readonly failure: string | null
}

/**
 * Decides whether a contender takes over or the champion gives way.
 * @param contenders the night's recipes that this worker knows
 * @param nightRecipes all recipes that the night fits
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
