/** Proposes corporate actions for breaks that a delivery brought, in its transaction. */
import type pg from 'pg'
import { proposeAction } from '../../../domain/bars/actions/action-proposal.js'
import { MAX_ACTIONS } from '../../../domain/bars/actions/corporate-action.js'
import { flagBit } from '../../../domain/bars/bar.js'
import type { Session } from '../../../domain/calendar/session.js'
import type { SymbolKind } from '../../../domain/symbol.js'
import type { ChangedSeam } from './action-writer.js'

/** Most breaks of a delivery that are examined, oldest first: a market has a few a year. */
const MAX_EXAMINED = 2_000

const BREAK = flagBit('BREAK')

/** Breaks among the bars given and those of symbols that the delivery made, without an action of their own. */
const BREAKS = `
  WITH broken AS (
    SELECT symbol_id, session FROM unnest($1::int[], $2::date[]) AS given(symbol_id, session)
    UNION
    SELECT symbol_id, session FROM staged_bar JOIN staged_symbol USING (ordinal) WHERE flags & ${BREAK} <> 0
  )
  SELECT symbol.id AS "symbolId", kind, decimals,
         bar.session, bar.open, bar.close,
         before.session AS "beforeSession", before.close AS "beforeClose", before.volume::float8 AS "beforeVolume"
  FROM broken JOIN symbol ON symbol.id = broken.symbol_id
  JOIN bar ON bar.symbol_id = broken.symbol_id AND bar.session = broken.session
  CROSS JOIN LATERAL (SELECT session, close, volume FROM bar AS before WHERE before.symbol_id = broken.symbol_id
    AND before.session < broken.session ORDER BY session DESC LIMIT 1) AS before
  WHERE bar.flags & ${BREAK} <> 0
    AND NOT EXISTS (SELECT FROM corporate_action AS action WHERE action.symbol_id = broken.symbol_id
      AND action.session > before.session AND action.session <= broken.session)
    AND (SELECT count(*) FROM corporate_action AS action WHERE action.symbol_id = broken.symbol_id) < ${MAX_ACTIONS}
  ORDER BY bar.session, symbol.id LIMIT ${MAX_EXAMINED}`

interface Broken {
  readonly symbolId: number
  readonly kind: SymbolKind
  readonly decimals: number
  readonly session: Session
  readonly open: number
  readonly close: number
  readonly beforeSession: Session
  readonly beforeClose: number
  readonly beforeVolume: number
}

/** @param breaks bars of stored symbols that the delivery has flagged as breaks */
export async function proposeActions(client: pg.PoolClient, breaks: readonly ChangedSeam[]): Promise<void> {
  const { rows } = await client.query<Broken>(BREAKS, [
    breaks.map(({ symbolId }) => symbolId),
    breaks.map(({ session }) => session),
  ])
  const proposed = rows.flatMap((row) => {
    const action = proposeAction(
      { kind: row.kind, decimals: row.decimals, actions: [] },
      {
        before: { session: row.beforeSession, close: row.beforeClose, volume: row.beforeVolume },
        after: { session: row.session, open: row.open, close: row.close },
      },
    )
    return action ? [{ symbolId: row.symbolId, ...action }] : []
  })
  if (proposed.length === 0) return
  await client.query(
    `INSERT INTO corporate_action (symbol_id, session, kind, ratio, state, source, note, data_version, known_at)
     SELECT "symbolId", session, given.kind::"ActionKind", ratio, 'PROPOSED', 'RECOGNISED:bars', note, version, known_at
     FROM json_to_recordset($1) AS given("symbolId" int, session date, kind text, ratio float8, note text)
     JOIN symbol ON symbol.id = "symbolId"
     JOIN data_version ON data_version.symbol_id = symbol.id AND version = symbol.data_version
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(proposed)],
  )
}
