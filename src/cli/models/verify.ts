/** `kospigraph verify`: fits a stored version again and says whether it came out as it was. */
import type { VerifyModelVersion } from '../../services/models/verify-model-version.js'
import { table } from '../terminal/terminal.js'
import type { Terminal } from '../terminal/terminal.js'

/** @returns the exit code: 0 where the version came out again, 1 where it did not or could not be tried */
export async function runVerify(
  verifyModelVersion: VerifyModelVersion,
  terminal: Terminal,
  { id, signal }: { readonly id: string; readonly signal: AbortSignal },
): Promise<0 | 1> {
  const { outcome, changes, message, contentHash, refitContentHash } = await verifyModelVersion(id, signal)
  const facts = [
    [outcome, message],
    ...(changes.length > 0 ? [['changed', changes.join(', ')]] : []),
    ['stored', contentHash],
    ...(refitContentHash === null ? [] : [['refitted', refitContentHash]]),
  ]
  for (const line of table(facts)) terminal.print(line)
  return outcome === 'IDENTICAL' || outcome === 'WITHIN_TOLERANCE' ? 0 : 1
}
