/**
 * Writing bars, straight through `pg`: rows are copied into a staging table on one connection, compared with
 * what is stored, and moved into place in the same transaction. A process that dies leaves nothing behind.
 *
 * State of a delivery: staging → settled (duplicates and conflicts taken out) → stored, or rolled back.
 */
import { once } from 'node:events'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { RowProblem } from '../domain/bar-check.js'
import type { Bar } from '../domain/bar.js'
import type { Session } from '../domain/session.js'
import type { SymbolDefinition } from '../domain/symbol.js'

export interface StagedBar extends Bar {
  readonly row: number
  readonly symbol: string
}

export interface Delivery {
  readonly source: 'FILE' | 'API' | 'SIMULATOR'
  readonly label: string
  readonly checksum: string
  readonly receivedRows: number
  readonly rejectedRows: number
  readonly problems: readonly RowProblem[]
  readonly at: Date
}

/** What comparing the staged rows with the stored ones found. */
export interface Settled {
  readonly unchanged: number
  /** Rows in the way of each other or of a stored bar; they are no longer staged. */
  readonly problemRows: number
  /** At most the limit given. */
  readonly problems: readonly RowProblem[]
  /** Rows left to be stored. */
  readonly fresh: number
  readonly flagged: number
}

export interface ChangedSymbol {
  readonly code: string
  readonly dataVersion: number
  readonly stored: number
}

export interface BarWriter {
  /** Takes rows for the staging table; resolves when the connection has room for more. */
  stage(bars: readonly StagedBar[]): Promise<void>
  /**
   * Ends the staging, makes missing symbols, locks every symbol named (in one order, so that two writers
   * cannot wait for each other) and takes out what is already there or contradicts it.
   * @throws Error naming a symbol whose simulated mark differs from its definition's
   */
  settle(symbols: readonly SymbolDefinition[], now: Date, problemLimit: number): Promise<Settled>
  /** Whether an ingestion with this checksum has been recorded before. */
  knows(checksum: string): Promise<number | undefined>
  /** Records the delivery and moves the staged bars into place under each symbol's next data version. */
  store(delivery: Delivery): Promise<{ ingestionId: number; symbols: ChangedSymbol[] }>
}

/**
 * Runs `work` with a writer in one transaction, which commits when `work` resolves to a value whose `keep`
 * is true and rolls back otherwise.
 */
export type WithBarWriter = <Result extends { readonly keep: boolean }>(
  work: (writer: BarWriter) => Promise<Result>,
) => Promise<Result>

const STAGING = `
  CREATE TEMPORARY TABLE IF NOT EXISTS staged_bar (
    row int, symbol text, session date, open float8, high float8, low float8, close float8, volume int8,
    flags int2, symbol_id int
  ) ON COMMIT DELETE ROWS`

export function createWithBarWriter(pool: pg.Pool): WithBarWriter {
  return async (work) => {
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      // Outside the transaction, so that the table outlives a roll-back and the catalogue grows once a connection.
      await client.query(STAGING)
      await client.query('BEGIN')
      const staging = openStaging(client)
      try {
        const result = await work(createWriter(client, staging))
        await staging.end()
        await client.query(result.keep ? 'COMMIT' : 'ROLLBACK')
        return result
      } catch (error) {
        await staging.abandon()
        await client.query('ROLLBACK')
        throw error
      }
    } catch (error) {
      broken = error instanceof Error ? error : new Error(String(error))
      throw error
    } finally {
      // A connection that failed may be in any state; the pool makes a new one.
      client.release(broken)
    }
  }
}

interface Staging {
  write(text: string): Promise<void>
  end(): Promise<void>
  abandon(): Promise<void>
}

function openStaging(client: pg.PoolClient): Staging {
  let ended = false
  let failure: Error | undefined
  const stream = client.query(
    copyFrom('COPY staged_bar (row, symbol, session, open, high, low, close, volume, flags) FROM STDIN'),
  )
  const finished = new Promise<void>((resolve) => {
    stream.once('finish', resolve)
    stream.once('error', (error: Error) => {
      failure = error
      resolve()
    })
  })
  return {
    async write(text) {
      if (failure) throw failure
      if (!stream.write(text)) await Promise.race([once(stream, 'drain'), finished])
    },
    async end() {
      if (!ended) stream.end()
      ended = true
      await finished
      if (failure) throw failure
    },
    async abandon() {
      if (!ended) stream.destroy()
      ended = true
      await finished
    },
  }
}

function createWriter(client: pg.PoolClient, staging: Staging): BarWriter {
  return {
    async stage(bars) {
      let text = ''
      for (const bar of bars) {
        text += `${bar.row}\t${bar.symbol}\t${bar.session}\t${bar.open}\t${bar.high}\t${bar.low}\t${bar.close}\t${bar.volume}\t${bar.flags}\n`
      }
      await staging.write(text)
    },

    async settle(symbols, now, problemLimit) {
      await staging.end()
      await lockSymbols(client, symbols, now)
      const duplicates = await takeOutDuplicates(client, problemLimit)
      const conflicts = await takeOutKnown(client, problemLimit - duplicates.problems.length)
      const { rows } = await client.query<{ fresh: number; flagged: number }>(
        'SELECT count(*)::int AS fresh, count(*) FILTER (WHERE flags <> 0)::int AS flagged FROM staged_bar',
      )
      return {
        unchanged: duplicates.unchanged + conflicts.unchanged,
        problemRows: duplicates.problemRows + conflicts.problemRows,
        problems: [...duplicates.problems, ...conflicts.problems].sort((a, b) => a.row - b.row),
        fresh: rows[0]?.fresh ?? 0,
        flagged: rows[0]?.flagged ?? 0,
      }
    },

    async knows(checksum) {
      const { rows } = await client.query<{ id: number }>(
        'SELECT id FROM ingestion WHERE checksum = $1 ORDER BY id DESC LIMIT 1',
        [checksum],
      )
      return rows[0]?.id
    },

    store: (delivery) => storeDelivery(client, delivery),
  }
}

async function lockSymbols(
  client: pg.PoolClient,
  symbols: readonly SymbolDefinition[],
  now: Date,
): Promise<void> {
  await client.query(
    `INSERT INTO symbol (code, name, kind, market, decimals, simulated, created_at)
     SELECT code, name, kind::"SymbolKind", market::"Market", decimals, simulated, $2
     FROM json_to_recordset($1) AS s(code text, name text, kind text, market text, decimals int2, simulated bool)
     ORDER BY code
     ON CONFLICT (code) DO NOTHING`,
    [JSON.stringify(symbols), now],
  )
  const { rows } = await client.query<{ code: string; simulated: boolean }>(
    'SELECT code, simulated FROM symbol WHERE code = ANY($1) ORDER BY id FOR UPDATE',
    [symbols.map((symbol) => symbol.code)],
  )
  const simulated = new Map(rows.map((row) => [row.code, row.simulated]))
  const mixed = symbols.find((symbol) => simulated.get(symbol.code) !== symbol.simulated)
  if (mixed) throw new Error(`symbol ${mixed.code} would mix simulated and real bars`)
  await client.query(
    'UPDATE staged_bar SET symbol_id = symbol.id FROM symbol WHERE symbol.code = staged_bar.symbol',
  )
}

interface TakenOut {
  readonly unchanged: number
  readonly problemRows: number
  readonly problems: readonly RowProblem[]
}

// Flags are left out: they say how a row was read, and two vendors may write one halted session differently.
const SAME_VALUES = (a: string, b: string): string =>
  `(${a}.open, ${a}.high, ${a}.low, ${a}.close, ${a}.volume) = (${b}.open, ${b}.high, ${b}.low, ${b}.close, ${b}.volume)`

/** Rows of one session that agree are one row; where they differ, none of them can be trusted. */
async function takeOutDuplicates(client: pg.PoolClient, limit: number): Promise<TakenOut> {
  await client.query('ANALYZE staged_bar')
  const agreeing = await client.query(
    `DELETE FROM staged_bar later USING staged_bar earlier
     WHERE later.symbol_id = earlier.symbol_id AND later.session = earlier.session AND later.row > earlier.row
       AND ${SAME_VALUES('later', 'earlier')}`,
  )
  const { rows } = await client.query<{
    row: number
    symbol: string
    session: Session
    others: string
    total: number
  }>(
    `WITH doubled AS (
       SELECT symbol_id, session, string_agg(row::text, ', ' ORDER BY row) AS members
       FROM staged_bar GROUP BY symbol_id, session HAVING count(*) > 1
     ), taken AS (
       DELETE FROM staged_bar USING doubled
       WHERE staged_bar.symbol_id = doubled.symbol_id AND staged_bar.session = doubled.session
       RETURNING staged_bar.row, staged_bar.symbol, staged_bar.session, left(doubled.members, 100) AS others
     )
     SELECT *, count(*) OVER ()::int AS total FROM taken ORDER BY row LIMIT $1`,
    [Math.max(limit, 1)],
  )
  return {
    unchanged: agreeing.rowCount ?? 0,
    problemRows: rows[0]?.total ?? 0,
    problems: rows.slice(0, limit).map(({ row, symbol, session, others }) => ({
      row,
      symbol,
      session,
      field: 'session' as const,
      value: session,
      code: 'DUPLICATE_SESSION' as const,
      message: `rows ${others} give different bars of ${symbol} for ${session}; keep one`,
    })),
  }
}

interface ConflictRow {
  readonly row: number
  readonly symbol: string
  readonly session: Session
  readonly field: 'open' | 'high' | 'low' | 'close' | 'volume'
  readonly given: string
  readonly kept: string
  readonly total: number
}

/** Rows that are stored already: the same ones change nothing, different ones overwrite nothing. */
async function takeOutKnown(client: pg.PoolClient, limit: number): Promise<TakenOut> {
  const unchanged = await client.query(
    `DELETE FROM staged_bar USING bar
     WHERE bar.symbol_id = staged_bar.symbol_id AND bar.session = staged_bar.session
       AND ${SAME_VALUES('bar', 'staged_bar')}`,
  )
  const { rows } = await client.query<ConflictRow>(
    `WITH taken AS (
       DELETE FROM staged_bar USING bar
       WHERE bar.symbol_id = staged_bar.symbol_id AND bar.session = staged_bar.session
       RETURNING staged_bar.*, bar.open AS was_open, bar.high AS was_high, bar.low AS was_low,
                 bar.close AS was_close, bar.volume AS was_volume
     )
     SELECT row, symbol, session, field, given, kept, (SELECT count(*)::int FROM taken) AS total
     FROM taken, LATERAL (VALUES
       ('close', close::text, was_close::text), ('open', open::text, was_open::text),
       ('high', high::text, was_high::text), ('low', low::text, was_low::text),
       ('volume', volume::text, was_volume::text)
     ) AS differing(field, given, kept)
     WHERE given <> kept
     ORDER BY row, field LIMIT $1`,
    [Math.max(limit, 1)],
  )
  return {
    unchanged: unchanged.rowCount ?? 0,
    problemRows: rows[0]?.total ?? 0,
    problems: rows.slice(0, limit).map(({ row, symbol, session, field, given, kept }) => ({
      row,
      symbol,
      session,
      field,
      value: given,
      code: 'CONFLICT' as const,
      message: `${field} ${given} differs from the stored ${kept}; stored bars are not overwritten`,
    })),
  }
}

async function storeDelivery(
  client: pg.PoolClient,
  delivery: Delivery,
): Promise<{ ingestionId: number; symbols: ChangedSymbol[] }> {
  const { source, label, checksum, receivedRows, rejectedRows, problems, at } = delivery
  const inserted = await client.query<{ id: number }>(
    `INSERT INTO ingestion (source, label, checksum, received_rows, stored_rows, unchanged_rows, rejected_rows, at)
     SELECT $1::"IngestionSource", $2, $3, $4::int, count(*), $4 - $5 - count(*), $5, $6 FROM staged_bar
     RETURNING id`,
    [source, label, checksum, receivedRows, rejectedRows, at],
  )
  const ingestionId = inserted.rows[0]?.id
  if (ingestionId === undefined) throw new Error('the ingestion was not recorded')
  const { rows: symbols } = await client.query<ChangedSymbol>(
    `UPDATE symbol SET data_version = data_version + 1
     FROM (SELECT symbol_id, count(*)::int AS stored FROM staged_bar GROUP BY symbol_id) AS changed
     WHERE symbol.id = changed.symbol_id
     RETURNING symbol.code, symbol.data_version AS "dataVersion", changed.stored`,
  )
  // Locking made every symbol that was named; one whose rows all contradict each other has no bar to show.
  await client.query('DELETE FROM symbol WHERE data_version = 0 AND created_at = $1', [at])
  await client.query(
    `INSERT INTO bar (symbol_id, session, open, high, low, close, volume, flags, ingestion_id, known_at, data_version)
     SELECT staged.symbol_id, session, open, high, low, close, volume, flags, $1, $2, symbol.data_version
     FROM staged_bar AS staged JOIN symbol ON symbol.id = staged.symbol_id`,
    [ingestionId, at],
  )
  await client.query(
    `INSERT INTO rejected_row (ingestion_id, ordinal, row, symbol, session, field, value, code, message)
     SELECT $1, ordinality, row, symbol, session, field, value, code, message
     FROM ROWS FROM (json_to_recordset($2)
       AS (row int, symbol text, session text, field text, value text, code text, message text)) WITH ORDINALITY
       AS rejected(row, symbol, session, field, value, code, message, ordinality)`,
    [ingestionId, JSON.stringify(problems)],
  )
  return { ingestionId, symbols }
}
