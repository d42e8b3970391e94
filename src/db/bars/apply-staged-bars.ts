/**
 * Moves staged bars into the bar table: gives every changed symbol a new data version, keeps replaced bars as revisions,
 * writes new and corrected bars, recomputes flags, and fills in forecasts whose target bar has arrived.
 */
import type pg from 'pg'
import { BAR_FLAGS, flagsOf } from '../../domain/bars/bar.js'
import type { BarFlag } from '../../domain/bars/bar.js'
import type { DeliveryOrigin } from '../../domain/bars/delivery.js'
import { AFTER_MARKET_FROM } from '../../domain/bars/price-basis.js'
import type { PriceAdjustment } from '../../domain/bars/price-basis.js'
import { SAME_CLOSE } from './close-basis.js'
import { TOLD_CODES } from '../../domain/queue/event.js'
import type { BarsTold } from '../../domain/queue/event.js'
import type { ExcludedRow } from '../../domain/bars/row-outcome.js'
import { proposeActions } from './actions/action-proposals.js'
import { markVersions, settleSeams, storeActions } from './actions/action-writer.js'
import type { ChangedSeam } from './actions/action-writer.js'
import { IN_A_STEP, LEFT_BEHIND, storeSteps } from './actions/adjustment-steps.js'
import { COMPARED } from './actual-close.js'
import { flagBars } from './bar-flags.js'
import type { ChangedSpan } from './bar-flags.js'
import { APPEND_EVENTS, eventsJson } from '../queue/events.js'

/** What the ingestion record of a delivery stores beside its bars. */
export interface Delivery extends DeliveryOrigin {
  /** The recognised format, or the reason of a withdrawal. */
  readonly note: string | null
  readonly checksum: string
  /** What its prices are adjusted for. */
  readonly adjustment: PriceAdjustment
  readonly receivedRows: number
  readonly unchangedRows: number
  readonly droppedRows: number
  readonly rejectedRows: number
  /** The first of each kind, up to the row limit of settling. */
  readonly dropped: readonly ExcludedRow[]
  readonly rejected: readonly ExcludedRow[]
  readonly at: Date
}

export interface ChangedSymbol {
  readonly code: string
  readonly dataVersion: number
  readonly stored: number
  readonly corrected: number
  readonly withdrawn: number
}

export interface StoredDelivery {
  readonly ingestionId: number
  readonly symbols: readonly ChangedSymbol[]
  /** Of the bars stored or corrected, those with each flag. */
  readonly flags: readonly { readonly flag: BarFlag; readonly rows: number }[]
  /** Of the bars stored or corrected, those with any flag. */
  readonly flagged: number
}

/** Bars to be replaced (`corrected`) or removed (`withdrawn`). Created once a connection. */
export const CHANGES_TABLE = `
  CREATE TEMPORARY TABLE IF NOT EXISTS bar_change (symbol_id int, session date, kind text, adjusted bool, rebased bool)
  ON COMMIT DELETE ROWS`

const CORRECTIONS = `
  INSERT INTO bar_change
  SELECT symbol_id, session, 'corrected', adjusted AND ${IN_A_STEP}, rebased AND session >= '${AFTER_MARKET_FROM}'
  FROM staged_bar JOIN staged_symbol USING (ordinal) JOIN bar USING (symbol_id, session)
  WHERE NOT created`

/** The staged rows that remain after settling. */
export interface StagedLeft {
  readonly count: number
  /** Whether they are stored in the order of the bar table's key. */
  readonly inKeyOrder: boolean
}

/** Records the delivery and moves the staged bars into the bar table. */
export async function applyStagedBars(
  client: pg.PoolClient,
  delivery: Delivery,
  staged: StagedLeft,
): Promise<StoredDelivery> {
  await client.query(CORRECTIONS)
  await client.query(LEFT_BEHIND)
  return storeChanges(client, delivery, staged)
}

/** Removes bars and keeps them as revisions. @returns undefined where none of them is stored */
export async function withdraw(
  client: pg.PoolClient,
  symbolId: number,
  sessions: readonly string[],
  delivery: Delivery,
): Promise<StoredDelivery | undefined> {
  const { rowCount } = await client.query(
    `INSERT INTO bar_change SELECT symbol_id, session, 'withdrawn', false, false FROM bar
     WHERE symbol_id = $1 AND session = ANY($2::date[])`,
    [symbolId, sessions],
  )
  return rowCount === 0 ? undefined : storeChanges(client, delivery, { count: 0, inKeyOrder: true })
}

/** Stores the staged changes of actions, without a bar. */
export function applyActions(client: pg.PoolClient, delivery: Delivery): Promise<StoredDelivery> {
  return storeChanges(client, delivery, { count: 0, inKeyOrder: true })
}

async function storeChanges(
  client: pg.PoolClient,
  delivery: Delivery,
  staged: StagedLeft,
): Promise<StoredDelivery> {
  await client.query('ANALYZE bar_change')
  const ingestionId = await recordIngestion(client, delivery, staged.count)
  const symbols = await nextVersions(client, ingestionId, delivery)
  if (symbols.some(({ corrected, withdrawn }) => corrected + withdrawn > 0)) {
    await reviseBars(client, ingestionId)
  }
  await insertBars(client, ingestionId, staged)
  await storeSteps(client, ingestionId)
  await storeActions(client)
  const seams = await settleSeams(client)
  await markVersions(client, seams)
  const breaks = await flagBars(client, await changedSpans(client, seams))
  await proposeActions(client, breaks)
  await realiseForecasts(client, ingestionId, delivery.at, [...seams, ...breaks])
  await tellOf(client, { ingestionId, codes: symbols.map(({ code }) => code) }, delivery.at)
  return { ingestionId, symbols, ...(await countFlags(client)) }
}

/**
 * Compares forecasts whose target bar has arrived (`actual-close.ts`). A corrected bar is compared again, one that
 * is back-adjusted or has a close of another basis is not, and a withdrawn one clears the comparison.
 * @param seams where a break came or went, or prices are joined in another way: forecasts across them are compared again
 */
async function realiseForecasts(
  client: pg.PoolClient,
  ingestionId: number,
  at: Date,
  seams: readonly ChangedSeam[],
): Promise<void> {
  await client.query(
    `UPDATE forecast SET actual_close = NULL, realised_at = NULL, unscored = NULL FROM bar_change
     WHERE kind = 'withdrawn' AND forecast.symbol_id = bar_change.symbol_id AND target_session = bar_change.session`,
  )
  await client.query(
    `UPDATE forecast SET ${COMPARED('$2')}
     FROM bar LEFT JOIN bar_change USING (symbol_id, session)
     WHERE bar.symbol_id = forecast.symbol_id AND bar.session = forecast.target_session AND bar.ingestion_id = $1
       AND (actual_close IS NULL OR bar_change.adjusted IS NOT TRUE)
       AND EXISTS (SELECT FROM symbol WHERE symbol.id = forecast.symbol_id AND ${SAME_CLOSE})`,
    [ingestionId, at],
  )
  if (seams.length === 0) return
  await client.query(
    `UPDATE forecast SET ${COMPARED('$3')}
     FROM bar, unnest($1::int[], $2::date[]) AS seam(symbol_id, session)
     WHERE forecast.symbol_id = seam.symbol_id AND based_on_session < seam.session AND target_session >= seam.session
       AND bar.symbol_id = forecast.symbol_id AND bar.session = target_session`,
    [seams.map(({ symbolId }) => symbolId), seams.map(({ session }) => session), at],
  )
}

async function tellOf(
  client: pg.PoolClient,
  { ingestionId, codes }: BarsTold & { readonly codes: readonly string[] },
  at: Date,
): Promise<void> {
  if (codes.length === 0) return
  const payload: BarsTold = { ingestionId, codes: codes.length > TOLD_CODES ? null : codes }
  await client.query(APPEND_EVENTS, [eventsJson([{ topic: 'bars', subject: '', payload, at }])])
}

/** The changed sessions of symbols whose flags also depend on stored bars or actions. */
async function changedSpans(client: pg.PoolClient, seams: readonly ChangedSeam[]): Promise<ChangedSpan[]> {
  const { rows } = await client.query<ChangedSpan>(
    `SELECT symbol_id AS "symbolId", min(first) AS first, max(last) AS last FROM (
       SELECT symbol_id, min(session) AS first, max(session) AS last
       FROM staged_symbol JOIN staged_bar USING (ordinal) WHERE NOT judged GROUP BY symbol_id
       UNION ALL
       SELECT symbol_id, min(session), max(session) FROM bar_change GROUP BY symbol_id
       UNION ALL
       SELECT symbol_id, session, CASE kind WHEN 'LIQUIDATION' THEN 'infinity'::date ELSE session END FROM action_change
       UNION ALL
       SELECT * FROM unnest($1::int[], $2::date[], $2::date[])
     ) AS span GROUP BY symbol_id ORDER BY symbol_id`,
    [seams.map(({ symbolId }) => symbolId), seams.map(({ session }) => session)],
  )
  return rows
}

async function recordIngestion(
  client: pg.PoolClient,
  delivery: Delivery,
  stagedRows: number,
): Promise<number> {
  const { source, label, rank, note, checksum, at } = delivery
  const { receivedRows, unchangedRows, droppedRows, rejectedRows } = delivery
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO ingestion (source, label, rank, note, checksum, received_rows, stored_rows, corrected_rows,
       withdrawn_rows, unchanged_rows, dropped_rows, rejected_rows, at)
     SELECT $1::"IngestionSource", $2, $3, $4, $5, $6,
            $11 - count(*) FILTER (WHERE kind = 'corrected'),
            count(*) FILTER (WHERE kind = 'corrected'), count(*) FILTER (WHERE kind = 'withdrawn'), $7, $8, $9, $10
     FROM bar_change RETURNING id`,
    [
      source,
      label,
      rank,
      note,
      checksum,
      receivedRows,
      unchangedRows,
      droppedRows,
      rejectedRows,
      at,
      stagedRows,
    ],
  )
  const id = rows[0]?.id
  if (id === undefined) throw new Error('the ingestion was not recorded')
  const excluded = [
    ...delivery.rejected.map((row) => ({ ...row, outcome: 'REJECTED' })),
    ...delivery.dropped.map((row) => ({ ...row, outcome: 'DROPPED' })),
  ]
  await client.query(
    `INSERT INTO excluded_row (ingestion_id, ordinal, outcome, row, symbol, session, field, value, code, message)
     SELECT $1, ordinality, outcome::"RowOutcome", row, symbol, session, field, value, code, message
     FROM ROWS FROM (json_to_recordset($2) AS (outcome text, row int, symbol text, session text, field text,
       value text, code text, message text)) WITH ORDINALITY
       AS excluded(outcome, row, symbol, session, field, value, code, message, ordinality)`,
    [id, JSON.stringify(excluded)],
  )
  return id
}

/**
 * Raises the data version of every changed symbol. Knowledge times increase strictly, even where clocks differ or were
 * set back; the caller's symbol locks keep other writers from taking a time in between.
 */
async function nextVersions(
  client: pg.PoolClient,
  ingestionId: number,
  { at, adjustment }: Pick<Delivery, 'at' | 'adjustment'>,
): Promise<readonly ChangedSymbol[]> {
  const { rows } = await client.query<ChangedSymbol>(
    `WITH staged AS (
       SELECT ordinal, count(*)::int AS rows FROM staged_bar GROUP BY ordinal
     ), replaced AS (
       SELECT symbol_id, count(*) FILTER (WHERE kind = 'corrected')::int AS corrected,
              count(*) FILTER (WHERE kind = 'withdrawn')::int AS withdrawn
       FROM bar_change GROUP BY symbol_id
     ), changed AS (
       SELECT symbol_id, coalesce(rows, 0) - coalesce(corrected, 0) AS stored,
              coalesce(corrected, 0) AS corrected, coalesce(withdrawn, 0) AS withdrawn
       FROM (SELECT symbol_id, rows FROM staged JOIN staged_symbol USING (ordinal)) AS delivered
       FULL JOIN replaced USING (symbol_id)
       FULL JOIN (SELECT DISTINCT symbol_id FROM action_change) AS acted USING (symbol_id)
     ), raised AS (
       UPDATE symbol SET data_version = data_version + 1 FROM changed WHERE id = changed.symbol_id
       RETURNING id, code, data_version, stored, corrected, withdrawn
     ), recorded AS (
       INSERT INTO data_version (symbol_id, version, known_at, ingestion_id, close_basis, volume_basis, adjustment)
       SELECT raised.id, raised.data_version, greatest($2, before.known_at + interval '1 millisecond'), $1,
              coalesce(staged_symbol.close_basis, 'UNKNOWN'), coalesce(staged_symbol.volume_basis, 'UNKNOWN'),
              $3::"PriceAdjustment"
       FROM raised LEFT JOIN data_version AS before
         ON before.symbol_id = raised.id AND before.version = raised.data_version - 1
       LEFT JOIN staged_symbol ON staged_symbol.symbol_id = raised.id
     )
     SELECT code, data_version AS "dataVersion", stored, corrected, withdrawn FROM raised ORDER BY code`,
    [ingestionId, at, adjustment],
  )
  return rows
}

/** Moves replaced and withdrawn bars to revisions, and marks model versions fitted on prices adjusted since. */
async function reviseBars(client: pg.PoolClient, ingestionId: number): Promise<void> {
  await client.query(
    `INSERT INTO bar_revision (symbol_id, session, open, high, low, close, volume, flags, ingestion_id, known_at,
       data_version, reason, replaced_ingestion_id, replaced_at, replaced_version)
     SELECT bar.symbol_id, session, open, high, low, close, volume, flags, bar.ingestion_id, bar.known_at, bar.data_version,
            (CASE WHEN bar_change.kind = 'withdrawn' THEN 'WITHDRAWN' WHEN adjusted THEN 'ADJUSTED' WHEN rebased THEN 'REBASED' ELSE 'CORRECTED' END)::"RevisionReason",
            $1, current.known_at, current.version
     FROM bar_change JOIN bar USING (symbol_id, session)
     JOIN symbol ON symbol.id = bar.symbol_id
     JOIN data_version AS current ON current.symbol_id = symbol.id AND current.version = symbol.data_version`,
    [ingestionId],
  )
  await client.query(
    `DELETE FROM bar USING bar_change
     WHERE bar.symbol_id = bar_change.symbol_id AND bar.session = bar_change.session`,
  )
  await client.query(
    `UPDATE model_version SET adjusted_version = symbol.data_version
     FROM symbol, (SELECT symbol_id, min(session) AS first, max(session) AS last FROM bar_change
                   WHERE adjusted AND kind = 'corrected' GROUP BY symbol_id) AS adjusted
     WHERE symbol.id = adjusted.symbol_id AND model_version.symbol_id = symbol.id AND adjusted_version IS NULL
       AND window_first <= adjusted.last AND window_last >= adjusted.first`,
  )
}

/**
 * Inserts in the order of the primary key, which makes its index three times faster to write. Rows staged in that order
 * are scanned in it and need no sort.
 */
async function insertBars(
  client: pg.PoolClient,
  ingestionId: number,
  { inKeyOrder }: StagedLeft,
): Promise<void> {
  await client.query(
    `WITH current AS MATERIALIZED (
       SELECT ordinal, staged_symbol.symbol_id, known_at, version
       FROM staged_symbol JOIN symbol ON symbol.id = staged_symbol.symbol_id
       JOIN data_version ON data_version.symbol_id = symbol.id AND data_version.version = symbol.data_version
     )
     INSERT INTO bar (symbol_id, session, open, high, low, close, volume, flags, ingestion_id, known_at, data_version)
     SELECT symbol_id, session, open, high, low, close, volume, flags, $1, known_at, version
     FROM staged_bar JOIN current USING (ordinal)
     ${inKeyOrder ? '' : 'ORDER BY symbol_id, session'}`,
    [ingestionId],
  )
}

/** Counts flags: of the staged rows where those are final, else of the stored bars. */
async function countFlags(client: pg.PoolClient): Promise<Pick<StoredDelivery, 'flags' | 'flagged'>> {
  const { rows } = await client.query<{ flags: number; rows: number }>(
    `SELECT flags, count(*)::int AS rows FROM staged_bar JOIN staged_symbol USING (ordinal)
     WHERE judged AND flags <> 0 GROUP BY flags
     UNION ALL
     SELECT bar.flags, count(*)::int FROM staged_symbol JOIN staged_bar USING (ordinal)
     JOIN bar USING (symbol_id, session) WHERE NOT judged AND bar.flags <> 0 GROUP BY bar.flags`,
  )
  const sumOf = (of: typeof rows): number => of.reduce((sum, one) => sum + one.rows, 0)
  const flags = BAR_FLAGS.map((flag) => ({
    flag,
    rows: sumOf(rows.filter((one) => flagsOf(one.flags).includes(flag))),
  })).filter((one) => one.rows > 0)
  return { flags, flagged: sumOf(rows) }
}
