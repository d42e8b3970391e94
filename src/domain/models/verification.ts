/** Verifications: a stored model version, fitted again from the stored bars and compared with what is kept. */

export const VERIFICATION_OUTCOMES = ['IDENTICAL', 'WITHIN_TOLERANCE', 'DIFFERENT', 'NOT_COMPARABLE'] as const
/**
 * `IDENTICAL`: every byte came out again. `WITHIN_TOLERANCE`: the version's engine promises no bytes; its
 * scaler came out again, and its losses and predictions within {@link Verification.tolerance}. `DIFFERENT`: nothing has changed
 * and yet it did not. `NOT_COMPARABLE`: something has changed since, see {@link Verification.changes}.
 */
export type VerificationOutcome = (typeof VERIFICATION_OUTCOMES)[number]

export const VERIFICATION_CHANGES = ['ENGINE_CHANGED', 'RECIPE_CHANGED', 'BARS_CHANGED'] as const
/**
 * `ENGINE_CHANGED`: this program's engine computes other numbers. `RECIPE_CHANGED`: the stored recipe is not one
 * that this program can fit, or not the one that was hashed. `BARS_CHANGED`: the window's bars have another fingerprint.
 */
export type VerificationChange = (typeof VERIFICATION_CHANGES)[number]

export interface Verification {
  readonly modelVersionId: string
  readonly outcome: VerificationOutcome
  /** What keeps the version from being fitted again as it was; all that apply. */
  readonly changes: readonly VerificationChange[]
  /** In words: what was compared, or what has changed and how. */
  readonly message: string
  /** Of the version as stored. */
  readonly contentHash: string
  /** Of the fit made now; null where none was made. */
  readonly refitContentHash: string | null
  /** Largest difference allowed; null where bytes were compared. */
  readonly tolerance: number | null
  /**
   * Largest difference found, relative in losses and absolute in scaled predictions; finite. Null as above, and where
   * something differs that no number measures: see {@link message}.
   */
  readonly largestDifference: number | null
}
