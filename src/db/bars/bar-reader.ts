/**
 * Reading bars, straight through `pg`: the hottest reads of the platform.
 *
 * One bar of a week or a month is always made of its whole interval, whatever dates were asked for, so that
 * its numbers do not depend on where a chart happens to begin.
 */
import type pg from 'pg'
import type { BarColumns, Interval, StoredBar } from '../../domain/bars/bar.js'
import { cutPage } from '../../domain/page.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { Session } from '../../domain/calendar/session.js'

export interface BarRange {
  readonly symbolId: number
  readonly from?: Session | undefined
  readonly to?: Session | undefined
  /** Bars as they were known under this data version of the symbol, and not as they are known now. */
  readonly dataVersion?: number | undefined
}

export interface BarReader {
  /** In session order; the page's keys are the first dates of intervals. */
  page(range: BarRange, interval: Interval, request: PageRequest<Session>): Promise<Page<StoredBar>>
  /** The newest `limit` daily bars of the range, in session order, their flags, and the data version they are of. */
  newest(range: BarRange, limit: number): Promise<NewestBars>
  /** The first and the last session that has a bar; undefined where none has. */
  span(symbolId: number): Promise<{ readonly first: Session; readonly last: Session } | undefined>
  /** Every interval of the range as columns, in order; at most `limit`, from the start. */
  series(range: BarRange, interval: Interval, limit: number): Promise<BarSeries>
}

export interface NewestBars {
  readonly bars: BarColumns
  /** Bit sets, one a bar. */
  readonly flags: readonly number[]
  readonly dataVersion: number
}

/** Columns of one length, and where each interval ends. */
export interface BarSeries {
  readonly sessions: readonly Session[]
  readonly open: readonly number[]
  readonly high: readonly number[]
  readonly low: readonly number[]
  readonly close: readonly number[]
  readonly volume: readonly bigint[]
}

interface BarRow {
  readonly period: Session
  readonly session: Session
  readonly first_session: Session
  readonly sessions: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: string
  readonly flags: number
  readonly source: string
  readonly known_at: Date
  readonly data_version: number
}

/** Where bars are read from: a table, or what stands for one. */
type BarSource = 'bar' | typeof BARS_KNOWN

const COLUMNS =
  'symbol_id, session, open, high, low, close, volume, flags, ingestion_id, known_at, data_version'

/**
 * The bars under data version $4: those that came by then, and the revisions that had not been replaced by then. One
 * statement reads both tables in one state, so a correction that commits meanwhile cannot be seen twice or never.
 */
const BARS_KNOWN = `(
    SELECT ${COLUMNS} FROM bar WHERE data_version <= $4
    UNION ALL
    SELECT ${COLUMNS} FROM bar_revision WHERE data_version <= $4 AND replaced_version > $4
  ) AS bar`

const daily = (source: BarSource): string => `
  SELECT session AS period, session, session AS first_session, 1 AS sessions, open, high, low, close, volume,
         flags, ingestion_id, known_at, data_version
  FROM ${source}
  WHERE symbol_id = $1 AND session >= coalesce($2::date, '-infinity') AND session <= coalesce($3::date, 'infinity')`

const aggregated = (unit: 'week' | 'month', source: BarSource): string => `
  SELECT date_trunc('${unit}', session::timestamp)::date AS period, max(session) AS session,
         min(session) AS first_session, count(*)::int AS sessions,
         (array_agg(open ORDER BY session))[1] AS open, max(high) AS high, min(low) AS low,
         (array_agg(close ORDER BY session DESC))[1] AS close, sum(volume)::int8 AS volume,
         bit_or(flags) AS flags, max(ingestion_id) AS ingestion_id, max(known_at) AS known_at,
         max(data_version) AS data_version
  FROM ${source}
  WHERE symbol_id = $1
    AND session >= coalesce(date_trunc('${unit}', $2::date::timestamp)::date, '-infinity')
    AND session < coalesce((date_trunc('${unit}', $3::date::timestamp) + interval '1 ${unit}')::date, 'infinity')
  GROUP BY 1`

function intervalSql(interval: Interval, source: BarSource): string {
  switch (interval) {
    case 'DAY':
      return daily(source)
    case 'WEEK':
      return aggregated('week', source)
    case 'MONTH':
      return aggregated('month', source)
  }
}

/** What a query reads, under a name of its own, and its values; those of the caller's own count on from `next`. */
interface Reading {
  readonly name: string
  readonly sql: string
  readonly values: readonly unknown[]
  readonly next: number
}

function reading({ symbolId, from, to, dataVersion }: BarRange, interval: Interval): Reading {
  return dataVersion === undefined
    ? { name: interval, sql: intervalSql(interval, 'bar'), values: [symbolId, from, to], next: 4 }
    : {
        name: `${interval}-known`,
        sql: intervalSql(interval, BARS_KNOWN),
        values: [symbolId, from, to, dataVersion],
        next: 5,
      }
}

export function createBarReader(pool: pg.Pool): BarReader {
  return {
    async page(range, interval, request) {
      const direction = request.fromEnd ? 'DESC' : 'ASC'
      const { name, sql, values, next } = reading(range, interval)
      const { rows } = await pool.query<BarRow>({
        name: `bars-${name}-${direction}`,
        text: `
          WITH bars AS (${sql})
          SELECT bars.*, ingestion.source || ':' || ingestion.label AS source
          FROM bars LEFT JOIN ingestion ON ingestion.id = bars.ingestion_id
          WHERE period > coalesce($${next}::date, '-infinity') AND period < coalesce($${next + 1}::date, 'infinity')
          ORDER BY period ${direction} LIMIT $${next + 2}`,
        values: [...values, request.after, request.before, request.limit + 1],
      })
      return cutPage(rows.map(toStoredBar), request)
    },

    async newest(range, limit) {
      const { name, sql, values, next } = reading(range, 'DAY')
      // One statement sees one state of the database, so bars and data version belong together.
      const { rows } = await pool.query<BarRow & { symbol_version: number }>({
        name: `bars-newest-${name}`,
        text: `SELECT newest.*, symbol.data_version AS symbol_version
               FROM (${sql} ORDER BY session DESC LIMIT $${next}) AS newest
               JOIN symbol ON symbol.id = $1
               ORDER BY session DESC`,
        values: [...values, limit],
      })
      rows.reverse()
      const bars = {
        sessions: rows.map((row) => row.session),
        open: Float64Array.from(rows, (row) => row.open),
        high: Float64Array.from(rows, (row) => row.high),
        low: Float64Array.from(rows, (row) => row.low),
        close: Float64Array.from(rows, (row) => row.close),
        volume: Float64Array.from(rows, (row) => Number(row.volume)),
      }
      return {
        bars,
        flags: rows.map((row) => row.flags),
        dataVersion: range.dataVersion ?? rows[0]?.symbol_version ?? 0,
      }
    },

    async span(symbolId) {
      const { rows } = await pool.query<{ first: Session | null; last: Session | null }>({
        name: 'bars-span',
        text: 'SELECT min(session) AS first, max(session) AS last FROM bar WHERE symbol_id = $1',
        values: [symbolId],
      })
      const { first = null, last = null } = rows[0] ?? {}
      return first === null || last === null ? undefined : { first, last }
    },

    async series(range, interval, limit) {
      const { name, sql, values, next } = reading(range, interval)
      const { rows } = await pool.query<BarRow>({
        name: `bar-series-${name}`,
        text: `${sql} ORDER BY period LIMIT $${next}`,
        values: [...values, limit],
      })
      return {
        sessions: rows.map((row) => row.session),
        open: rows.map((row) => row.open),
        high: rows.map((row) => row.high),
        low: rows.map((row) => row.low),
        close: rows.map((row) => row.close),
        volume: rows.map((row) => BigInt(row.volume)),
      }
    },
  }
}

function toStoredBar(row: BarRow): StoredBar {
  return {
    period: row.period,
    session: row.session,
    firstSession: row.first_session,
    sessions: row.sessions,
    open: row.open,
    high: row.high,
    low: row.low,
    close: row.close,
    volume: BigInt(row.volume),
    flags: row.flags,
    source: row.source,
    knownAt: row.known_at,
    dataVersion: row.data_version,
  }
}
