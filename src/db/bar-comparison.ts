/** Comparing staged rows with each other and with the stored bars; what cannot or need not be stored is taken out. */
import type pg from 'pg'
import type { RowProblem } from '../domain/bar-check.js'
import type { Session } from '../domain/session.js'

interface TakenOut {
  readonly unchanged: number
  readonly problemRows: number
  readonly problems: readonly RowProblem[]
}

// Flags are left out: they say how a row was read, and two vendors may write one halted session differently.
const SAME_VALUES = (a: string, b: string): string =>
  `(${a}.open, ${a}.high, ${a}.low, ${a}.close, ${a}.volume) = (${b}.open, ${b}.high, ${b}.low, ${b}.close, ${b}.volume)`

/** Rows of one session that agree are one row; where they differ, none of them can be trusted. */
export async function takeOutDuplicates(client: pg.PoolClient, limit: number): Promise<TakenOut> {
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
export async function takeOutKnown(client: pg.PoolClient, limit: number): Promise<TakenOut> {
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
