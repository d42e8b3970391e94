/**
 * Flags that a bar has by what lies before it, set once the bars of a delivery are in place:
 *
 * - LIMIT: the close lies further from the last one than the exchange lets a share move in a session: 15 % from
 *   1998-12-07, 30 % from 2015-06-15 (KRX Business Regulation, price limits). A split that nobody has adjusted, a
 *   wrong price, or a share that a reorganisation has revalued. Indices are held to it as well, since no average of
 *   shares moves further than they do.
 * - OUTLIER: within the limit, and yet 10 times as large a move as is usual in the symbol, and above 10 %; or 100 times
 *   more or fewer shares than usual, which is what a vendor's slip from shares to thousands of shares looks like.
 *
 * Bars after those that changed are judged anew, since what lies before them is another. Flags are no part of what is
 * known, so that makes no data version.
 */
import type pg from 'pg'
import { flagBit } from '../domain/bar.js'

const [LIMIT, OUTLIER] = [flagBit('LIMIT'), flagBit('OUTLIER')]

/** Sessions further apart than the longest closures are no neighbours, and their moves no session's move. */
const MAX_DAYS_APART = 11
/** Prices are rounded to ticks, which may lie past the limit. */
const LIMIT_ROUNDING = 0.005
const USUAL_MOVE_SESSIONS = 60
const USUAL_VOLUME_SESSIONS = 20
/** Fewer sessions do not say what is usual. */
const MIN_SESSIONS = 10
/** So many calendar days hold the sessions above, closures included. */
const CONTEXT_DAYS = 120

/** Days before 1998-12-07 had limits of several kinds, and Saturdays that vendors lack. */
const DAILY_LIMIT = `CASE WHEN session >= '2015-06-15' THEN 0.30 WHEN session >= '1998-12-07' THEN 0.15 END`

const JUDGE = `
  WITH span AS (
    SELECT symbol_id, min(session) AS first, max(session) AS last FROM changed_bar GROUP BY symbol_id
  ), moves AS (
    SELECT bar.symbol_id, bar.session, bar.close, bar.flags, bar.session >= span.first AS judged,
           lag(bar.close) OVER series AS before, bar.session - lag(bar.session) OVER series AS days_apart,
           ln(nullif(bar.volume, 0)::float8) AS log_volume
    FROM span JOIN bar ON bar.symbol_id = span.symbol_id
      AND bar.session BETWEEN span.first - ${CONTEXT_DAYS} AND span.last + ${CONTEXT_DAYS}
    WINDOW series AS (PARTITION BY bar.symbol_id ORDER BY bar.session)
  ), usual AS (
    SELECT symbol_id, session, flags, judged, before, days_apart, log_volume,
           abs(close - before) / before AS move, abs(ln(close / before)) AS log_move,
           avg(abs(ln(close / before))) OVER moves_before AS usual_move,
           count(before) OVER moves_before AS usual_moves,
           avg(log_volume) OVER volumes_before AS usual_log_volume,
           count(log_volume) OVER volumes_before AS usual_volumes
    FROM moves
    WINDOW series AS (PARTITION BY symbol_id ORDER BY session),
           moves_before AS (series ROWS BETWEEN ${USUAL_MOVE_SESSIONS} PRECEDING AND 1 PRECEDING),
           volumes_before AS (series ROWS BETWEEN ${USUAL_VOLUME_SESSIONS} PRECEDING AND 1 PRECEDING)
  ), flagged AS (
    SELECT symbol_id, session,
           (flags & ~${LIMIT | OUTLIER})
           | CASE WHEN days_apart <= ${MAX_DAYS_APART} AND move > ${DAILY_LIMIT} + ${LIMIT_ROUNDING} THEN ${LIMIT} ELSE 0 END
           | CASE WHEN (days_apart <= ${MAX_DAYS_APART} AND usual_moves >= ${MIN_SESSIONS} AND move > 0.1
                          AND log_move > 10 * usual_move AND NOT coalesce(move > ${DAILY_LIMIT} + ${LIMIT_ROUNDING}, false))
                    OR (usual_volumes >= ${MIN_SESSIONS} AND abs(log_volume - usual_log_volume) > ln(100))
                  THEN ${OUTLIER} ELSE 0 END AS flags, flags AS flags_before
    FROM usual WHERE judged
  )
  UPDATE bar SET flags = flagged.flags FROM flagged
  WHERE flagged.flags <> flags_before AND bar.symbol_id = flagged.symbol_id AND bar.session = flagged.session`

/**
 * Judges the bars named in a table `changed_bar (symbol_id, session)`, which `changed` is the query of, and the bars
 * after them.
 */
export async function judgeBars(client: pg.PoolClient, changed: string): Promise<void> {
  await client.query(JUDGE.replace('WITH span', `WITH changed_bar AS (${changed}), span`))
}
