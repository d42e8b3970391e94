/**
 * Writing bars, straight through `pg`: rows are copied into a staging table on one connection, compared with
 * what is stored, and moved into place in the same transaction. A process that dies leaves nothing behind.
 *
 * State of a delivery: staging → settled (only rows that change something are left) → stored, or rolled back.
 */
import type pg from 'pg'
import type { Adjustment } from '../../domain/bars/delivery.js'
import type { DropCode, RejectionCode } from '../../domain/bars/row-outcome.js'
import type { Session } from '../../domain/calendar/session.js'
import type { SymbolDefinition } from '../../domain/symbol.js'
import { settleAdjustments } from './bar-adjustment.js'
import { excludeDuplicates, excludeOutranked, excludeUnchanged } from './bar-comparison.js'
import { excludeByDeferredChecks } from './deferred-checks.js'
import { STAGING_TABLES, openStaging } from './bar-staging.js'
import type { Staging } from './bar-staging.js'
import { CHANGES_TABLE, applyStagedBars, withdraw } from './apply-staged-bars.js'
import type { Delivery, StagedLeft, StoredDelivery } from './apply-staged-bars.js'
import { NO_EXCLUDED_ROWS, mergeExcludedRows } from './excluded-rows.js'
import type { ExcludedRows } from './excluded-rows.js'
import type { StagedRow } from './staged-row-bytes.js'

/** A symbol of a delivery, and what the order of its rows says about them. */
export interface StagedSymbol {
  readonly definition: SymbolDefinition
  /** Whether no two of its rows can be of one session. */
  readonly distinct: boolean
  /** Whether its flags have been judged, as far as the delivery alone decides them. */
  readonly judged: boolean
}

export interface SettleRequest {
  /** In the order of their ordinals. */
  readonly symbols: readonly StagedSymbol[]
  readonly now: Date
  readonly rank: number
  readonly acceptAdjustments: boolean
  /** Rows of each kind that are told of; all are counted. */
  readonly rowLimit: number
}

/** What comparing the staged rows with the stored ones found. */
export interface Settled {
  readonly unchanged: number
  readonly dropped: ExcludedRows<DropCode>
  readonly rejected: ExcludedRows<RejectionCode>
  readonly adjustments: readonly Adjustment[]
  /** Rows left: each is new, or corrects. */
  readonly changing: number
}

export interface BarWriter {
  /** Takes rows for the staging table; resolves when the connection has room for more. */
  stage(rows: readonly StagedRow[]): Promise<void>
  /**
   * Ends the staging, makes missing symbols, locks every symbol named (in one order, so that two writers
   * cannot wait for each other) and takes out what changes nothing, is known dirt or contradicts.
   * @throws Error naming a symbol whose simulated mark differs from its definition's
   */
  settle(request: SettleRequest): Promise<Settled>
  /** Whether an ingestion with this checksum has been recorded before. */
  knows(checksum: string): Promise<number | undefined>
  /** Records the delivery and moves the staged bars into place under each symbol's next data version. */
  store(delivery: Delivery): Promise<StoredDelivery>
  /** Takes bars of a stored symbol away. @returns undefined where none of the sessions has a bar */
  withdraw(
    symbolId: number,
    sessions: readonly Session[],
    delivery: () => Delivery,
  ): Promise<StoredDelivery | undefined>
}

/**
 * Runs `work` with a writer in one transaction, which commits when `work` resolves to a value whose `keep`
 * is true and rolls back otherwise.
 */
export type WithBarWriter = <Result extends { readonly keep: boolean }>(
  work: (writer: BarWriter) => Promise<Result>,
) => Promise<Result>

const NOTHING = { dropped: NO_EXCLUDED_ROWS, rejected: NO_EXCLUDED_ROWS }
const NOTHING_STAGED = { count: 0, inKeyOrder: true }

/** Sorting a million bars in memory, bounded; PostgreSQL's default of 4 MB sorts on disk. */
const WORK_MEMORY = "SET LOCAL work_mem = '128MB'"

export function createWithBarWriter(pool: pg.Pool): WithBarWriter {
  return async (work) => {
    const client = await pool.connect()
    let broken: Error | undefined
    // A lost connection also fails whatever waits for it; unheard, it would end the process.
    const onLost = (error: Error): void => {
      broken = error
    }
    client.on('error', onLost)
    try {
      // Outside the transaction, so that the tables outlive a roll-back and the catalogue grows once a connection.
      await client.query(`${STAGING_TABLES}; ${CHANGES_TABLE}`)
      await client.query(`BEGIN; ${WORK_MEMORY}`)
      const staging = openStaging(client)
      try {
        const result = await work(createWriter(client, staging))
        await staging.end()
        await client.query(result.keep ? 'COMMIT' : 'ROLLBACK')
        return result
      } catch (error) {
        await staging.abandon()
        // Where not even that is possible, the connection goes, and its transaction with it.
        await client.query('ROLLBACK').catch(() => undefined)
        throw error
      }
    } catch (error) {
      broken = error instanceof Error ? error : new Error(String(error))
      throw error
    } finally {
      // A connection that failed may be in any state and fail again; the pool makes a new one.
      if (broken === undefined) client.off('error', onLost)
      client.release(broken)
    }
  }
}

function createWriter(client: pg.PoolClient, staging: Staging): BarWriter {
  let left: StagedLeft = NOTHING_STAGED
  return {
    stage: (rows) => staging.write(rows),

    async settle({ symbols, now, rank, acceptAdjustments, rowLimit }) {
      const staged = await staging.end()
      const { anyStored, ascending } = await lockSymbols(client, symbols, now)
      const distinct = symbols.every((symbol) => symbol.distinct)
      const duplicates = distinct ? NOTHING : await excludeDuplicates(client, rowLimit)
      const doubtful = staged.doubtful ? await excludeByDeferredChecks(client, rowLimit) : NOTHING
      // Nothing to compare a million rows with where every symbol is new.
      const { adjustments, rejected } = anyStored
        ? await settleAdjustments(client, acceptAdjustments, rowLimit)
        : { adjustments: [], rejected: NO_EXCLUDED_ROWS }
      const unchanged = anyStored ? await excludeUnchanged(client) : 0
      const outranked = anyStored ? await excludeOutranked(client, rank, rowLimit) : NO_EXCLUDED_ROWS
      const all = {
        dropped: mergeExcludedRows([duplicates.dropped, doubtful.dropped, outranked], rowLimit),
        rejected: mergeExcludedRows([duplicates.rejected, doubtful.rejected, rejected], rowLimit),
      }
      const changing = staged.count - unchanged - all.dropped.count - all.rejected.count
      left = { count: changing, inKeyOrder: staged.ordered && ascending }
      return { unchanged, ...all, adjustments, changing }
    },

    async knows(checksum) {
      const { rows } = await client.query<{ id: number }>(
        'SELECT id FROM ingestion WHERE checksum = $1 ORDER BY id DESC LIMIT 1',
        [checksum],
      )
      return rows[0]?.id
    },

    async store(delivery) {
      const stored = await applyStagedBars(client, delivery, left)
      // Locking made every symbol that was named; one whose rows were all left out has no bar to show.
      await client.query(
        `DELETE FROM symbol USING staged_symbol WHERE symbol.id = symbol_id AND created AND data_version = 0`,
      )
      return stored
    },

    async withdraw(symbolId, sessions, delivery) {
      await staging.end()
      await client.query('SELECT FROM symbol WHERE id = $1 FOR UPDATE', [symbolId])
      return withdraw(client, symbolId, sessions, delivery())
    },
  }
}

/** @returns whether any of the symbols was there before, and may have bars; and whether their ids ascend like ordinals */
async function lockSymbols(
  client: pg.PoolClient,
  symbols: readonly StagedSymbol[],
  now: Date,
): Promise<{ readonly anyStored: boolean; readonly ascending: boolean }> {
  const definitions = symbols.map(({ definition }) => definition)
  const created = await client.query<{ code: string }>(
    `INSERT INTO symbol (code, name, kind, market, decimals, simulated, created_at)
     SELECT code, name, kind::"SymbolKind", market::"Market", decimals, simulated, $2
     FROM json_to_recordset($1) AS s(code text, name text, kind text, market text, decimals int2, simulated bool)
     ORDER BY code
     ON CONFLICT (code) DO NOTHING RETURNING code`,
    [JSON.stringify(definitions), now],
  )
  const { rows } = await client.query<{ id: number; code: string; simulated: boolean }>(
    'SELECT id, code, simulated FROM symbol WHERE code = ANY($1) ORDER BY id FOR UPDATE',
    [definitions.map(({ code }) => code)],
  )
  const stored = new Map(rows.map((row) => [row.code, row]))
  const mixed = definitions.find(({ code, simulated }) => stored.get(code)?.simulated !== simulated)
  if (mixed) throw new Error(`symbol ${mixed.code} would mix simulated and real bars`)
  const createdCodes = new Set(created.rows.map(({ code }) => code))
  const isNew = definitions.map(({ code }) => createdCodes.has(code))
  const ids = definitions.map(({ code }) => stored.get(code)?.id ?? 0)
  await client.query(
    `INSERT INTO staged_symbol (ordinal, symbol_id, created, judged)
     SELECT ordinality - 1, id, created, judged
     FROM ROWS FROM (unnest($1::int[]), unnest($2::bool[]), unnest($3::bool[])) WITH ORDINALITY
       AS s(id, created, judged, ordinality)`,
    [
      ids,
      isNew,
      // A symbol that was there has bars before those delivered, and they count.
      symbols.map(({ judged }, ordinal) => judged && isNew[ordinal] === true),
    ],
  )
  const ascending = ids.every((id, ordinal) => ordinal === 0 || id > (ids[ordinal - 1] ?? 0))
  return { anyStored: isNew.includes(false), ascending }
}
