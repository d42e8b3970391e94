/** Settles the staged rows that can only be checked against other rows; `DEFERRED_CHECKS` lists the kinds. */
import type pg from 'pg'
import type { DropCode, ExcludedRow, RejectionCode } from '../../domain/bars/row-outcome.js'
import type { Session } from '../../domain/calendar/session.js'
import { deferredCheckNumber } from './staged-row-bytes.js'
import type { ExcludedRows } from './excluded-rows.js'

const CLOSED_DAY = deferredCheckNumber('CLOSED_DAY')

/** Whether the prices of a row on a closed day only repeat the bar before, or are 0. */
const REPEATS = ['open', 'high', 'low']
  .map((price) => `doubtful.${price} IN (before.open, before.high, before.low, before.close, 0)`)
  .join(' AND ')

const JUDGE = `
  WITH judged AS (
    SELECT doubtful.ctid AS place, before.session AS "beforeSession", before.close AS "beforeClose",
           CASE doubt
             WHEN ${CLOSED_DAY} THEN doubtful.close = before.close AND ${REPEATS}
             ELSE NOT EXISTS (SELECT FROM staged_bar AS newer
                              WHERE newer.ordinal = doubtful.ordinal AND newer.session > doubtful.session)
              AND NOT EXISTS (SELECT FROM bar
                              WHERE bar.symbol_id = staged_symbol.symbol_id AND bar.session >= doubtful.session)
           END IS TRUE AS dirt
    FROM staged_bar AS doubtful JOIN staged_symbol USING (ordinal)
    LEFT JOIN LATERAL (
      SELECT * FROM (
        (SELECT session, open, high, low, close FROM staged_bar
         WHERE ordinal = doubtful.ordinal AND doubt = 0 AND session < doubtful.session
         ORDER BY session DESC LIMIT 1)
        UNION ALL
        (SELECT session, open, high, low, close FROM bar
         WHERE bar.symbol_id = staged_symbol.symbol_id AND session < doubtful.session
         ORDER BY session DESC LIMIT 1)
      ) AS candidate ORDER BY session DESC LIMIT 1
    ) AS before ON true
    WHERE doubt > 0
  ), taken AS (
    DELETE FROM staged_bar USING judged WHERE staged_bar.ctid = place
    RETURNING row, ordinal, session, doubt, dirt, close, "beforeSession", "beforeClose"
  ), numbered AS (
    SELECT *, count(*) OVER (PARTITION BY dirt)::int AS total, row_number() OVER (PARTITION BY dirt ORDER BY row) AS place
    FROM taken
  )
  SELECT row, symbol.code, session, doubt, dirt, close, "beforeSession", "beforeClose", total
  FROM numbered JOIN staged_symbol USING (ordinal) JOIN symbol ON symbol.id = symbol_id
  WHERE place <= $1 ORDER BY row`

interface Judged {
  readonly row: number
  readonly code: string
  readonly session: Session
  readonly doubt: number
  readonly dirt: boolean
  readonly close: number
  readonly beforeSession: Session | null
  readonly beforeClose: number | null
  readonly total: number
}

/**
 * Drops unfinished rows and repeats on closed days, and rejects all other rows that need a deferred check.
 * @param limit rows reported of each kind; all are counted
 */
export async function excludeByDeferredChecks(
  client: pg.PoolClient,
  limit: number,
): Promise<{ readonly dropped: ExcludedRows<DropCode>; readonly rejected: ExcludedRows<RejectionCode> }> {
  // Finds the bar before each row; dropped again so that it does not slow the next COPY.
  await client.query('CREATE INDEX staged_bar_order ON staged_bar (ordinal, session)')
  const { rows } = await client.query<Judged>(JUDGE, [Math.max(limit, 1)])
  await client.query('DROP INDEX staged_bar_order')
  const [dropped, rejected] = [rows.filter(({ dirt }) => dirt), rows.filter(({ dirt }) => !dirt)]
  return {
    dropped: { count: dropped[0]?.total ?? 0, rows: dropped.slice(0, limit).map(toDropped) },
    rejected: { count: rejected[0]?.total ?? 0, rows: rejected.slice(0, limit).map(toRejected) },
  }
}

function toDropped({ row, code, session, doubt, close, beforeSession }: Judged): ExcludedRow<DropCode> {
  const closed = doubt === CLOSED_DAY
  return {
    row,
    symbol: code,
    session,
    value: String(close),
    field: closed ? 'session' : 'open',
    code: closed ? 'HOLIDAY_REPEAT' : 'UNFINISHED',
    message: closed
      ? `there was no session on ${session}, and the row repeats ${String(beforeSession)}`
      : `the newest row has only a close, so ${session} had not ended yet`,
  }
}

function toRejected(judged: Judged): ExcludedRow<RejectionCode> {
  const { row, code, session, doubt, close, beforeSession, beforeClose } = judged
  const closed = doubt === CLOSED_DAY
  const before =
    beforeSession === null
      ? 'no bar before it'
      : `the close before it, of ${beforeSession}, is ${String(beforeClose)}`
  return {
    row,
    symbol: code,
    session,
    value: closed ? session : '0',
    field: closed ? 'session' : 'open',
    code: closed ? 'CLOSED_DAY' : 'NOT_POSITIVE',
    message: closed
      ? `there was no session on ${session}, but the row has its own prices (close ${close}; ${before})`
      : 'open, high and low are 0, and it is not the newest row',
  }
}
