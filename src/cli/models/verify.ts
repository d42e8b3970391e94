/** `kospigraph verify`: fits a stored version again and reports whether the result is the same. */
import type { VerifyModelVersion } from '../../services/models/verify-model-version.js'
import { table } from '../terminal/layout.js'
import type { Terminal } from '../terminal/terminal.js'

/** @returns the exit code: 0 where the refit matches the version, 1 where it differs or cannot be compared */
export async function runVerify(
  verifyModelVersion: VerifyModelVersion,
  terminal: Terminal,
  { id, signal }: { readonly id: string; readonly signal: AbortSignal },
): Promise<0 | 1> {
  const verification = await verifyModelVersion(id, signal)
  const { outcome, changes, message, contentHash, refitContentHash } = verification
  const facts = [
    [outcome, message],
    ...(changes.length > 0 ? [['changed', changes.join(', ')]] : []),
    ['stored', contentHash],
    ...(refitContentHash === null ? [] : [['refitted', refitContentHash]]),
  ]
  terminal.print(table(facts, { width: terminal.columns }))
  terminal.result(verification)
  return outcome === 'IDENTICAL' || outcome === 'WITHIN_TOLERANCE' ? 0 : 1
}
