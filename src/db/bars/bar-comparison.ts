/**
 * Compares staged rows with each other and with the stored bars. Each function removes and reports rows that cannot or
 * need not be stored; the rows that remain are new bars or corrections.
 *
 * No comparison looks at flags: they depend on a bar's neighbours and are no part of the delivered data.
 */
import type pg from 'pg'
import { FLOAT_NOISE } from '../../domain/bars/decimals.js'
import { AFTER_MARKET_FROM } from '../../domain/bars/price-basis.js'
import type { DropCode, RejectionCode } from '../../domain/bars/row-outcome.js'
import type { Session } from '../../domain/calendar/session.js'
import { NO_EXCLUDED_ROWS } from './excluded-rows.js'
import type { ExcludedRows } from './excluded-rows.js'

/**
 * Whether a staged bar has the prices of the stored one. Prices on the units of the symbol are equal or different; others
 * are as delivered, so two vendors' floats of one price differ by noise, which is less than half a unit.
 */
const SAME_PRICES = ['open', 'high', 'low', 'close']
  .map(
    (price) =>
      `(bar.${price} = staged_bar.${price} OR (abs(bar.${price} - staged_bar.${price}) <= ${FLOAT_NOISE} * bar.${price}
        AND abs(bar.${price} - staged_bar.${price}) < 0.5 * power(10, -decimals)))`,
  )
  .join(' AND ')

interface TakenRow {
  readonly row: number
  readonly code: string
  readonly session: Session
  readonly value: string
  readonly others: string
  readonly total: number
}

/**
 * Runs a statement whose CTE `taken` deletes staged rows and returns row, ordinal, session, value and others.
 * @param limit rows returned; all are counted
 */
export async function takeOut(
  client: pg.PoolClient,
  statement: string,
  parameters: readonly unknown[],
  limit: number,
): Promise<{ readonly count: number; readonly rows: readonly TakenRow[] }> {
  const { rows } = await client.query<TakenRow>(
    `WITH ${statement}
     SELECT row, symbol.code, session, value::text, left(others::text, 100) AS others,
            (SELECT count(*)::int FROM taken) AS total
     FROM taken JOIN staged_symbol USING (ordinal) JOIN symbol ON symbol.id = symbol_id
     ORDER BY row LIMIT $1`,
    [Math.max(limit, 1), ...parameters],
  )
  return { count: rows[0]?.total ?? 0, rows: rows.slice(0, limit) }
}

/** Keeps one of several equal rows of a session, and rejects all of them where they differ. */
export async function excludeDuplicates(
  client: pg.PoolClient,
  limit: number,
): Promise<{ readonly dropped: ExcludedRows<DropCode>; readonly rejected: ExcludedRows<RejectionCode> }> {
  const doubled = 'SELECT ordinal, session FROM staged_bar GROUP BY ordinal, session HAVING count(*) > 1'
  const { rowCount } = await client.query(`${doubled} LIMIT 1`)
  if (rowCount === 0) return { dropped: NO_EXCLUDED_ROWS, rejected: NO_EXCLUDED_ROWS }
  const agreeing = await takeOut(
    client,
    `doubled AS (${doubled}), numbered AS (
       SELECT staged_bar.ctid AS place, row, first_value(row) OVER same AS first
       FROM staged_bar JOIN doubled USING (ordinal, session)
       WINDOW same AS (PARTITION BY ordinal, session, open, high, low, close, volume ORDER BY row)
     ), taken AS (
       DELETE FROM staged_bar USING numbered
       WHERE staged_bar.ctid = numbered.place AND numbered.row > first
       RETURNING staged_bar.row, ordinal, session, session AS value, first AS others
     )`,
    [],
    limit,
  )
  const differing = await takeOut(
    client,
    `doubled AS (
       SELECT ordinal, session, string_agg(row::text, ', ' ORDER BY row) AS members
       FROM staged_bar GROUP BY ordinal, session HAVING count(*) > 1
     ), taken AS (
       DELETE FROM staged_bar USING doubled
       WHERE staged_bar.ordinal = doubled.ordinal AND staged_bar.session = doubled.session
       RETURNING row, staged_bar.ordinal, staged_bar.session, staged_bar.session AS value, members AS others
     )`,
    [],
    limit,
  )
  return {
    dropped: {
      count: agreeing.count,
      rows: agreeing.rows.map(({ row, code, session, value, others }) => ({
        row,
        symbol: code,
        session,
        field: 'session' as const,
        value,
        code: 'DUPLICATE' as const,
        message: `the same bar as row ${others}`,
      })),
    },
    rejected: {
      count: differing.count,
      rows: differing.rows.map(({ row, code, session, value, others }) => ({
        row,
        symbol: code,
        session,
        field: 'session' as const,
        value,
        code: 'DUPLICATE_SESSION' as const,
        message: `rows ${others} give different bars of ${code} for ${session}; keep one`,
      })),
    },
  }
}

/** Removes rows equal to the stored bar, a volume within its rounding. @returns how many */
export async function excludeUnchanged(client: pg.PoolClient): Promise<number> {
  const { rowCount } = await client.query(
    `DELETE FROM staged_bar USING staged_symbol JOIN symbol ON symbol.id = symbol_id, bar
     WHERE staged_symbol.ordinal = staged_bar.ordinal AND bar.symbol_id = staged_symbol.symbol_id
       AND bar.session = staged_bar.session AND ${SAME_PRICES}
       AND (bar.volume = staged_bar.volume OR abs(bar.volume - staged_bar.volume) < staged_bar.volume_step)`,
  )
  return rowCount ?? 0
}

/**
 * Removes rows that would overwrite a bar from a higher-ranked delivery, or restore one that such a delivery withdrew.
 * Rows of a symbol whose back-adjustment was accepted stay, and so do those that replace closes of another basis: a
 * person has reviewed them.
 */
export async function excludeOutranked(
  client: pg.PoolClient,
  rank: number,
  limit: number,
): Promise<ExcludedRows<DropCode>> {
  const { count, rows } = await takeOut(
    client,
    `higher AS (
       SELECT id, source || ':' || label AS name FROM ingestion WHERE rank > $2
     ), stored AS (
       SELECT staged_bar.ctid AS place, higher.name || ' has ' || bar.close || ', volume ' || bar.volume AS others
       FROM staged_bar JOIN staged_symbol USING (ordinal)
       JOIN bar ON bar.symbol_id = staged_symbol.symbol_id AND bar.session = staged_bar.session
       JOIN higher ON higher.id = bar.ingestion_id
       WHERE NOT adjusted AND NOT (rebased AND staged_bar.session >= $3)
       UNION ALL
       SELECT staged_bar.ctid, higher.name || ' has withdrawn it'
       FROM staged_bar JOIN staged_symbol USING (ordinal)
       JOIN bar_revision ON bar_revision.symbol_id = staged_symbol.symbol_id
         AND bar_revision.session = staged_bar.session AND reason = 'WITHDRAWN'
       JOIN higher ON higher.id = bar_revision.replaced_ingestion_id
       WHERE NOT EXISTS (SELECT FROM bar_revision AS later WHERE later.symbol_id = bar_revision.symbol_id
                           AND later.session = bar_revision.session
                           AND later.data_version > bar_revision.data_version)
         AND NOT EXISTS (SELECT FROM bar WHERE bar.symbol_id = bar_revision.symbol_id
                           AND bar.session = bar_revision.session)
     ), taken AS (
       DELETE FROM staged_bar USING stored WHERE staged_bar.ctid = place
       RETURNING row, ordinal, session, 'close ' || close || ', volume ' || volume AS value, others
     )`,
    [rank, AFTER_MARKET_FROM],
    limit,
  )
  return {
    count,
    rows: rows.map(({ row, code, session, value, others }) => ({
      row,
      symbol: code,
      session,
      field: 'session' as const,
      value,
      code: 'OUTRANKED' as const,
      message: `${others}, and its rank is higher`,
    })),
  }
}
