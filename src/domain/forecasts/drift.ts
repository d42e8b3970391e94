/**
 * Drift: how far a version's live window has moved from its training window. `ml/forecasts/drift-measures.ts` computes it.
 */
import type { Feature } from '../models/recipe.js'

export interface FeatureDrift {
  readonly feature: Feature
  /** Share of live values outside the training window's range, from 0 to 1. */
  readonly rangeExceededShare: number
  /** Population stability index. */
  readonly psi: number
  /** The index above which a warning is given; see `ml/forecasts/drift-measures.ts`. */
  readonly psiBound: number
}

/** Drift of one forecast's live window. Stored as JSON. */
export interface Drift {
  /** Rows of the live window. */
  readonly liveSessions: number
  /** Share of saturated predictions, from 0 to 1; null without predictions. */
  readonly saturatedShare: number | null
  /** Share over all features together, from 0 to 1. */
  readonly rangeExceededShare: number
  /** In the order of the recipe. */
  readonly features: readonly FeatureDrift[]
  /** One sentence each, without a full stop; empty where nothing has drifted. */
  readonly warnings: readonly string[]
}
