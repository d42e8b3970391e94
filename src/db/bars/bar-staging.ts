/** Copies delivered rows into staging tables, where they are compared with the stored bars. */
import { once } from 'node:events'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { AFTER_MARKET_FROM } from '../../domain/bars/price-basis.js'
import { COPY_HEADER, COPY_TRAILER, STAGED_COLUMNS, toCopyBytes } from './staged-row-bytes.js'
import type { StagedRow } from './staged-row-bytes.js'

/**
 * Staged rows name their symbol by its number in the delivery: a code in every row would be copied, compared and sorted
 * a million times.
 */
export const STAGING_TABLES = `
  CREATE TEMPORARY TABLE IF NOT EXISTS staged_bar (${STAGED_COLUMNS}) ON COMMIT DELETE ROWS;
  CREATE TEMPORARY TABLE IF NOT EXISTS staged_symbol (
    ordinal int PRIMARY KEY, symbol_id int, created bool, judged bool, adjusted bool DEFAULT false,
    close_basis "TradingHoursBasis", volume_basis "TradingHoursBasis", rebased bool DEFAULT false
  ) ON COMMIT DELETE ROWS`

/** A COPY into the staging table in progress; the connection can do nothing else meanwhile. */
export interface Staging {
  /** Resolves when the connection has room for more. @throws the error of the COPY */
  write(rows: readonly StagedRow[]): Promise<void>
  /** Ends the COPY; further calls return the same counts. @throws the error of the COPY */
  end(): Promise<StagedRows>
  /** Breaks the COPY off. */
  abandon(): Promise<void>
}

/** Facts about the staged rows that are gathered while they are written. */
export interface StagedRows {
  readonly count: number
  /** Whether any row needs a deferred check. */
  readonly doubtful: boolean
  /** Whether any row is of a session with an after-market. */
  readonly afterMarket: boolean
  /** Whether they came ordered by symbol ordinal, then session, without duplicates. */
  readonly ordered: boolean
}

export function openStaging(client: pg.PoolClient): Staging {
  const staged = { count: 0, doubtful: false, afterMarket: false, ordered: true }
  let last: StagedRow | undefined
  let ended = false
  let failure: Error | undefined
  const stream = client.query(copyFrom('COPY staged_bar FROM STDIN (FORMAT binary)'))
  stream.write(COPY_HEADER)
  const finished = new Promise<void>((resolve) => {
    stream.once('finish', resolve)
    // A failed stream may emit further errors while it closes.
    stream.on('error', (error: Error) => {
      failure ??= error
      resolve()
    })
  })
  return {
    async write(rows) {
      if (failure) throw failure
      staged.count += rows.length
      for (const row of rows) {
        if (row.doubt !== undefined) staged.doubtful = true
        if (row.session >= AFTER_MARKET_FROM) staged.afterMarket = true
        if (last !== undefined && !follows(row, last)) staged.ordered = false
        last = row
      }
      if (!stream.write(toCopyBytes(rows))) await Promise.race([once(stream, 'drain'), finished])
    },
    async end() {
      if (ended) {
        if (failure) throw failure
        return staged
      }
      ended = true
      stream.end(COPY_TRAILER)
      await finished
      if (failure) throw failure
      // Autovacuum cannot analyse a temporary table; without statistics the planner guesses its joins.
      await client.query('ANALYZE staged_bar (ordinal, session, doubt)')
      return staged
    },
    async abandon() {
      if (!ended && !failure) stream.destroy()
      ended = true
      await finished
    },
  }
}

function follows(row: StagedRow, before: StagedRow): boolean {
  return row.ordinal === before.ordinal ? row.session > before.session : row.ordinal > before.ordinal
}
