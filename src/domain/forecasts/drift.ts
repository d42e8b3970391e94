/** How far what a version is asked about has moved from what it was fitted on; measured in `ml/drift.ts`. */
import type { Feature } from '../models/recipe.js'

export interface FeatureDrift {
  readonly feature: Feature
  /** From 0 to 1. */
  readonly rangeExceededShare: number
  readonly psi: number
  /** What the index has to exceed for a warning: see `ml/drift.ts`. */
  readonly psiBound: number
}

/** Plain data. */
export interface Drift {
  /** Rows of the live window. */
  readonly liveSessions: number
  /** From 0 to 1; null without predictions. */
  readonly saturatedShare: number | null
  /** Of all features together. */
  readonly rangeExceededShare: number
  /** In the order of the recipe. */
  readonly features: readonly FeatureDrift[]
  /** One sentence each, without a full stop; none where all is as it was. */
  readonly warnings: readonly string[]
}
