/**
 * Reads bars, directly through `pg` because they are the most frequent reads.
 *
 * A weekly or monthly bar always covers its whole interval, also where the requested range cuts it, so that its
 * numbers do not depend on where a chart begins.
 */
import type pg from 'pg'
import type { Interval, StoredBar } from '../../domain/bars/bar.js'
import {
  AFTER_MARKET_FROM,
  UNKNOWN_BASIS,
  basisOfBar,
  isOfAfterMarket,
  volumeBreaks,
} from '../../domain/bars/price-basis.js'
import type { PriceAdjustment, TradingHoursBasis } from '../../domain/bars/price-basis.js'
import { joinBars } from '../../domain/bars/actions/joined-bars.js'
import type { JoinedBars } from '../../domain/bars/actions/joined-bars.js'
import type { SeriesAction } from '../../domain/bars/actions/corporate-action.js'
import type { PriceAdjustment as AcceptedAdjustment } from '../../domain/bars/actions/price-adjustment.js'
import type { SymbolKind } from '../../domain/symbol.js'
import { ACTIONS_KNOWN, ADJUSTMENTS_KNOWN } from './actions/series-actions.js'
import { cutPage } from '../../domain/page.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { Session } from '../../domain/calendar/session.js'

export interface BarRange {
  readonly symbolId: number
  readonly from?: Session | undefined
  readonly to?: Session | undefined
  /** Read the bars as of this data version instead of the current ones. */
  readonly dataVersion?: number | undefined
  /**
   * Multiply prices before applied actions by their ratios, and divide volumes, to the scale of the newest bar; `newest`
   * does so to the scale of its last bar.
   */
  readonly adjusted?: boolean | undefined
}

export interface BarReader {
  /** In session order; the page's keys are the first dates of intervals. */
  page(range: BarRange, interval: Interval, request: PageRequest<Session>): Promise<Page<StoredBar>>
  /**
   * The newest `limit` daily bars of the range in session order, with their flags and data version. Their prices are on the
   * scale of the last one: applied actions after a bar, up to the last one, multiply its prices.
   */
  newest(range: BarRange, limit: number): Promise<NewestBars>
  /** The first and last session with a bar; undefined where the symbol has none. */
  span(symbolId: number): Promise<{ readonly first: Session; readonly last: Session } | undefined>
  /** The first `limit` intervals of the range as columns, in order. */
  series(range: BarRange, interval: Interval, limit: number): Promise<BarSeries>
}

export interface NewestBars extends JoinedBars {
  /** One bit set a bar. */
  readonly flags: readonly number[]
  readonly dataVersion: number
  /** Accepted back-adjustments up to the data version. */
  readonly adjustments: readonly AcceptedAdjustment[]
}

/** Columns of equal length; `sessions` holds the last session of each interval. */
export interface BarSeries {
  readonly sessions: readonly Session[]
  readonly open: readonly number[]
  readonly high: readonly number[]
  readonly low: readonly number[]
  readonly close: readonly number[]
  readonly volume: readonly bigint[]
}

/** Read with the newest bar. */
interface NewestSymbol {
  readonly symbol_version: number
  readonly kind: SymbolKind
  readonly decimals: number
  readonly actions: readonly SeriesAction[]
  readonly adjustments: readonly AcceptedAdjustment[]
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

/** What the data version of a bar's newest values, and its symbol, tell of its basis. */
interface BasisRow {
  readonly kind: SymbolKind
  readonly symbol_basis: TradingHoursBasis | null
  readonly close_basis: TradingHoursBasis | null
  readonly volume_basis: TradingHoursBasis | null
  readonly adjustment: PriceAdjustment | null
}

/** The FROM item that bars are read from, named `bar`. */
type BarSource = string

const COLUMNS =
  'symbol_id, session, open, high, low, close, volume, flags, ingestion_id, known_at, data_version'

/**
 * The bars as of data version $4: bars no newer than it, and revisions that were replaced after it. One statement reads
 * both tables in one state, so a concurrent correction is seen exactly once.
 */
const BARS_KNOWN = `(
    SELECT ${COLUMNS} FROM bar WHERE data_version <= $4
    UNION ALL
    SELECT ${COLUMNS} FROM bar_revision WHERE data_version <= $4 AND replaced_version > $4
  ) AS bar`

/** Bars of $1 on the price scale of the newest one; `inForce` selects the forms of the actions. */
const adjustedBars = (source: BarSource, inForce: string): BarSource => `(
    SELECT symbol_id, session, open * factor AS open, high * factor AS high, low * factor AS low, close * factor AS close,
           round(volume / factor)::int8 AS volume, flags, ingestion_id, known_at, data_version
    FROM ${source} CROSS JOIN LATERAL (
      SELECT product(ratio) AS factor FROM corporate_action AS action
      WHERE action.symbol_id = $1 AND applied AND action.session > bar.session AND ${inForce}
    ) AS scale
    WHERE bar.symbol_id = $1
  ) AS bar`

const daily = (source: BarSource): string => `
  SELECT session AS period, session, session AS first_session, 1 AS sessions, open, high, low, close, volume,
         flags, ingestion_id, known_at, data_version
  FROM ${source}
  WHERE symbol_id = $1 AND session >= coalesce($2::date, '-infinity') AND session <= coalesce($3::date, 'infinity')`

const aggregated = (unit: 'week' | 'month', source: BarSource): string => `
  SELECT date_trunc('${unit}', session::timestamp)::date AS period, max(session) AS session,
         min(session) AS first_session, count(*)::int AS sessions,
         (array_agg(open ORDER BY session))[1] AS open, max(greatest(open, high, close)) AS high,
         min(least(open, low, close)) AS low,
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

/** SQL of a range and interval, a name for the prepared statement, and its values; the caller's own start at `$next`. */
interface Reading {
  readonly name: string
  readonly sql: string
  readonly values: readonly unknown[]
  readonly next: number
}

function reading(
  { symbolId, from, to, dataVersion, adjusted = false }: BarRange,
  interval: Interval,
): Reading {
  const name = adjusted ? `${interval}-adjusted` : interval
  if (dataVersion === undefined) {
    const source = adjusted ? adjustedBars('bar', 'ended_version IS NULL') : 'bar'
    return { name, sql: intervalSql(interval, source), values: [symbolId, from, to], next: 4 }
  }
  const inForce = 'action.data_version <= $4 AND (ended_version IS NULL OR ended_version > $4)'
  const source = adjusted ? adjustedBars(BARS_KNOWN, inForce) : BARS_KNOWN
  return {
    name: `${name}-known`,
    sql: intervalSql(interval, source),
    values: [symbolId, from, to, dataVersion],
    next: 5,
  }
}

export function createBarReader(pool: pg.Pool): BarReader {
  return {
    async page(range, interval, request) {
      const direction = request.fromEnd ? 'DESC' : 'ASC'
      const { name, sql, values, next } = reading(range, interval)
      const { rows } = await pool.query<BarRow & BasisRow>({
        name: `bars-${name}-${direction}`,
        text: `
          WITH bars AS (${sql})
          SELECT bars.*, ingestion.source || ':' || ingestion.label AS source, kind,
                 symbol.close_basis AS symbol_basis, version.close_basis, version.volume_basis, version.adjustment
          FROM bars JOIN symbol ON symbol.id = $1
          LEFT JOIN ingestion ON ingestion.id = bars.ingestion_id
          LEFT JOIN data_version AS version ON version.symbol_id = $1 AND version.version = bars.data_version
          WHERE period > coalesce($${next}::date, '-infinity') AND period < coalesce($${next + 1}::date, 'infinity')
          ORDER BY period ${direction} LIMIT $${next + 2}`,
        values: [...values, request.after, request.before, request.limit + 1],
      })
      const isCurrent = range.dataVersion === undefined
      return cutPage(
        rows.map((row) => toStoredBar(row, isCurrent)),
        request,
      )
    },

    async newest(range, limit) {
      const { name, sql, values, next } = reading(range, 'DAY')
      // One statement reads one state of the database, so bars and data version match.
      const version = range.dataVersion === undefined ? 'symbol.data_version' : '$4'
      const { rows } = await pool.query<BarRow & Pick<BasisRow, 'volume_basis'> & Partial<NewestSymbol>>({
        name: `bars-newest-${name}`,
        text: `WITH of_symbol AS MATERIALIZED (
                 SELECT data_version AS symbol_version, kind, decimals,
                        ${ACTIONS_KNOWN('symbol.id', version)} AS actions,
                        ${ADJUSTMENTS_KNOWN('symbol.id', version)} AS adjustments
                 FROM symbol WHERE id = $1
               )
               SELECT newest.*, of_symbol.*, version.volume_basis FROM (
                 SELECT newest.*, row_number() OVER (ORDER BY session DESC) AS place
                 FROM (${sql} ORDER BY session DESC LIMIT $${next}) AS newest
               ) AS newest
               LEFT JOIN of_symbol ON place = 1
               LEFT JOIN data_version AS version ON version.symbol_id = $1 AND version.version = newest.data_version
                 AND session >= '${AFTER_MARKET_FROM}'
               ORDER BY session DESC`,
        values: [...values, limit],
      })
      const {
        symbol_version: symbolVersion = 0,
        kind = 'UNKNOWN',
        decimals = 0,
        actions = [],
        adjustments = [],
      } = rows[0] ?? {}
      rows.reverse()
      const breaks = volumeBreaks(
        rows.map(({ session, volume_basis: basis }) =>
          basis !== null && isOfAfterMarket(session, kind) ? basis : 'REGULAR',
        ),
      )
      const stored = {
        sessions: rows.map((row) => row.session),
        open: Float64Array.from(rows, (row) => row.open),
        high: Float64Array.from(rows, (row) => row.high),
        low: Float64Array.from(rows, (row) => row.low),
        close: Float64Array.from(rows, (row) => row.close),
        volume: Float64Array.from(rows, (row) => Number(row.volume)),
        ...(breaks.length > 0 && { volumeBreaks: breaks }),
      }
      return {
        ...joinBars({ kind, decimals, actions }, stored),
        flags: rows.map((row) => row.flags),
        dataVersion: range.dataVersion ?? symbolVersion,
        adjustments,
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

/** Stored bars have the basis of their symbol; bars as of an earlier version have that which was known then. */
function toStoredBar(row: BarRow & BasisRow, isCurrent: boolean): StoredBar {
  const known = { closeBasis: row.close_basis, volumeBasis: row.volume_basis, adjustment: row.adjustment }
  const stated = {
    closeBasis: (isCurrent ? row.symbol_basis : null) ?? known.closeBasis ?? UNKNOWN_BASIS.closeBasis,
    volumeBasis: known.volumeBasis ?? UNKNOWN_BASIS.volumeBasis,
    adjustment: known.adjustment ?? UNKNOWN_BASIS.adjustment,
  }
  return {
    basis: basisOfBar(stated, row),
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
