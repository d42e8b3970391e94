/**
 * Writing bars, straight through `pg`: rows are copied into a staging table on one connection, compared with
 * what is stored, and moved into place in the same transaction. A process that dies leaves nothing behind.
 *
 * State of a delivery: staging → settled (duplicates and conflicts taken out) → stored, or rolled back.
 */
import type pg from 'pg'
import type { RowProblem } from '../domain/bar-check.js'
import type { Bar } from '../domain/bar.js'
import type { SymbolDefinition } from '../domain/symbol.js'
import { takeOutDuplicates, takeOutKnown } from './bar-comparison.js'
import { STAGING_TABLE, openStaging } from './bar-staging.js'
import type { Staging } from './bar-staging.js'

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

export function createWithBarWriter(pool: pg.Pool): WithBarWriter {
  return async (work) => {
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      // Outside the transaction, so that the table outlives a roll-back and the catalogue grows once a connection.
      await client.query(STAGING_TABLE)
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
  return { ingestionId, symbols: symbols.sort((a, b) => (a.code < b.code ? -1 : 1)) }
}
