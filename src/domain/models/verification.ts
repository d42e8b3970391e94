/** Verifications: a stored model version is fitted again from the stored bars and compared with its stored content. */

export const VERIFICATION_OUTCOMES = ['IDENTICAL', 'WITHIN_TOLERANCE', 'DIFFERENT', 'NOT_COMPARABLE'] as const
/**
 * `IDENTICAL`: every byte was reproduced. `WITHIN_TOLERANCE`: the version's engine does not guarantee equal bytes; the
 * scaler is equal, and losses and predictions differ by at most {@link Verification.tolerance}. `DIFFERENT`: the inputs
 * are the same, but the result is not. `NOT_COMPARABLE`: the inputs have changed, see {@link Verification.changes}.
 */
export type VerificationOutcome = (typeof VERIFICATION_OUTCOMES)[number]

export const VERIFICATION_CHANGES = ['ENGINE_CHANGED', 'RECIPE_CHANGED', 'BARS_CHANGED'] as const
/**
 * `ENGINE_CHANGED`: this program has another engine version. `RECIPE_CHANGED`: this program cannot fit the stored recipe,
 * or the recipe does not match its hash. `BARS_CHANGED`: the window's bars have another fingerprint.
 */
export type VerificationChange = (typeof VERIFICATION_CHANGES)[number]

export interface Verification {
  readonly modelVersionId: string
  readonly outcome: VerificationOutcome
  /** All changes that prevent fitting the version again as it was. */
  readonly changes: readonly VerificationChange[]
  /** Explains what was compared, or what has changed. */
  readonly message: string
  /** Hash of the stored version. */
  readonly contentHash: string
  /** Hash of the new fit; null where none was made. */
  readonly refitContentHash: string | null
  /** Largest difference allowed; null where bytes were compared. */
  readonly tolerance: number | null
  /**
   * Largest difference found, relative in losses and absolute in scaled predictions; finite. Null where bytes were
   * compared, or where the difference is not a number: see {@link message}.
   */
  readonly largestDifference: number | null
}
