/**
 * Drift measures: how far a version's recent inputs have moved from the bars that it was fitted on.
 *
 * The live window is the newest bars since the fit, at least 20 and at most 60. A version fitted tonight has seen
 * none since, so its live window is the last 20 bars of its own training window. Then nothing is outside a
 * `minMax` scaler's range, and the index compares the end of the window with the whole. A version that stays, such
 * as a pinned one, moves away from its window bar by bar.
 *
 * - **Saturated**: the share of its predictions at the flat ends of the sigmoid.
 * - **Range exceeded**: the share of live input values unlike any fitted one: outside the least and largest fitted
 *   value under a `minMax` scaler, more than 3 standard deviations off the mean under a `standard` one. For a
 *   constant column, every other value counts. The version's own scaler decides, so that a split after the fit
 *   shows.
 * - **PSI**: the population stability index of each feature, live against fitted rows. A warning needs an index
 *   above 0.25, above chance, and above the largest index within the training window itself
 *   (`metrics/population-stability.ts`). Without the last bound, three of four `seed` versions would warn on the
 *   day of their fit; with it none does, after 20 sessions 40 % and after 60 sessions 77 to 80 %. For `returns` it
 *   is 2 and 28 % (`npm run bench -- drift`).
 */
import type { BarColumns } from '../../domain/bars/bar.js'
import type { Drift, FeatureDrift } from '../../domain/forecasts/drift.js'
import { lagBars } from '../../domain/models/recipe.js'
import type { Feature, Recipe, ScalerKind } from '../../domain/models/recipe.js'
import { columnOf, columnTable, requireFinite } from '../fit/columns.js'
import type { ColumnTable } from '../fit/columns.js'
import { populationStability } from '../metrics/population-stability.js'
import { newestBars } from '../samples.js'
import type { Scaler } from '../fit/scaler.js'

/** Fewer rows do not show a distribution. */
export const MIN_LIVE_SESSIONS = 20
/** Older bars would hide recent changes. */
export const MAX_LIVE_SESSIONS = 60

/** Under a `standard` scaler, in standard deviations; 0.3 % of a normal distribution lie outside. */
const STANDARD_RANGE = 3

/** Share of saturated predictions from which there is a warning. */
export const SATURATED_WARNING = 0.5
/** Share of a feature's values outside the range from which there is a warning, by the scaler's kind. */
export const RANGE_WARNING: Readonly<Record<ScalerKind, number>> = { minMax: 0.5, standard: 0.2 }
/** Fewer predictions give no warning. */
export const MIN_PREDICTIONS = 5
/**
 * The usual rule of thumb for a large shift (Siddiqi, "Credit risk scorecards", 2006); the least index of a
 * warning.
 */
export const PSI_WARNING = 0.25

export interface DriftQuestion {
  readonly recipe: Recipe
  readonly scaler: Scaler
  /** The bars of the training window. */
  readonly fittedBars: BarColumns
  /** The bars of the live window and the lag before them; see {@link liveBarsOf}. */
  readonly liveBars: BarColumns
  /** The version's predictions for the live window's sessions; empty where it has made none yet. */
  readonly predictions?: readonly { readonly saturated: boolean }[]
}

/**
 * Returns the number of rows in the live window.
 * @param sessionsSinceFit bars after the training window
 */
export function liveSessionsOf(sessionsSinceFit: number): number {
  return Math.min(MAX_LIVE_SESSIONS, Math.max(MIN_LIVE_SESSIONS, sessionsSinceFit))
}

/**
 * Returns the live window's bars and the lag before them.
 * @param bars in session order up to the last known one, at least that many
 * @param sessionsSinceFit as in {@link liveSessionsOf}
 */
export function liveBarsOf(bars: BarColumns, recipe: Recipe, sessionsSinceFit: number): BarColumns {
  return newestBars(bars, liveSessionsOf(sessionsSinceFit) + lagBars(recipe))
}

/**
 * Measures the drift of a version's features and predictions.
 * @throws KospigraphError NOT_FINITE where an input is not finite, naming the session
 * @throws RangeError where there is no row to measure
 */
export function measureDrift(question: DriftQuestion): Drift {
  const { recipe, scaler, fittedBars, liveBars, predictions = [] } = question
  const tableOf = (bars: BarColumns): ColumnTable => {
    const table = columnTable(bars, recipe.features, lagBars(recipe))
    requireFinite(`The drift of recipe ${recipe.name}`, table)
    return table
  }
  const [fitted, live] = [tableOf(fittedBars), tableOf(liveBars)]
  const features = recipe.features.map((feature): FeatureDrift => {
    const values = columnOf(live, feature)
    const isExceeded = rangeOf(scaler, feature)
    const { psi, chanceBound, runBound } = populationStability(columnOf(fitted, feature), values)
    return {
      feature,
      rangeExceededShare: shareOf(values, isExceeded),
      psi,
      psiBound: Math.max(PSI_WARNING, chanceBound, runBound),
    }
  })
  const saturatedShare = predictions.length === 0 ? null : shareOf(predictions, ({ saturated }) => saturated)
  return {
    liveSessions: live.sessions.length,
    saturatedShare,
    rangeExceededShare:
      features.reduce((sum, { rangeExceededShare }) => sum + rangeExceededShare, 0) / features.length,
    features,
    warnings: [
      ...saturationWarnings(saturatedShare, predictions.length),
      ...features.flatMap((drift) => featureWarnings(drift, scaler.kind, live.sessions.length)),
    ],
  }
}

/** Returns a function that decides whether a value lies outside the fitted range. */
function rangeOf(scaler: Scaler, feature: Feature): (value: number) => boolean {
  const at = scaler.columns.indexOf(feature)
  if (at < 0)
    throw new RangeError(`The scaler has no column "${feature}"; it has ${scaler.columns.join(', ')}.`)
  if (scaler.kind === 'minMax') {
    const [min, max] = [scaler.min[at] ?? Number.NaN, scaler.max[at] ?? Number.NaN]
    return (value) => value < min || value > max
  }
  const [mean, std] = [scaler.mean[at] ?? Number.NaN, scaler.std[at] ?? Number.NaN]
  return (value) => Math.abs(value - mean) > STANDARD_RANGE * std
}

function shareOf<Item>(
  items: { readonly length: number; [Symbol.iterator](): Iterator<Item> },
  isCounted: (item: Item) => boolean,
): number {
  let counted = 0
  for (const item of items) if (isCounted(item)) counted += 1
  return counted / items.length
}

function saturationWarnings(share: number | null, predictions: number): string[] {
  if (share === null || predictions < MIN_PREDICTIONS || share < SATURATED_WARNING) return []
  return [`${percent(share)} of ${predictions} predictions are saturated`]
}

function featureWarnings(drift: FeatureDrift, kind: ScalerKind, sessions: number): string[] {
  const { feature, rangeExceededShare, psi, psiBound } = drift
  const warnings: string[] = []
  if (rangeExceededShare >= RANGE_WARNING[kind]) {
    warnings.push(
      `${percent(rangeExceededShare)} of the last ${sessions} values of ${feature} lie outside the fitted range`,
    )
  }
  if (psi > psiBound) {
    warnings.push(
      `the population stability index of ${feature} is ${psi.toFixed(2)} over the last ${sessions} sessions, above ${psiBound.toFixed(2)}`,
    )
  }
  return warnings
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
