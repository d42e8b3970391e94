/**
 * Errors that callers can act on. Any other thrown error is a defect.
 *
 * `code` is stable and public: `extensions.code` in GraphQL, the last line of a failed command. `message` states what
 * happened, to which id, and what to do.
 */
export const ERROR_CODES = [
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'CONFIGURATION',
  'DATABASE',
  'BUSY',
  'FELL_BEHIND',
  'LIMIT_EXCEEDED',
  'OUTSIDE_CALENDAR',
  'TOO_FEW_BARS',
  'SERIES_BROKEN',
  'CONSTANT_LABEL',
  'NOT_FINITE',
  'DIVERGED',
  'NOT_REPRODUCIBLE',
  'INVALID_PROBLEM',
  'ENGINE_FAILED',
  'ABORTED',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

export class KospigraphError extends Error {
  override readonly name = 'KospigraphError'

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options)
  }
}

/** The message of any thrown value, for logs and wrapped errors. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
