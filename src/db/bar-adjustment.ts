/**
 * Recognising back-adjustments: after a split, vendors divide all prices before it, and a file with such prices says
 * of every old session something else than is stored. The sign is one ratio in all four prices of all differing
 * sessions, the newest included, with equal closes, if any, only after them.
 */
import type pg from 'pg'
import type { Adjustment } from '../domain/delivery.js'
import type { RejectionCode } from '../domain/row-outcome.js'
import type { Session } from '../domain/session.js'
import { NONE } from './row-listing.js'
import type { TakenOut } from './row-listing.js'

/** Fewer differing sessions are corrections. */
const MIN_SESSIONS = 3

/** Half a unit of the last decimal on either side, the stored one scaled along. */
const WITHIN_ROUNDING = ['open', 'high', 'low', 'close']
  .map((price) => `abs(given.${price} - ratio * kept.${price}) <= 0.5000001 * unit * (1 + ratio)`)
  .join(' AND ')

const RECOGNISE = `
  WITH overlap AS (
    SELECT symbol_id, ordinal, given.session, given.close AS given, kept.close AS kept,
           given.close <> kept.close AS differs
    FROM staged_bar AS given JOIN staged_symbol USING (ordinal)
    JOIN bar AS kept USING (symbol_id, session)
  ), suspect AS (
    SELECT symbol_id, ordinal, sum(given) FILTER (WHERE differs) / sum(kept) FILTER (WHERE differs) AS ratio,
           min(session) FILTER (WHERE differs) AS first, max(session) FILTER (WHERE differs) AS last
    FROM overlap GROUP BY symbol_id, ordinal
    HAVING count(*) FILTER (WHERE differs) >= ${MIN_SESSIONS}
       AND NOT coalesce(min(session) FILTER (WHERE NOT differs) < max(session) FILTER (WHERE differs), false)
  )
  SELECT ordinal, symbol.code AS symbol, ratio, first AS "firstSession", last AS "lastSession", count(*)::int AS bars,
         (SELECT count(*)::int FROM bar WHERE bar.symbol_id = suspect.symbol_id
            AND bar.session < (SELECT min(session) FROM staged_bar WHERE ordinal = suspect.ordinal)) AS "barsBefore",
         (SELECT min(row) FROM staged_bar WHERE ordinal = suspect.ordinal AND session = suspect.first) AS row,
         (SELECT count(*)::int FROM staged_bar WHERE ordinal = suspect.ordinal) AS "stagedRows"
  FROM suspect JOIN symbol ON symbol.id = symbol_id, LATERAL (SELECT power(10::float8, -decimals) AS unit) AS rounding
  JOIN LATERAL (
    SELECT ${WITHIN_ROUNDING} AS fits
    FROM staged_bar AS given JOIN bar AS kept ON kept.symbol_id = suspect.symbol_id AND kept.session = given.session
    WHERE given.ordinal = suspect.ordinal AND given.session BETWEEN first AND last
  ) AS session ON true
  GROUP BY ordinal, symbol.code, ratio, first, last, suspect.symbol_id
  HAVING bool_and(fits)
  ORDER BY symbol.code`

interface Recognised extends Omit<Adjustment, 'accepted'> {
  readonly ordinal: number
  readonly row: number
  readonly stagedRows: number
  readonly firstSession: Session
}

/**
 * Accepted, the symbols are marked and their rows stay staged; otherwise all rows of such a symbol are taken out:
 * its new bars on the old scale would put a fall or a leap where there was none.
 */
export async function settleAdjustments(
  client: pg.PoolClient,
  accepted: boolean,
  limit: number,
): Promise<{ readonly adjustments: readonly Adjustment[]; readonly rejected: TakenOut<RejectionCode> }> {
  const { rows } = await client.query<Recognised>(RECOGNISE)
  if (rows.length === 0) return { adjustments: [], rejected: NONE }
  const ordinals = rows.map(({ ordinal }) => ordinal)
  await client.query(
    accepted
      ? 'UPDATE staged_symbol SET adjusted = true WHERE ordinal = ANY($1)'
      : 'DELETE FROM staged_bar WHERE ordinal = ANY($1)',
    [ordinals],
  )
  const adjustments = rows.map(({ symbol, ratio, firstSession, lastSession, bars, barsBefore }) => ({
    ...{ symbol, ratio, firstSession, lastSession, bars, barsBefore, accepted },
  }))
  if (accepted) return { adjustments, rejected: NONE }
  return {
    adjustments,
    rejected: {
      count: rows.reduce((sum, { stagedRows }) => sum + stagedRows, 0),
      rows: rows.slice(0, limit).map(({ row, symbol, ratio, firstSession, lastSession, bars }) => ({
        ...{ row, symbol, session: firstSession, field: 'close' as const, value: ratio.toPrecision(6) },
        code: 'BACK_ADJUSTMENT' as const,
        message:
          `${bars} closes of ${symbol} from ${firstSession} to ${lastSession} are the stored ones times ` +
          `${ratio.toPrecision(6)}: a back-adjustment; accept it to replace them, or deliver unadjusted prices`,
      })),
    },
  }
}
