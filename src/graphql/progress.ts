/** Where a subscription that can be resumed goes on. */
import { readCursor } from './connection.js'
import type { CursorCodec } from './connection.js'
import { requireId } from './id.js'

/**
 * Whose progress, and the place of the last event seen: 0 before the first.
 * @throws KospigraphError BAD_USER_INPUT naming the argument that is wrong
 */
export function progressAfter(
  { id, after }: { readonly id: string; readonly after?: string | null },
  cursor: CursorCodec<number>,
): [id: string, seq: number] {
  return [requireId(id), readCursor('after', after, cursor) ?? 0]
}
