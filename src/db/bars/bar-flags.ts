/**
 * Recomputes the flags of stored bars (`domain/bars/bar-flagging.ts`): those that a delivery changed, and those after
 * them, whose flags depend on the changed ones. Flags are derived, so this makes no data version.
 */
import type pg from 'pg'
import {
  BARS_AFTER,
  BARS_BEFORE,
  NEIGHBOUR_FLAGS,
  createBarFlagging,
} from '../../domain/bars/bar-flagging.js'
import { flagBit } from '../../domain/bars/bar.js'
import type { FlagBar } from '../../domain/bars/bar-flagging.js'
import type { SeriesRules } from '../../domain/bars/actions/series-break.js'
import { AFTER_MARKET_FROM } from '../../domain/bars/price-basis.js'
import type { TradingHoursBasis } from '../../domain/bars/price-basis.js'
import type { Session } from '../../domain/calendar/session.js'
import { CURRENT_ACTIONS } from './actions/series-actions.js'
import { IS_REGULAR_ONLY } from './close-basis.js'

/** The changed sessions of one symbol, both ends included. */
export interface ChangedSpan {
  readonly symbolId: number
  readonly first: Session
  readonly last: Session
}

const BREAK = flagBit('BREAK')

/** Symbols read at once, which bounds the bars in memory: some thousands a symbol. */
const SYMBOLS_AT_ONCE = 50

const COLUMNS = 'symbol_id AS "symbolId", session, close, volume::float8 AS volume, flags, data_version'
const READ = `
  SELECT found.*, found.session >= span.first AS judged,
         CASE WHEN version.volume_basis IS NULL OR ${IS_REGULAR_ONLY} THEN 'REGULAR' ELSE version.volume_basis END
           AS "volumeBasis"
  FROM unnest($1::int[], $2::date[], $3::date[]) AS span(symbol_id, first, last), LATERAL (
    (SELECT ${COLUMNS} FROM bar WHERE bar.symbol_id = span.symbol_id AND session < span.first
     ORDER BY session DESC LIMIT ${BARS_BEFORE})
    UNION ALL
    (SELECT ${COLUMNS} FROM bar WHERE bar.symbol_id = span.symbol_id AND session BETWEEN span.first AND span.last)
    UNION ALL
    (SELECT ${COLUMNS} FROM bar WHERE bar.symbol_id = span.symbol_id AND session > span.last
     ORDER BY session LIMIT ${BARS_AFTER})
  ) AS found
  JOIN symbol ON symbol.id = found."symbolId"
  LEFT JOIN data_version AS version ON version.symbol_id = found."symbolId" AND version.version = found.data_version
    AND found.session >= '${AFTER_MARKET_FROM}'
  ORDER BY found."symbolId", found.session`

const RULES = `
  SELECT id AS "symbolId", kind, decimals, ${CURRENT_ACTIONS('symbol.id')} AS actions
  FROM symbol WHERE id = ANY($1::int[])`

interface FlaggedBar {
  readonly symbolId: number
  readonly session: Session
  readonly close: number
  readonly volume: number
  /** The hours that its volume covers. */
  readonly volumeBasis: TradingHoursBasis
  readonly flags: number
  /** Whether its flags are recomputed; false for bars that only serve as context. */
  readonly judged: boolean
}

/**
 * Recomputes and stores the flags of the spans and of the bars after them.
 * @returns the bars before which the series breaks now and did not, or did and does not
 */
export async function flagBars(
  client: pg.PoolClient,
  spans: readonly ChangedSpan[],
): Promise<readonly Pick<FlaggedBar, 'symbolId' | 'session'>[]> {
  const breaks: Pick<FlaggedBar, 'symbolId' | 'session'>[] = []
  for (let at = 0; at < spans.length; at += SYMBOLS_AT_ONCE) {
    const some = spans.slice(at, at + SYMBOLS_AT_ONCE)
    const ids = some.map(({ symbolId }) => symbolId)
    const { rows } = await client.query<FlaggedBar>(READ, [
      ids,
      some.map(({ first }) => first),
      some.map(({ last }) => last),
    ])
    const rules = await client.query<SeriesRules & { readonly symbolId: number }>(RULES, [ids])
    const changed = rejudged(rows, new Map(rules.rows.map((row) => [row.symbolId, row])))
    if (changed.length === 0) continue
    for (const { symbolId, session, flags, before } of changed) {
      if (((flags ^ before) & BREAK) !== 0) breaks.push({ symbolId, session })
    }
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
  return breaks
}

type Rejudged = FlaggedBar & { readonly before: number }

/** @returns the bars whose flags changed, with the new flags and those before */
function rejudged(bars: readonly FlaggedBar[], rules: ReadonlyMap<number, SeriesRules>): Rejudged[] {
  const changed: Rejudged[] = []
  let judge: { readonly symbolId: number; readonly flag: FlagBar } | undefined
  for (const bar of bars) {
    if (judge?.symbolId !== bar.symbolId) {
      const of = rules.get(bar.symbolId)
      if (of === undefined) throw new Error(`there is no symbol ${bar.symbolId}`)
      judge = { symbolId: bar.symbolId, flag: createBarFlagging(of) }
    }
    const flags =
      (bar.flags & ~NEIGHBOUR_FLAGS) | judge.flag(bar.session, bar.close, bar.volume, bar.volumeBasis)
    if (bar.judged && flags !== bar.flags) changed.push({ ...bar, flags, before: bar.flags })
  }
  return changed
}
