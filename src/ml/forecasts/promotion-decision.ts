/**
 * Who serves, decided from what every contender said about sessions it had not seen.
 *
 * A recipe takes over from persistence once its trailing walk-forward is long enough, better by a margin, and better by
 * more than chance; it gives way when it is worse than persistence. In between nothing changes, so that two contenders that
 * are about as good do not take turns.
 */
import { PERSISTENCE } from '../../domain/models/recipe.js'
import type { Evaluation, PromotionRules } from '../../domain/forecasts/promotion.js'
import { dieboldMariano, lossDifferentials } from '../metrics/diebold-mariano.js'
import type { ForecastCloses } from '../metrics/return-errors.js'
import { rmse } from '../metrics/forecast-metrics.js'

/** A session that has happened, and what a contender had said of it. */
export interface EvaluatedSession extends ForecastCloses {
  /** Whether a coarser walk-forward made up for it. */
  readonly backfilled: boolean
}

/**
 * What was predicted, on today's scale of prices: a split or another back-adjustment since then moved the close that
 * it started from, and the prediction with it.
 * @param base the previous close as it was when the prediction was made
 * @param previous the same as it is now
 */
export function rebase(predicted: number, base: number, previous: number): number {
  return base === previous ? predicted : predicted * (previous / base)
}

/** @param history in session order, both contenders' common sessions */
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

/** Null where everything stays as it is. */
export interface Decision {
  readonly kind: 'TAKEOVER' | 'GIVE_WAY'
  readonly contender: string
  readonly reason: string
  readonly evaluation: Evaluation | null
}

/**
 * @param champion the contender that serves; one that is pinned is not asked about
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

/** Why a champion has to give way; null where it may stay. */
function failureOf(
  champion: string,
  own: Evaluation | undefined,
  { keepSkill }: PromotionRules,
): string | null {
  if (own === undefined) return `recipe ${champion} is not among those that nights fit any more`
  if (own.sessions === 0) return `recipe ${champion} has no session left that it can be judged by`
  if (own.skill === null) {
    return `recipe ${champion} cannot be better than persistence, which was never wrong over ${own.sessions} sessions`
  }
  if (own.skill >= keepSkill) return null
  return `the skill of recipe ${champion} over ${own.sessions} sessions fell to ${percent(own.skill)}, below ${percent(keepSkill)}`
}

/** Why a contender cannot take over, as half a sentence; null where it can. */
export function obstacleOf(found: Evaluation, rules: PromotionRules): string | null {
  if (found.sessions < rules.sessions) {
    return `has been evaluated on ${found.sessions} of ${rules.sessions} unseen sessions`
  }
  if (found.skill === null) return 'cannot be better than persistence, which was never wrong'
  if (found.skill < rules.takeoverSkill) {
    return `has skill ${percent(found.skill)} over ${found.sessions} unseen sessions and needs ${percent(rules.takeoverSkill)}`
  }
  if (found.pValue === null || found.pValue >= rules.pValue) {
    return `has skill ${percent(found.skill)}, which may be chance: p is ${shortP(found.pValue)} and must be below ${rules.pValue}`
  }
  return null
}

/** Final losses that the gate's median is taken of, the newest. */
export const TRAILING_LOSSES = 20

/**
 * Whether a fit went as fits before it did. One that did not converge has a loss far above theirs, and may say anything.
 * @param trailing final losses of the versions before it, at most {@link TRAILING_LOSSES}
 * @returns why the version must not serve, as half a sentence, or null
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
