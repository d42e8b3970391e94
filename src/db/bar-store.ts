/**
 * Putting staged bars in place: a new data version for every symbol that changes, what is replaced kept as revisions,
 * corrections and new bars written, flags judged.
 */
import type pg from 'pg'
import { BAR_FLAGS } from '../domain/bar.js'
import type { BarFlag } from '../domain/bar.js'
import type { DeliveryOrigin } from '../domain/delivery.js'
import type { LeftOutRow } from '../domain/row-outcome.js'
import { judgeBars } from './bar-flags.js'

/** What is recorded of a delivery beside its bars. */
export interface Delivery extends DeliveryOrigin {
  /** What it was recognised as, or why bars are withdrawn. */
  readonly note: string | null
  readonly checksum: string
  readonly receivedRows: number
  readonly unchangedRows: number
  readonly droppedRows: number
  readonly rejectedRows: number
  /** The first of each kind are kept, see the limit that they were settled with. */
  readonly dropped: readonly LeftOutRow[]
  readonly rejected: readonly LeftOutRow[]
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

/**
 * A table that says which bars are new (`stored`), replace stored ones (`corrected`) or go (`withdrawn`). Analysed, as
 * it is joined with millions of rows. Made once a connection.
 */
export const CHANGES_TABLE = `
  CREATE TEMPORARY TABLE IF NOT EXISTS bar_change (
    symbol_id int, session date, kind text, adjusted bool, place tid
  ) ON COMMIT DELETE ROWS`

const STAGED_CHANGES = `
  INSERT INTO bar_change
  SELECT symbol_id, staged_bar.session, CASE WHEN bar.session IS NULL THEN 'stored' ELSE 'corrected' END, adjusted,
         staged_bar.ctid
  FROM staged_bar JOIN staged_symbol USING (ordinal) LEFT JOIN bar USING (symbol_id, session)`

/** Puts what is staged in place. */
export async function storeStaged(client: pg.PoolClient, delivery: Delivery): Promise<StoredDelivery> {
  await client.query(STAGED_CHANGES)
  return storeChanges(client, delivery)
}

/** Takes bars away. @returns undefined where none of them is stored */
export async function withdraw(
  client: pg.PoolClient,
  symbolId: number,
  sessions: readonly string[],
  delivery: Delivery,
): Promise<StoredDelivery | undefined> {
  const { rowCount } = await client.query(
    `INSERT INTO bar_change SELECT symbol_id, session, 'withdrawn', false, NULL FROM bar
     WHERE symbol_id = $1 AND session = ANY($2::date[])`,
    [symbolId, sessions],
  )
  return rowCount === 0 ? undefined : storeChanges(client, delivery)
}

async function storeChanges(client: pg.PoolClient, delivery: Delivery): Promise<StoredDelivery> {
  await client.query('ANALYZE bar_change')
  const ingestionId = await recordIngestion(client, delivery)
  const symbols = await nextVersions(client, ingestionId, delivery.at)
  if (symbols.some(({ corrected, withdrawn }) => corrected + withdrawn > 0)) {
    await reviseBars(client, ingestionId)
  }
  await insertBars(client, ingestionId)
  await judgeBars(client, 'SELECT symbol_id, session FROM bar_change')
  return { ingestionId, symbols, ...(await countFlags(client)) }
}

async function recordIngestion(client: pg.PoolClient, delivery: Delivery): Promise<number> {
  const { source, label, rank, note, checksum, at } = delivery
  const { receivedRows, unchangedRows, droppedRows, rejectedRows } = delivery
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO ingestion (source, label, rank, note, checksum, received_rows, stored_rows, corrected_rows,
       withdrawn_rows, unchanged_rows, dropped_rows, rejected_rows, at)
     SELECT $1::"IngestionSource", $2, $3, $4, $5, $6, count(*) FILTER (WHERE kind = 'stored'),
            count(*) FILTER (WHERE kind = 'corrected'), count(*) FILTER (WHERE kind = 'withdrawn'), $7, $8, $9, $10
     FROM bar_change RETURNING id`,
    [source, label, rank, note, checksum, receivedRows, unchangedRows, droppedRows, rejectedRows, at],
  )
  const id = rows[0]?.id
  if (id === undefined) throw new Error('the ingestion was not recorded')
  const leftOut = [
    ...delivery.rejected.map((row) => ({ ...row, outcome: 'REJECTED' })),
    ...delivery.dropped.map((row) => ({ ...row, outcome: 'DROPPED' })),
  ]
  await client.query(
    `INSERT INTO left_out_row (ingestion_id, ordinal, outcome, row, symbol, session, field, value, code, message)
     SELECT $1, ordinality, outcome::"RowOutcome", row, symbol, session, field, value, code, message
     FROM ROWS FROM (json_to_recordset($2) AS (outcome text, row int, symbol text, session text, field text,
       value text, code text, message text)) WITH ORDINALITY
       AS left_out(outcome, row, symbol, session, field, value, code, message, ordinality)`,
    [id, JSON.stringify(leftOut)],
  )
  return id
}

/**
 * The knowledge time is later than that of the version before, also where clocks differ or have been set back: the
 * caller holds the symbols' locks, so nobody else can take a time in between.
 */
async function nextVersions(
  client: pg.PoolClient,
  ingestionId: number,
  at: Date,
): Promise<readonly ChangedSymbol[]> {
  const { rows } = await client.query<ChangedSymbol>(
    `WITH changed AS (
       SELECT symbol_id, count(*) FILTER (WHERE kind = 'stored')::int AS stored,
              count(*) FILTER (WHERE kind = 'corrected')::int AS corrected,
              count(*) FILTER (WHERE kind = 'withdrawn')::int AS withdrawn
       FROM bar_change GROUP BY symbol_id
     ), raised AS (
       UPDATE symbol SET data_version = data_version + 1 FROM changed WHERE id = changed.symbol_id
       RETURNING id, code, data_version, stored, corrected, withdrawn
     ), recorded AS (
       INSERT INTO data_version (symbol_id, version, known_at, ingestion_id)
       SELECT raised.id, raised.data_version, greatest($2, before.known_at + interval '1 millisecond'), $1
       FROM raised LEFT JOIN data_version AS before
         ON before.symbol_id = raised.id AND before.version = raised.data_version - 1
     )
     SELECT code, data_version AS "dataVersion", stored, corrected, withdrawn FROM raised ORDER BY code`,
    [ingestionId, at],
  )
  return rows
}

/** Keeps what is replaced, takes withdrawn bars away, and marks the model versions that saw unadjusted prices. */
async function reviseBars(client: pg.PoolClient, ingestionId: number): Promise<void> {
  await client.query(
    `INSERT INTO bar_revision (symbol_id, session, open, high, low, close, volume, flags, ingestion_id, known_at,
       data_version, reason, replaced_ingestion_id, replaced_at, replaced_version)
     SELECT bar.symbol_id, session, open, high, low, close, volume, flags, bar.ingestion_id, bar.known_at, bar.data_version,
            (CASE WHEN bar_change.kind = 'withdrawn' THEN 'WITHDRAWN' WHEN adjusted THEN 'ADJUSTED' ELSE 'CORRECTED' END)::"RevisionReason",
            $1, current.known_at, current.version
     FROM bar_change JOIN bar USING (symbol_id, session)
     JOIN symbol ON symbol.id = bar.symbol_id
     JOIN data_version AS current ON current.symbol_id = symbol.id AND current.version = symbol.data_version
     WHERE bar_change.kind <> 'stored'`,
    [ingestionId],
  )
  await client.query(
    `DELETE FROM bar USING bar_change
     WHERE bar.symbol_id = bar_change.symbol_id AND bar.session = bar_change.session AND kind <> 'stored'`,
  )
  await client.query(
    `UPDATE model_version SET adjusted_version = symbol.data_version
     FROM symbol, (SELECT symbol_id, min(session) AS first, max(session) AS last FROM bar_change
                   WHERE adjusted AND kind = 'corrected' GROUP BY symbol_id) AS adjusted
     WHERE symbol.id = adjusted.symbol_id AND model_version.symbol_id = symbol.id AND adjusted_version IS NULL
       AND window_first <= adjusted.last AND window_last >= adjusted.first`,
  )
}

/** In the order of the primary key, which makes its index three times faster to write. */
async function insertBars(client: pg.PoolClient, ingestionId: number): Promise<void> {
  await client.query(
    `INSERT INTO bar (symbol_id, session, open, high, low, close, volume, flags, ingestion_id, known_at, data_version)
     SELECT staged_symbol.symbol_id, session, open, high, low, close, volume, flags, $1, known_at, version
     FROM staged_bar JOIN staged_symbol USING (ordinal) JOIN symbol ON symbol.id = staged_symbol.symbol_id
     JOIN data_version AS current ON current.symbol_id = symbol.id AND current.version = symbol.data_version
     ORDER BY 1, 2`,
    [ingestionId],
  )
}

async function countFlags(client: pg.PoolClient): Promise<Pick<StoredDelivery, 'flags' | 'flagged'>> {
  const counts = BAR_FLAGS.map((_, bit) => `count(*) FILTER (WHERE flags & ${1 << bit} <> 0)::int`)
  const { rows } = await client.query<{ counts: number[]; flagged: number }>(
    `SELECT ARRAY[${counts.join(', ')}] AS counts, count(*)::int AS flagged
     FROM bar_change JOIN bar USING (symbol_id, session) WHERE flags <> 0`,
  )
  const found = rows[0]?.counts ?? []
  const flags = BAR_FLAGS.map((flag, bit) => ({ flag, rows: found[bit] ?? 0 })).filter((one) => one.rows > 0)
  return { flags, flagged: rows[0]?.flagged ?? 0 }
}
