/**
 * Writes bars, directly through `pg`: copies rows into a staging table, compares them with the stored bars, and moves
 * them into place, all in one transaction. A process that dies leaves nothing behind.
 *
 * State of a delivery: staging → settled (only rows that change something remain) → stored, or rolled back.
 */
import type pg from 'pg'
import type { BarChange } from '../../domain/bars/bar-change.js'
import type { Adjustment } from '../../domain/bars/delivery.js'
import type { PriceBasis } from '../../domain/bars/price-basis.js'
import type { DropCode, RejectionCode } from '../../domain/bars/row-outcome.js'
import type { Session } from '../../domain/calendar/session.js'
import type { SymbolDefinition } from '../../domain/symbol.js'
import { settleAdjustments } from './bar-adjustment.js'
import { readChanges } from './bar-changes.js'
import { excludeDuplicates, excludeOutranked, excludeUnchanged } from './bar-comparison.js'
import { excludeByDeferredChecks } from './deferred-checks.js'
import type { StatedAction } from '../../domain/bars/actions/corporate-action.js'
import { ACTION_TABLE, stageActions } from './actions/action-writer.js'
import { STEP_TABLE } from './actions/adjustment-steps.js'
import { STAGING_TABLES, openStaging } from './bar-staging.js'
import type { Staging } from './bar-staging.js'
import { CHANGES_TABLE, applyActions, applyStagedBars, withdraw } from './apply-staged-bars.js'
import type { Delivery, StagedLeft, StoredDelivery } from './apply-staged-bars.js'
import { NO_EXCLUDED_ROWS, mergeExcludedRows } from './excluded-rows.js'
import type { ExcludedRows } from './excluded-rows.js'
import { NO_BASIS_SETTLED, settlePriceBasis } from './price-basis-check.js'
import type { BasisChange, DeliveredBasis } from './price-basis-check.js'
import type { StagedRow } from './staged-row-bytes.js'
import { excludeOtherVolumeScale } from './volume-scale-check.js'

/** A symbol of a delivery, and what is already known about its rows. */
export interface StagedSymbol {
  readonly definition: SymbolDefinition
  /** Whether its rows are known to be of distinct sessions. */
  readonly distinct: boolean
  /** Whether its flags have been computed from the delivery alone. */
  readonly judged: boolean
}

export interface SettleRequest {
  /** In the order of their ordinals. */
  readonly symbols: readonly StagedSymbol[]
  readonly now: Date
  readonly acceptAdjustments: boolean
  readonly basis: DeliveredBasis
  /** Actions that the source states, of symbols of the delivery. */
  readonly actions?: readonly DeliveredAction[]
  /** Most excluded rows reported of each kind; all are counted. */
  readonly rowLimit: number
}

export type DeliveredAction = StatedAction & { readonly symbol: string }

/** Result of comparing the staged rows with the stored bars. */
export interface Settled {
  readonly unchanged: number
  readonly dropped: ExcludedRows<DropCode>
  readonly rejected: ExcludedRows<RejectionCode>
  readonly adjustments: readonly Adjustment[]
  /** Rows that remain: new bars and corrections. */
  readonly changing: number
  /** Whether the basis of a symbol's closes became known, or another one. */
  readonly basisChanged: boolean
  readonly basisChanges: readonly BasisChange[]
  /** Actions that are new or differ from the stored ones. */
  readonly changingActions: number
}

export interface BarWriter {
  /** Copies rows into the staging table; resolves when the connection has room for more. */
  stage(rows: readonly StagedRow[]): Promise<void>
  /**
   * Ends the staging, creates missing symbols, locks all symbols in order of id (so that two writers cannot deadlock),
   * and removes rows that change nothing, are known dirt or contradict others.
   * @throws Error where a stored symbol is simulated and its definition is not, or the reverse
   */
  settle(request: SettleRequest): Promise<Settled>
  /** @returns the id of the newest ingestion with this checksum, undefined where there is none */
  knows(checksum: string): Promise<number | undefined>
  /** Records the delivery and moves the staged bars into place under each symbol's next data version. */
  store(delivery: Delivery): Promise<StoredDelivery>
  /** The changes of a stored delivery, newest sessions first. */
  changes(ingestionId: number, limit: number): Promise<readonly BarChange[]>
  /** Keeps what `settle` found out about the basis of symbols, where no bar changes. */
  keepBasis(): Promise<void>
  /** Withdraws bars of a stored symbol. @returns undefined where none of the sessions has a bar */
  withdraw(
    symbolId: number,
    sessions: readonly Session[],
    delivery: () => Delivery,
  ): Promise<StoredDelivery | undefined>
  /** Stores a person's word about actions of a stored symbol. @returns undefined where it changes nothing */
  changeActions(
    symbolId: number,
    actions: readonly DeliveredAction[],
    delivery: () => Delivery,
  ): Promise<StoredDelivery | undefined>
}

/**
 * Runs `work` with a writer in one transaction. It commits where `work` resolves with `keep: true` and rolls back
 * otherwise.
 */
export type WithBarWriter = <Result extends { readonly keep: boolean }>(
  work: (writer: BarWriter) => Promise<Result>,
) => Promise<Result>

const NOTHING = { dropped: NO_EXCLUDED_ROWS, rejected: NO_EXCLUDED_ROWS }
const NOTHING_STAGED = { count: 0, inKeyOrder: true }

/** Enough to sort a million bars in memory; PostgreSQL's default of 4 MB sorts on disk. */
const WORK_MEMORY = "SET LOCAL work_mem = '128MB'"

export function createWithBarWriter(pool: pg.Pool): WithBarWriter {
  return async (work) => {
    const client = await pool.connect()
    let broken: Error | undefined
    // A lost connection fails the running query too; without this listener it would also end the process.
    const onLost = (error: Error): void => {
      broken = error
    }
    client.on('error', onLost)
    try {
      // Before the transaction: the tables survive a rollback, and the catalogue grows only once a connection.
      await client.query(`${STAGING_TABLES}; ${CHANGES_TABLE}; ${STEP_TABLE}; ${ACTION_TABLE}`)
      await client.query(`BEGIN; ${WORK_MEMORY}`)
      const staging = openStaging(client)
      try {
        const result = await work(createWriter(client, staging))
        await staging.end()
        await client.query(result.keep ? 'COMMIT' : 'ROLLBACK')
        return result
      } catch (error) {
        await staging.abandon()
        // If the rollback fails, releasing the broken connection ends the transaction.
        await client.query('ROLLBACK').catch(() => undefined)
        throw error
      }
    } catch (error) {
      broken = error instanceof Error ? error : new Error(String(error))
      throw error
    } finally {
      // The pool discards a broken connection; it keeps the listener because it may emit more errors.
      if (broken === undefined) client.off('error', onLost)
      client.release(broken)
    }
  }
}

function createWriter(client: pg.PoolClient, staging: Staging): BarWriter {
  let left: StagedLeft = NOTHING_STAGED
  return {
    stage: (rows) => staging.write(rows),

    async settle({ symbols, now, basis, acceptAdjustments, actions = [], rowLimit }) {
      const staged = await staging.end()
      const { anyStored, ascending } = await lockSymbols(client, symbols, now, basis.stated)
      const distinct = symbols.every((symbol) => symbol.distinct)
      const duplicates = distinct ? NOTHING : await excludeDuplicates(client, rowLimit)
      const doubtful = staged.doubtful ? await excludeByDeferredChecks(client, rowLimit) : NOTHING
      // Where every symbol is new, there are no stored bars to compare with.
      const scaled = anyStored ? await excludeOtherVolumeScale(client, rowLimit) : NO_EXCLUDED_ROWS
      const { adjustments, rejected } = anyStored
        ? await settleAdjustments(client, {
            accepted: acceptAdjustments,
            statedClose: basis.stated.closeBasis,
            limit: rowLimit,
          })
        : { adjustments: [], rejected: NO_EXCLUDED_ROWS }
      const settled = staged.afterMarket ? await settlePriceBasis(client, basis, rowLimit) : NO_BASIS_SETTLED
      const unchanged = anyStored ? await excludeUnchanged(client) : 0
      const outranked = anyStored
        ? await excludeOutranked(client, basis.origin.rank, rowLimit)
        : NO_EXCLUDED_ROWS
      const all = {
        dropped: mergeExcludedRows([duplicates.dropped, doubtful.dropped, outranked], rowLimit),
        rejected: mergeExcludedRows(
          [duplicates.rejected, doubtful.rejected, scaled, rejected, settled.rejected],
          rowLimit,
        ),
      }
      const changing = staged.count - unchanged - all.dropped.count - all.rejected.count
      left = { count: changing, inKeyOrder: staged.ordered && ascending }
      const changingActions = await stageActions(client, actions, false)
      const { changed: basisChanged, changes: basisChanges } = settled
      return { unchanged, ...all, adjustments, changing, basisChanged, basisChanges, changingActions }
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
      await removeEmptySymbols(client)
      return stored
    },

    changes: (ingestionId, limit) => readChanges(client, ingestionId, limit),
    keepBasis: () => removeEmptySymbols(client),

    async changeActions(symbolId, actions, delivery) {
      await staging.end()
      await client.query('SELECT FROM symbol WHERE id = $1 FOR UPDATE', [symbolId])
      return (await stageActions(client, actions, true)) === 0 ? undefined : applyActions(client, delivery())
    },

    async withdraw(symbolId, sessions, delivery) {
      await staging.end()
      await client.query('SELECT FROM symbol WHERE id = $1 FOR UPDATE', [symbolId])
      return withdraw(client, symbolId, sessions, delivery())
    },
  }
}

/** `lockSymbols` creates every named symbol; removes those that got no bar. */
async function removeEmptySymbols(client: pg.PoolClient): Promise<void> {
  await client.query(
    `DELETE FROM symbol USING staged_symbol WHERE symbol.id = symbol_id AND created AND data_version = 0`,
  )
}

/**
 * Creates missing symbols, locks all of them and stages their ids.
 * @returns whether any existed before (and may have bars), and whether their ids ascend in delivery order
 */
async function lockSymbols(
  client: pg.PoolClient,
  symbols: readonly StagedSymbol[],
  now: Date,
  { closeBasis, volumeBasis }: PriceBasis,
): Promise<{ readonly anyStored: boolean; readonly ascending: boolean }> {
  const definitions = symbols.map(({ definition }) => definition)
  // An import of the symbol master waits for this transaction, so it finds the symbols that are created here.
  await client.query('LOCK TABLE listing IN ROW EXCLUSIVE MODE')
  const created = await client.query<{ code: string }>(
    `INSERT INTO symbol (code, name, name_ko, name_en, kind, market, isin, sector, listed_on, delisted_on, decimals,
       simulated, created_at)
     SELECT s.code, coalesce(listing.name_ko, listing.name_en, s.name), coalesce(listing.name_ko, s."nameKo"),
       coalesce(listing.name_en, s."nameEn"), coalesce(listing.kind, s.kind::"SymbolKind"),
       coalesce(listing.market, s.market::"Market"), isin, sector, listed_on, delisted_on, s.decimals, s.simulated, $2
     FROM json_to_recordset($1) AS s(code text, name text, "nameKo" text, "nameEn" text, kind text, market text,
       decimals int2, simulated bool)
     LEFT JOIN listing ON listing.code = s.code AND NOT s.simulated
     ORDER BY s.code
     ON CONFLICT (code) DO NOTHING RETURNING code`,
    [JSON.stringify(definitions), now],
  )
  const { rows } = await client.query<{ id: number; code: string; simulated: boolean }>(
    'SELECT id, code, simulated FROM symbol WHERE code = ANY($1) ORDER BY id FOR UPDATE',
    [definitions.map(({ code }) => code)],
  )
  const stored = new Map(rows.map((row) => [row.code, row]))
  const mixed = definitions.find(({ code, simulated }) => stored.get(code)?.simulated !== simulated)
  if (mixed)
    throw new Error(`symbol ${mixed.code} would mix simulated and real bars; deliver them under another code`)
  const createdCodes = new Set(created.rows.map(({ code }) => code))
  const isNew = definitions.map(({ code }) => createdCodes.has(code))
  const ids = definitions.map(({ code }) => stored.get(code)?.id ?? 0)
  await client.query(
    `INSERT INTO staged_symbol (ordinal, symbol_id, created, judged, close_basis, volume_basis)
     SELECT ordinality - 1, id, created, judged, $4::"TradingHoursBasis", $5::"TradingHoursBasis"
     FROM ROWS FROM (unnest($1::int[]), unnest($2::bool[]), unnest($3::bool[])) WITH ORDINALITY
       AS s(id, created, judged, ordinality)`,
    [
      ids,
      isNew,
      // The flags of a symbol that existed before also depend on its stored bars.
      symbols.map(({ judged }, ordinal) => judged && isNew[ordinal] === true),
      closeBasis,
      volumeBasis,
    ],
  )
  const ascending = ids.every((id, ordinal) => ordinal === 0 || id > (ids[ordinal - 1] ?? 0))
  return { anyStored: isNew.includes(false), ascending }
}
