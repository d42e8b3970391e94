/**
 * Writes corporate actions in the transaction of a delivery, under the symbols' locks: ends changed forms, adds the next
 * ones under the symbols' new data version, and decides which actions the stored bars do not contain yet.
 *
 * State of a change: staged in `action_change` → current form → applied or not.
 */
import type pg from 'pg'
import type { ActionKey, SeriesAction, StatedAction } from '../../../domain/bars/actions/corporate-action.js'
import { seamEvidence } from '../../../domain/bars/actions/series-break.js'
import type { PricedClose, SeriesRules } from '../../../domain/bars/actions/series-break.js'
import type { PriceAdjustment } from '../../../domain/bars/price-basis.js'
import type { Session } from '../../../domain/calendar/session.js'
import type { SymbolKind } from '../../../domain/symbol.js'
import { CURRENT_ACTIONS } from './series-actions.js'

/** Changed actions of a delivery; created once a connection. */
export const ACTION_TABLE = `
  CREATE TEMPORARY TABLE IF NOT EXISTS action_change (
    symbol_id int, session date, kind text, ratio float8, state text, source text, note text
  ) ON COMMIT DELETE ROWS`

/** Where the stored prices of a symbol were joined, or no longer are. */
export interface ChangedSeam {
  readonly symbolId: number
  readonly session: Session
}

/**
 * Stages the actions that differ from the current ones.
 *
 * @param byPerson a person's word replaces any form. A delivered action replaces a proposal or an earlier word of its own
 *   source, and never what a person has added, confirmed or dismissed.
 * @returns how many differ
 */
export async function stageActions(
  client: pg.PoolClient,
  actions: readonly (StatedAction & { readonly symbol: string })[],
  byPerson: boolean,
): Promise<number> {
  if (actions.length === 0) return 0
  const { rowCount } = await client.query(
    `INSERT INTO action_change
     SELECT symbol.id, given.session, given.kind, given.ratio, given.state, given.source, given.note
     FROM json_to_recordset($1) AS given(symbol text, session date, kind text, ratio float8, state text, source text, note text)
     JOIN symbol ON symbol.code = given.symbol
     LEFT JOIN corporate_action AS current ON current.symbol_id = symbol.id AND current.session = given.session
       AND current.kind = given.kind::"ActionKind" AND ended_version IS NULL
     WHERE current.symbol_id IS NULL
        OR (($2 OR current.state = 'PROPOSED' OR current.source = given.source)
            AND (current.ratio, current.state::text) IS DISTINCT FROM (given.ratio, given.state))`,
    [JSON.stringify(actions), byPerson],
  )
  return rowCount ?? 0
}

/** Moves staged actions into place. Call it once the symbols have their new data versions. */
export async function storeActions(client: pg.PoolClient): Promise<void> {
  await client.query(
    `UPDATE corporate_action AS current SET ended_version = symbol.data_version
     FROM action_change JOIN symbol ON symbol.id = action_change.symbol_id
     WHERE current.symbol_id = action_change.symbol_id AND current.session = action_change.session
       AND current.kind = action_change.kind::"ActionKind" AND ended_version IS NULL`,
  )
  await client.query(
    `INSERT INTO corporate_action (symbol_id, session, kind, ratio, state, source, note, data_version, known_at)
     SELECT action_change.symbol_id, session, action_change.kind::"ActionKind", ratio, state::"ActionState", source, note,
            version, known_at
     FROM action_change JOIN symbol ON symbol.id = action_change.symbol_id
     JOIN data_version ON data_version.symbol_id = symbol.id AND version = symbol.data_version`,
  )
}

const SEAMS = `
  SELECT action.symbol_id AS "symbolId", action.session, action.kind AS "actionKind", ratio, applied,
         symbol.kind, decimals, ${CURRENT_ACTIONS('symbol.id')} AS actions,
         before.session AS "beforeSession", before.close AS "beforeClose", before.adjustment AS "beforeAdjustment",
         after.session AS "afterSession", after.close AS "afterClose"
  FROM corporate_action AS action JOIN symbol ON symbol.id = action.symbol_id
  LEFT JOIN LATERAL (SELECT session, close, adjustment FROM bar
    JOIN data_version ON data_version.symbol_id = bar.symbol_id AND data_version.version = bar.data_version
    WHERE bar.symbol_id = action.symbol_id AND bar.session < action.session
    ORDER BY session DESC LIMIT 1) AS before ON true
  LEFT JOIN LATERAL (SELECT session, close FROM bar WHERE bar.symbol_id = action.symbol_id
    AND bar.session >= action.session ORDER BY session LIMIT 1) AS after ON true
  WHERE ended_version IS NULL AND state = 'CONFIRMED' AND ratio IS NOT NULL AND action.symbol_id IN (
    SELECT symbol_id FROM staged_symbol UNION SELECT symbol_id FROM bar_change UNION SELECT symbol_id FROM action_change)
  ORDER BY action.symbol_id, action.session, action.kind`

interface Seam {
  readonly symbolId: number
  readonly session: Session
  readonly actionKind: ActionKey['kind']
  readonly ratio: number
  readonly applied: boolean
  readonly kind: SymbolKind
  readonly decimals: number
  readonly actions: readonly SeriesAction[]
  readonly beforeSession: Session | null
  readonly beforeClose: number | null
  /** As the source of that bar states it. */
  readonly beforeAdjustment: PriceAdjustment | null
  readonly afterSession: Session | null
  readonly afterClose: number | null
}

/**
 * Decides anew which actions of the delivery's symbols the stored bars do not contain.
 * @returns the seams whose prices are read in another way now
 */
export async function settleSeams(client: pg.PoolClient): Promise<readonly ChangedSeam[]> {
  const { rows } = await client.query<Seam>(SEAMS)
  const seams = new Map<string, Seam[]>()
  for (const seam of rows) {
    // Actions between the same two bars have one move between them, so they are decided together.
    const key = `${seam.symbolId} ${seam.beforeSession ?? ''} ${seam.afterSession ?? ''}`
    seams.set(key, [...(seams.get(key) ?? []), seam])
  }
  const changed = [...seams.values()].flatMap((of) => {
    const applied = isRaw(of)
    return of.filter((seam) => seam.applied !== applied).map((seam) => ({ ...seam, applied }))
  })
  if (changed.length === 0) return []
  await client.query(
    `WITH changed AS (
       SELECT given.symbol_id, given.session, given.kind::"ActionKind" AS kind, given.applied, version, data_version.known_at
       FROM unnest($1::int[], $2::date[], $3::text[], $4::bool[]) AS given(symbol_id, session, kind, applied)
       JOIN symbol ON symbol.id = given.symbol_id
       JOIN data_version ON data_version.symbol_id = symbol.id AND version = symbol.data_version
     ), current AS (
       SELECT action.*, changed.applied AS is_applied, version, changed.known_at AS changed_at
       FROM corporate_action AS action JOIN changed USING (symbol_id, session, kind) WHERE ended_version IS NULL
     ), ended AS (
       UPDATE corporate_action AS action SET ended_version = version FROM current
       WHERE action.symbol_id = current.symbol_id AND action.session = current.session AND action.kind = current.kind
         AND action.data_version = current.data_version AND current.data_version < version
       RETURNING action.symbol_id
     )
     UPDATE corporate_action AS action SET applied = is_applied FROM current
     WHERE action.symbol_id = current.symbol_id AND action.session = current.session AND action.kind = current.kind
       AND action.data_version = version AND current.data_version = version`,
    parametersOf(changed),
  )
  // A statement of its own: the index of current forms must see the ended one first.
  await client.query(
    `INSERT INTO corporate_action (symbol_id, session, kind, ratio, state, applied, source, note, data_version, known_at)
     SELECT action.symbol_id, action.session, action.kind, ratio, state, given.applied, source, note, version,
            data_version.known_at
     FROM unnest($1::int[], $2::date[], $3::text[], $4::bool[]) AS given(symbol_id, session, kind, applied)
     JOIN symbol ON symbol.id = given.symbol_id
     JOIN data_version ON data_version.symbol_id = symbol.id AND version = symbol.data_version
     JOIN corporate_action AS action ON action.symbol_id = given.symbol_id AND action.session = given.session
       AND action.kind = given.kind::"ActionKind" AND ended_version = version AND action.state = 'CONFIRMED'
     WHERE NOT EXISTS (SELECT FROM corporate_action AS now WHERE now.symbol_id = action.symbol_id
       AND now.session = action.session AND now.kind = action.kind AND now.ended_version IS NULL)`,
    parametersOf(changed),
  )
  return changed.map(({ symbolId, session }) => ({ symbolId, session }))
}

function parametersOf(seams: readonly Seam[]): unknown[] {
  return [
    seams.map(({ symbolId }) => symbolId),
    seams.map(({ session }) => session),
    seams.map(({ actionKind }) => actionKind),
    seams.map(({ applied }) => applied),
  ]
}

/**
 * Where the move fits both, as for a ratio near 1, the source decides by the adjustment that it states. Without one,
 * prices count as adjusted, because most vendors deliver such ones.
 */
function isRaw(seams: readonly Seam[]): boolean {
  const [seam] = seams
  if (!seam) return false
  const { kind, decimals, actions, beforeSession, beforeClose, beforeAdjustment } = seam
  const { afterSession, afterClose } = seam
  if (beforeSession === null || beforeClose === null || afterSession === null || afterClose === null)
    return false
  const rules: SeriesRules = { kind, decimals, actions }
  const before: PricedClose = { session: beforeSession, close: beforeClose }
  const after: PricedClose = { session: afterSession, close: afterClose }
  const ratioOfAll = seams.reduce((product, { ratio }) => product * ratio, 1)
  const evidence = seamEvidence(rules, before, after, ratioOfAll)
  return evidence === 'RAW' || (evidence === 'EITHER' && beforeAdjustment === 'RAW')
}

/** Marks model versions that were fitted on bars before a seam whose prices are read in another way now. */
export async function markVersions(client: pg.PoolClient, seams: readonly ChangedSeam[]): Promise<void> {
  if (seams.length === 0) return
  await client.query(
    `UPDATE model_version SET adjusted_version = symbol.data_version
     FROM unnest($1::int[], $2::date[]) AS seam(symbol_id, session) JOIN symbol ON symbol.id = seam.symbol_id
     WHERE model_version.symbol_id = seam.symbol_id AND adjusted_version IS NULL AND window_first < seam.session`,
    [seams.map(({ symbolId }) => symbolId), seams.map(({ session }) => session)],
  )
}
