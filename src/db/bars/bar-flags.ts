/**
 * Judging stored bars among their neighbours, see `domain/bar-judge.ts`: those that a delivery changed, and those after
 * them, since what lies before them is another now. Flags are no part of what is known, so that makes no data version.
 */
import type pg from 'pg'
import {
  BARS_AFTER,
  BARS_BEFORE,
  NEIGHBOUR_FLAGS,
  createBarFlagging,
} from '../../domain/bars/bar-flagging.js'
import type { FlagBar } from '../../domain/bars/bar-flagging.js'
import type { Session } from '../../domain/calendar/session.js'

/** The sessions of one symbol that changed. */
export interface ChangedSpan {
  readonly symbolId: number
  readonly first: Session
  readonly last: Session
}

/** Symbols read at once: bounds the bars held, some thousands a symbol. */
const SYMBOLS_AT_ONCE = 50

const COLUMNS = 'symbol_id AS "symbolId", session, close, volume::float8 AS volume, flags'
const READ = `
  SELECT found.*, found.session >= span.first AS judged
  FROM unnest($1::int[], $2::date[], $3::date[]) AS span(symbol_id, first, last), LATERAL (
    (SELECT ${COLUMNS} FROM bar WHERE bar.symbol_id = span.symbol_id AND session < span.first
     ORDER BY session DESC LIMIT ${BARS_BEFORE})
    UNION ALL
    (SELECT ${COLUMNS} FROM bar WHERE bar.symbol_id = span.symbol_id AND session BETWEEN span.first AND span.last)
    UNION ALL
    (SELECT ${COLUMNS} FROM bar WHERE bar.symbol_id = span.symbol_id AND session > span.last
     ORDER BY session LIMIT ${BARS_AFTER})
  ) AS found
  ORDER BY found."symbolId", found.session`

interface FlaggedBar {
  readonly symbolId: number
  readonly session: Session
  readonly close: number
  readonly volume: number
  readonly flags: number
  /** Whether it is there to be judged, and not only to say what is usual. */
  readonly judged: boolean
}

export async function flagBars(client: pg.PoolClient, spans: readonly ChangedSpan[]): Promise<void> {
  for (let at = 0; at < spans.length; at += SYMBOLS_AT_ONCE) {
    const some = spans.slice(at, at + SYMBOLS_AT_ONCE)
    const { rows } = await client.query<FlaggedBar>(READ, [
      some.map(({ symbolId }) => symbolId),
      some.map(({ first }) => first),
      some.map(({ last }) => last),
    ])
    const changed = rejudged(rows)
    if (changed.length === 0) continue
    await client.query(
      `UPDATE bar SET flags = judged.flags
       FROM unnest($1::int[], $2::date[], $3::int2[]) AS judged(symbol_id, session, flags)
       WHERE bar.symbol_id = judged.symbol_id AND bar.session = judged.session`,
      [
        changed.map(({ symbolId }) => symbolId),
        changed.map(({ session }) => session),
        changed.map(({ flags }) => flags),
      ],
    )
  }
}

/** The bars whose flags are others than they were, with the new ones. */
function rejudged(bars: readonly FlaggedBar[]): FlaggedBar[] {
  const changed: FlaggedBar[] = []
  let symbolId: number | undefined
  let judge: FlagBar = createBarFlagging()
  for (const bar of bars) {
    if (bar.symbolId !== symbolId) judge = createBarFlagging()
    symbolId = bar.symbolId
    const flags = (bar.flags & ~NEIGHBOUR_FLAGS) | judge(bar.session, bar.close, bar.volume)
    if (bar.judged && flags !== bar.flags) changed.push({ ...bar, flags })
  }
  return changed
}
