/** Counts and summarises the stored bars, excluded rows, revisions and sources of a symbol. */
import type pg from 'pg'
import type { RevisionReason } from '../../domain/bars/delivery.js'
import { AFTER_MARKET_FROM } from '../../domain/bars/price-basis.js'
import type { PriceBasis } from '../../domain/bars/price-basis.js'
import type { RowCode, RowOutcome } from '../../domain/bars/row-outcome.js'
import type { Session } from '../../domain/calendar/session.js'
import { IS_REGULAR_ONLY } from './close-basis.js'

export const SUMMARY_COLUMNS = ['open', 'high', 'low', 'close', 'volume'] as const

export interface ColumnSummary {
  readonly column: (typeof SUMMARY_COLUMNS)[number]
  readonly count: number
  readonly nulls: number
  readonly min: number | null
  readonly max: number | null
  readonly mean: number | null
  /** Sample standard deviation; null below two rows. */
  readonly std: number | null
}

export interface StoredSummary {
  readonly rows: number
  readonly firstSession: Session | null
  readonly lastSession: Session | null
  /** Number of rows with each flag, by bit. */
  readonly flagged: readonly number[]
  readonly columns: readonly ColumnSummary[]
}

export interface ExcludedCount {
  readonly outcome: RowOutcome
  readonly code: RowCode
  readonly rows: number
}

export interface SourceCount {
  readonly source: string
  readonly rows: number
  readonly firstSession: Session
  readonly lastSession: Session
}

/** Bars whose prices and volumes have one basis. */
export interface BasisCount extends PriceBasis {
  readonly rows: number
  readonly firstSession: Session
  readonly lastSession: Session
}

/** Counts of a symbol's excluded rows, revisions and sources. */
export interface StoredHistory {
  readonly excluded: readonly ExcludedCount[]
  readonly revisions: readonly { readonly reason: RevisionReason; readonly rows: number }[]
  readonly sources: readonly SourceCount[]
  /** By their first session. */
  readonly bases: readonly BasisCount[]
}

export interface DataSummaryStore {
  summary(symbolId: number, flagCount: number): Promise<StoredSummary>
  /** @param sourceLimit most sources returned, those with the most bars first */
  history(symbol: { readonly id: number; readonly code: string }, sourceLimit: number): Promise<StoredHistory>
  /** Every stored session, in order. */
  sessions(symbolId: number): Promise<Session[]>
}

export function createDataSummaryStore(pool: pg.Pool): DataSummaryStore {
  return {
    async summary(symbolId, flagCount) {
      const perColumn = SUMMARY_COLUMNS.map(
        (column) => `json_build_object('column', '${column}', 'count', count(${column}),
          'nulls', count(*) - count(${column}), 'min', min(${column}), 'max', max(${column}),
          'mean', avg(${column})::float8, 'std', stddev_samp(${column})::float8)`,
      )
      const perFlag = Array.from(
        { length: flagCount },
        (_, bit) => `count(*) FILTER (WHERE flags & ${1 << bit} <> 0)`,
      )
      const { rows } = await pool.query<StoredSummary>(
        `SELECT count(*)::int AS rows, min(session) AS "firstSession", max(session) AS "lastSession",
                json_build_array(${perFlag.join(', ')}) AS flagged,
                json_build_array(${perColumn.join(', ')}) AS columns
         FROM bar WHERE symbol_id = $1`,
        [symbolId],
      )
      const [row] = rows
      if (!row) throw new Error(`the summary query of symbol ${symbolId} returned no row`)
      return row
    },

    async history({ id, code }, sourceLimit) {
      const [excluded, revisions, sources, bases] = await Promise.all([
        pool.query<ExcludedCount>(
          `SELECT outcome, code, count(*)::int AS rows FROM excluded_row WHERE symbol = $1
           GROUP BY outcome, code ORDER BY outcome, code`,
          [code],
        ),
        pool.query<{ reason: RevisionReason; rows: number }>(
          `SELECT reason, count(*)::int AS rows FROM bar_revision WHERE symbol_id = $1 GROUP BY reason ORDER BY reason`,
          [id],
        ),
        pool.query<SourceCount>(
          `SELECT ingestion.source || ':' || label AS source, sum(bars)::int AS rows,
                  min(first) AS "firstSession", max(last) AS "lastSession"
           FROM (SELECT ingestion_id, count(*) AS bars, min(session) AS first, max(session) AS last
                 FROM bar WHERE symbol_id = $1 GROUP BY ingestion_id) AS brought
           JOIN ingestion ON ingestion.id = ingestion_id
           GROUP BY 1 ORDER BY rows DESC, 1 LIMIT $2`,
          [id, sourceLimit],
        ),
        pool.query<BasisCount>(
          `SELECT CASE WHEN regular THEN 'REGULAR' ELSE coalesce(symbol_basis, close_basis, 'UNKNOWN') END AS "closeBasis",
                  CASE WHEN regular THEN 'REGULAR' ELSE coalesce(volume_basis, 'UNKNOWN') END AS "volumeBasis",
                  coalesce(adjustment, 'UNKNOWN') AS adjustment, count(*)::int AS rows,
                  min(session) AS "firstSession", max(session) AS "lastSession"
           FROM (SELECT session, session < $2 OR ${IS_REGULAR_ONLY} AS regular, symbol.close_basis AS symbol_basis,
                        version.close_basis, version.volume_basis, version.adjustment
                 FROM bar JOIN symbol ON symbol.id = bar.symbol_id LEFT JOIN data_version AS version
                   ON version.symbol_id = bar.symbol_id AND version.version = bar.data_version
                 WHERE bar.symbol_id = $1) AS bar
           GROUP BY 1, 2, 3 ORDER BY min(session), 1, 2, 3`,
          [id, AFTER_MARKET_FROM],
        ),
      ])
      return { excluded: excluded.rows, revisions: revisions.rows, sources: sources.rows, bases: bases.rows }
    },

    async sessions(symbolId) {
      const { rows } = await pool.query<{ session: Session }>(
        'SELECT session FROM bar WHERE symbol_id = $1 ORDER BY session',
        [symbolId],
      )
      return rows.map((row) => row.session)
    },
  }
}
