/**
 * Settles the price basis of staged rows from the first after-market on: compares them with the stored bars of their
 * symbols, removes those whose closes are of another basis, and records the basis of the others
 * (`domain/bars/basis-decision.ts` decides). Older rows are left alone.
 */
import type pg from 'pg'
import { MIN_AGREEING_CLOSES, decideCloseBasis } from '../../domain/bars/basis-decision.js'
import type { BasisDecision, KeptBars } from '../../domain/bars/basis-decision.js'
import type { DeliveryOrigin } from '../../domain/bars/delivery.js'
import { AFTER_MARKET_FROM, REGULAR_ONLY } from '../../domain/bars/price-basis.js'
import type { PriceBasis, TradingHoursBasis } from '../../domain/bars/price-basis.js'
import type { RejectionCode } from '../../domain/bars/row-outcome.js'
import type { Session } from '../../domain/calendar/session.js'
import { NO_EXCLUDED_ROWS } from './excluded-rows.js'
import type { ExcludedRows } from './excluded-rows.js'

/** The basis that a delivery states, and what its caller wants. */
export interface DeliveredBasis {
  readonly origin: DeliveryOrigin & { readonly note: string | null }
  readonly stated: PriceBasis
  /** The basis that a symbol without bars of such sessions shall get; undefined leaves it to the delivery. */
  readonly wantedClose?: TradingHoursBasis | undefined
  /** Whether closes of another basis replace the stored ones, all or none of a symbol. */
  readonly replace: boolean
}

/** SQL: whether two rounded closes may be the same price. One unit is rounding only where a tick is more than one unit. */
const DIFFERS = 'abs(given.close - bar.close) > least(power(10, -decimals), bar.close * 0.0005) * 1.000001'

/** SQL: what makes two deliveries come from the same kind of source: a file's format, or the name of a program or provider. */
const sourceKind = (source: string, label: string, note: string): string =>
  `${source} || ':' || CASE ${source} WHEN 'FILE' THEN split_part(coalesce(${note}, ''), ';', 1) ELSE ${label} END`

/** Symbols whose staged rows may be of either basis, compared with their stored bars. */
const COMPARE = `
  WITH brought AS MATERIALIZED (
    SELECT ordinal, row, session, close, volume, volume_step FROM staged_bar WHERE session >= $1
  ), compared AS (
    SELECT ordinal, symbol_id, code, symbol.close_basis, decimals, count(*)::int AS rows, min(row) AS row,
           min(session) AS first
    FROM brought JOIN staged_symbol USING (ordinal) JOIN symbol ON symbol.id = symbol_id
    WHERE kind <> ALL($2::"SymbolKind"[]) GROUP BY ordinal, symbol_id, symbol.id
  ), kept AS (
    SELECT compared.ordinal, count(*)::int AS bars, count(given.row)::int AS covered,
           count(*) FILTER (WHERE given.volume > 0 AND bar.volume > 0)::int AS compared,
           count(*) FILTER (WHERE given.volume > 0 AND bar.volume > 0 AND ${DIFFERS})::int AS differing,
           count(*) FILTER (WHERE given.volume > 0 AND bar.volume > 0
             AND abs(given.volume - bar.volume) >= greatest(given.volume_step, 1))::int AS "differingVolumes",
           CASE WHEN count(DISTINCT version.volume_basis) = 1 THEN min(version.volume_basis) END AS "volumeBasis",
           count(*) FILTER (WHERE ingestion.rank > $3)::int AS outranked,
           coalesce(bool_or(${sourceKind('ingestion.source::text', 'ingestion.label', 'ingestion.note')}
             = ${sourceKind('$4::text', '$5::text', '$6::text')}), false) AS "sameKind"
    FROM compared JOIN bar ON bar.symbol_id = compared.symbol_id AND bar.session >= $1
    LEFT JOIN brought AS given ON given.ordinal = compared.ordinal AND given.session = bar.session
    LEFT JOIN ingestion ON ingestion.id = bar.ingestion_id
    LEFT JOIN data_version AS version ON version.symbol_id = bar.symbol_id AND version.version = bar.data_version
    GROUP BY compared.ordinal
  )
  SELECT compared.ordinal, code, compared.close_basis AS "closeBasis", rows, row, first, bars, covered, kept.compared, differing,
         "differingVolumes", kept."volumeBasis", outranked, "sameKind"
  FROM compared LEFT JOIN kept USING (ordinal) ORDER BY row`

const RECORD = `
  WITH settled AS (
    SELECT * FROM unnest($1::int[], $2::"TradingHoursBasis"[], $3::"TradingHoursBasis"[], $4::bool[])
      AS s(ordinal, close_basis, volume_basis, rebased)
  ), staged AS (
    UPDATE staged_symbol SET close_basis = settled.close_basis, volume_basis = settled.volume_basis,
           rebased = settled.rebased
    FROM settled WHERE settled.ordinal = staged_symbol.ordinal RETURNING symbol_id, settled.*
  )
  UPDATE symbol SET close_basis = staged.close_basis, volume_basis = staged.volume_basis
  FROM staged WHERE symbol.id = staged.symbol_id`

interface Compared extends Partial<KeptBars> {
  readonly ordinal: number
  readonly code: string
  readonly closeBasis: TradingHoursBasis | null
  /** Staged rows of sessions with an after-market, and the first of them. */
  readonly rows: number
  readonly row: number
  readonly first: Session
  readonly differingVolumes: number | null
  /** The basis of all stored volumes of such sessions; null where they have several, or there is none. */
  readonly volumeBasis: TradingHoursBasis | null
}

/** Another basis of a symbol's closes since the first after-market. */
export interface BasisChange {
  readonly symbol: string
  readonly from: TradingHoursBasis
  readonly to: TradingHoursBasis
}

const NO_BARS: KeptBars = { bars: 0, covered: 0, compared: 0, differing: 0, outranked: 0, sameKind: false }

export interface SettledBasis {
  readonly rejected: ExcludedRows<RejectionCode>
  /** Whether a symbol's basis became known, or another one, which is kept even where no bar changes. */
  readonly changed: boolean
  /** The symbols whose stored closes have another basis now; the first of them. */
  readonly changes: readonly BasisChange[]
}

export const NO_BASIS_SETTLED: SettledBasis = { rejected: NO_EXCLUDED_ROWS, changed: false, changes: [] }

/** @param limit symbols reported; all of their rows are counted */
export async function settlePriceBasis(
  client: pg.PoolClient,
  { origin, stated, wantedClose, replace }: DeliveredBasis,
  limit: number,
): Promise<SettledBasis> {
  const { rows } = await client.query<Compared>(COMPARE, [
    AFTER_MARKET_FROM,
    REGULAR_ONLY,
    origin.rank,
    origin.source,
    origin.label,
    origin.note,
  ])
  const judged = rows.map((symbol) => ({
    symbol,
    volumeBasis: volumeBasisOf(symbol, stated),
    decision: decideCloseBasis({
      symbol: symbol.code,
      given: stated.closeBasis,
      kept: symbol.closeBasis,
      wanted: wantedClose,
      stored: keptBars(symbol),
      replaceBasis: replace,
    }),
  }))
  const allowed = judged.flatMap(({ symbol, volumeBasis, decision }) =>
    decision.kind === 'refuse' ? [] : [{ symbol, volumeBasis, decision }],
  )
  await client.query(RECORD, [
    allowed.map(({ symbol }) => symbol.ordinal),
    allowed.map(({ decision }) => decision.closeBasis),
    allowed.map(({ volumeBasis }) => volumeBasis),
    allowed.map(({ decision }) => decision.kind === 'replace'),
  ])
  const changes = allowed.flatMap(({ symbol: { code, closeBasis: from }, decision: { closeBasis: to } }) =>
    from === null || from === to ? [] : [{ symbol: code, from, to }],
  )
  return {
    rejected: await takeOutRefused(client, judged, limit),
    changed: changes.length > 0,
    changes: changes.slice(0, limit),
  }
}

function keptBars({ bars, covered, compared, differing, outranked, sameKind }: Compared): KeptBars {
  // The outer join gives null where the symbol has no such bar.
  return bars == null ? NO_BARS : ({ bars, covered, compared, differing, outranked, sameKind } as KeptBars)
}

/** The stated basis of the volumes; where there is none, that of the stored volumes if enough of them are the same. */
function volumeBasisOf(
  { compared, differingVolumes, volumeBasis }: Compared,
  { volumeBasis: stated }: PriceBasis,
): TradingHoursBasis {
  if (stated !== 'UNKNOWN' || volumeBasis === null) return stated
  return (compared ?? 0) >= MIN_AGREEING_CLOSES && differingVolumes === 0 ? volumeBasis : stated
}

async function takeOutRefused(
  client: pg.PoolClient,
  judged: readonly { readonly symbol: Compared; readonly decision: BasisDecision }[],
  limit: number,
): Promise<ExcludedRows<RejectionCode>> {
  const refused = judged.flatMap(({ symbol, decision }) =>
    decision.kind === 'refuse' ? [{ symbol, message: decision.message }] : [],
  )
  if (refused.length === 0) return NO_EXCLUDED_ROWS
  await client.query('DELETE FROM staged_bar WHERE ordinal = ANY($1) AND session >= $2', [
    refused.map(({ symbol }) => symbol.ordinal),
    AFTER_MARKET_FROM,
  ])
  return {
    count: refused.reduce((sum, { symbol }) => sum + symbol.rows, 0),
    rows: refused.slice(0, limit).map(({ symbol, message }) => ({
      row: symbol.row,
      symbol: symbol.code,
      session: symbol.first,
      field: 'close' as const,
      value: `${symbol.rows} rows`,
      code: 'PRICE_BASIS' as const,
      message,
    })),
  }
}
