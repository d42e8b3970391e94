/** Arguments of subscriptions that can be resumed from a cursor. */
import { readCursor } from './connection.js'
import type { CursorCodec } from './connection.js'
import { requireId } from './id.js'

/**
 * The id of the run or backtest, and the sequence number of the last event seen: 0 before the first.
 * @throws KospigraphError BAD_USER_INPUT that names the invalid argument
 */
export function progressAfter(
  { id, after }: { readonly id: string; readonly after?: string | null },
  cursor: CursorCodec<number>,
): [id: string, seq: number] {
  return [requireId(id), readCursor('after', after, cursor) ?? 0]
}
