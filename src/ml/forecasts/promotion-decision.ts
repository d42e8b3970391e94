/**
 * Promotion decisions: which contender serves a symbol, from all contenders' forecasts of unseen sessions.
 *
 * A recipe takes over from persistence once its trailing walk-forward is long enough, its skill reaches a margin,
 * and the difference is statistically significant. It gives way when it is worse than persistence. In between
 * nothing changes, so that two equally good contenders do not alternate.
 */
import { PERSISTENCE } from '../../domain/models/recipe.js'
import type { Evaluation, PromotionRules } from '../../domain/forecasts/promotion.js'
import { dieboldMariano, lossDifferentials } from '../metrics/diebold-mariano.js'
import type { ForecastCloses } from '../metrics/return-errors.js'
import { rmse } from '../metrics/forecast-metrics.js'

/** A past session and a contender's forecast of it. */
export interface EvaluatedSession extends ForecastCloses {
  /** Whether the forecast is from a backfill, which refits less often. */
  readonly backfilled: boolean
}

/**
 * Returns a price that was said, on today's scale. Only adjustments move it: a corrected close changes what came true,
 * not what was said.
 * @param scale what adjustments since then, and actions between, multiplied the prices of its base session by
 */
export function rebase(said: number, scale: number): number {
  return scale === 1 ? said : said * scale
}

/**
 * Evaluates a contender against persistence.
 * @param history sessions that both have forecast, in session order
 */
export function evaluate(history: readonly EvaluatedSession[]): Evaluation {
  const sessions = history.length
  const backfilled = history.filter((session) => session.backfilled).length
  if (sessions === 0) {
    return { sessions, backfilled, rmse: null, persistenceRmse: null, skill: null, pValue: null }
  }
  const [predicted, actual, previous] = [
    Float64Array.from(history, (session) => session.predicted),
    Float64Array.from(history, (session) => session.actual),
    Float64Array.from(history, (session) => session.previous),
  ]
  const own = rmse(predicted, actual)
  const persistenceRmse = rmse(previous, actual)
  const errors = (of: Float64Array): Float64Array => of.map((value, i) => value - (actual[i] ?? NaN))
  const test = dieboldMariano(lossDifferentials(errors(predicted), errors(previous)))
  return {
    sessions,
    backfilled,
    persistenceRmse,
    rmse: own,
    skill: persistenceRmse === 0 ? null : 1 - own / persistenceRmse,
    pValue: test.kind === 'tested' ? test.pValue : null,
  }
}

/** A change of the serving contender. */
export interface Decision {
  readonly kind: 'TAKEOVER' | 'GIVE_WAY'
  readonly contender: string
  readonly reason: string
  readonly evaluation: Evaluation | null
}

/**
 * Returns the change to make, or null where the champion stays.
 * @param champion the serving contender; not called for a pinned one
 * @param evaluations of the recipes that the night fits
 */
export function decidePromotion(
  champion: string,
  evaluations: ReadonlyMap<string, Evaluation>,
  rules: PromotionRules,
): Decision | null {
  const own = evaluations.get(champion)
  const failing = champion === PERSISTENCE ? null : failureOf(champion, own, rules)
  if (champion !== PERSISTENCE && failing === null) return null
  const [best] = [...evaluations]
    .filter(([contender, found]) => contender !== champion && obstacleOf(found, rules) === null)
    .sort(([, a], [, b]) => (b.skill ?? 0) - (a.skill ?? 0))
  if (best) {
    const [contender, evaluation] = best
    const reason =
      `over ${evaluation.sessions} sessions its skill is ${percent(evaluation.skill)}, at least ` +
      `${percent(rules.takeoverSkill)}, and p is ${shortP(evaluation.pValue)}, below ${rules.pValue}`
    return {
      kind: 'TAKEOVER',
      contender,
      evaluation,
      reason: failing ? `${failing}; ${contender}: ${reason}` : reason,
    }
  }
  if (failing === null) return null
  return { kind: 'GIVE_WAY', contender: PERSISTENCE, evaluation: own ?? null, reason: failing }
}

/** Returns why a champion has to give way; null where it may stay. */
function failureOf(
  champion: string,
  own: Evaluation | undefined,
  { keepSkill }: PromotionRules,
): string | null {
  if (own === undefined) return `recipe ${champion} is no longer fitted by nights`
  if (own.sessions === 0) return `recipe ${champion} has no session left to be evaluated on`
  if (own.skill === null) {
    return `recipe ${champion} cannot beat persistence, which had no error over ${own.sessions} sessions`
  }
  if (own.skill >= keepSkill) return null
  return `the skill of recipe ${champion} over ${own.sessions} sessions fell to ${percent(own.skill)}, below ${percent(keepSkill)}`
}

/** Returns why a contender cannot take over, as a predicate ("has skill ..."); null where it can. */
export function obstacleOf(found: Evaluation, rules: PromotionRules): string | null {
  if (found.sessions < rules.sessions) {
    return `has been evaluated on ${found.sessions} of ${rules.sessions} unseen sessions`
  }
  if (found.skill === null) return 'cannot beat persistence, which had no error'
  if (found.skill < rules.takeoverSkill) {
    return `has skill ${percent(found.skill)} over ${found.sessions} unseen sessions and needs ${percent(rules.takeoverSkill)}`
  }
  if (found.pValue === null || found.pValue >= rules.pValue) {
    return `has skill ${percent(found.skill)}, which is not statistically significant: p is ${shortP(found.pValue)} and must be below ${rules.pValue}`
  }
  return null
}

/** How many of the newest final losses {@link lossObstacle} takes the median of. */
export const TRAILING_LOSSES = 20

/**
 * Checks that a fit converged like the fits before it. A fit that did not converge has a much larger loss, and its
 * forecasts are arbitrary.
 * @param trailing final losses of the versions before it, at most {@link TRAILING_LOSSES}
 * @returns why the version must not serve, as a predicate ("ended with ..."), or null
 */
export function lossObstacle(
  finalLoss: number,
  trailing: readonly number[],
  { lossFactor }: PromotionRules,
): string | null {
  if (!Number.isFinite(finalLoss)) return `ended with a loss of ${finalLoss}`
  const sorted = trailing.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const median = ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
  if (!(finalLoss > lossFactor * median)) return null
  return `ended with a loss of ${finalLoss.toPrecision(3)}, more than ${lossFactor} times ${median.toPrecision(3)}, the median before it`
}

function percent(share: number | null): string {
  return share === null ? 'unknown' : `${(share * 100).toFixed(2)} %`
}

function shortP(pValue: number | null): string {
  return pValue === null ? 'unknown' : pValue.toPrecision(2)
}
