/**
 * Drift: how far what a version is asked about has moved from what it was fitted on.
 *
 * Measured are the newest bars that the version has read since its fit, at least 20 and at most 60 of them. A version
 * that was fitted tonight has read none: its live window is the last 20 bars of its own training window, so that nothing
 * lies outside a `minMax` scaler's range, and the index says how unlike the whole window its end is. A version that
 * stays, a pinned one above all, moves away from its window bar by bar.
 *
 * - **Saturated**: the share of its predictions that are held by the edge of what a sigmoid can say.
 * - **Range exceeded**: the share of live input values that the version has seen none like: outside the least and
 *   largest fitted value under a `minMax` scaler, more than 3 standard deviations off the mean under a `standard` one.
 *   Of a column that was constant, every other value. The version's own scaler judges it, so that a split that it
 *   does not know of shows.
 * - **PSI**: the population stability index of each feature, live against fitted rows. Warned about is what exceeds
 *   0.25, what chance gives, and what the training window came to within itself (`metrics/population-stability.ts`).
 *   Without the last, three of four `seed` versions would be warned about on the day of their fit; with it none is,
 *   after 20 sessions 40 % and after 60 of them 77 to 80 %. Of `returns` it is 2 and 28 % (`npm run bench -- drift`).
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

/** Fewer rows say too little about a distribution. */
export const MIN_LIVE_SESSIONS = 20
/** What happened longer ago is no news. */
export const MAX_LIVE_SESSIONS = 60

/** Under a `standard` scaler, in standard deviations: of a normal distribution 0.3 % lie beyond. */
const STANDARD_RANGE = 3

/** The share of predictions from which there is a warning. */
export const SATURATED_WARNING = 0.5
/** The share of a feature's values from which there is one, by the scaler's kind. */
export const RANGE_WARNING: Readonly<Record<ScalerKind, number>> = { minMax: 0.5, standard: 0.2 }
/** A share of fewer predictions is no share. */
export const MIN_PREDICTIONS = 5
/** The usual rule of thumb for a large shift (Siddiqi, "Credit risk scorecards", 2006); below it nobody is warned. */
export const PSI_WARNING = 0.25

export interface DriftQuestion {
  readonly recipe: Recipe
  readonly scaler: Scaler
  /** The bars of the training window. */
  readonly fittedBars: BarColumns
  /** The bars of the live window, and the lag before them; see {@link liveBarsOf}. */
  readonly liveBars: BarColumns
  /** What the version said of the live window's sessions; none where it has not been asked yet. */
  readonly predictions?: readonly { readonly saturated: boolean }[]
}

/**
 * Rows of the live window.
 * @param sessionsSinceFit bars after the training window
 */
export function liveSessionsOf(sessionsSinceFit: number): number {
  return Math.min(MAX_LIVE_SESSIONS, Math.max(MIN_LIVE_SESSIONS, sessionsSinceFit))
}

/**
 * The live window's bars.
 * @param bars in session order, up to the last one known; with that many, and the lag before them
 * @param sessionsSinceFit as in {@link liveSessionsOf}
 */
export function liveBarsOf(bars: BarColumns, recipe: Recipe, sessionsSinceFit: number): BarColumns {
  return newestBars(bars, liveSessionsOf(sessionsSinceFit) + lagBars(recipe))
}

/**
 * @throws KospigraphError NOT_FINITE where an input is no number, naming the session
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

/** Whether a value is none of those that the scaler was fitted on. */
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
