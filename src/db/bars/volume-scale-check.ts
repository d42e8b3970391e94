/**
 * Rejects staged volumes that are about a thousand times larger or smaller than the stored ones while the closes agree:
 * shares taken for thousands of shares, or the reverse. No correction of a bar changes its volume so.
 */
import type pg from 'pg'
import type { RejectionCode } from '../../domain/bars/row-outcome.js'
import { takeOut } from './bar-comparison.js'
import { NO_EXCLUDED_ROWS } from './excluded-rows.js'
import type { ExcludedRows } from './excluded-rows.js'

/** Vendors' closes of one session differ by less, in relation. */
const SAME_CLOSE = 1e-4
/** Ratios of two volumes in units that differ by 1,000. Vendors' volumes of one session differ by far less than half. */
const [LEAST_RATIO, LARGEST_RATIO] = [500, 2_000]

/** Staged rows with a stored bar of the same close; `scaled` where the volumes are a thousand apart. */
const COMPARED = `
  compared AS (
    SELECT given.ctid AS place, ordinal, kept.volume AS kept,
           greatest(given.volume, kept.volume)::float8 / least(given.volume, kept.volume)
             BETWEEN ${LEAST_RATIO} AND ${LARGEST_RATIO} AS scaled
    FROM staged_bar AS given JOIN staged_symbol USING (ordinal) JOIN bar AS kept USING (symbol_id, session)
    WHERE NOT created AND given.volume > 0 AND kept.volume > 0
      AND abs(given.close - kept.close) <= kept.close * ${SAME_CLOSE}
  )`

/**
 * Rejects the rows of another scale. If those are most of a symbol's compared rows, the delivery has another unit, and all
 * rows of the symbol are rejected: its new bars are as wrong as those that can be compared.
 * @param limit rows reported; all are counted
 */
export async function excludeOtherVolumeScale(
  client: pg.PoolClient,
  limit: number,
): Promise<ExcludedRows<RejectionCode>> {
  const { rowCount } = await client.query(`WITH ${COMPARED} SELECT FROM compared WHERE scaled LIMIT 1`)
  if (rowCount === 0) return NO_EXCLUDED_ROWS
  const { count, rows } = await takeOut(
    client,
    `${COMPARED}, wrong AS (
       SELECT ordinal FROM compared GROUP BY ordinal HAVING 2 * count(*) FILTER (WHERE scaled) > count(*)
     ), doomed AS (
       SELECT given.ctid AS place, CASE WHEN scaled THEN kept END AS kept
       FROM staged_bar AS given LEFT JOIN compared ON compared.place = given.ctid
       WHERE scaled OR given.ordinal IN (SELECT ordinal FROM wrong)
     ), taken AS (
       DELETE FROM staged_bar USING doomed WHERE staged_bar.ctid = doomed.place
       RETURNING row, ordinal, session, volume AS value, coalesce(doomed.kept::text, '') AS others
     )`,
    [],
    limit,
  )
  return {
    count,
    rows: rows.map(({ row, code, session, value, others }) => ({
      row,
      symbol: code,
      session,
      field: 'volume' as const,
      value,
      code: 'VOLUME_SCALE' as const,
      message: others === '' ? UNCOMPARED : compared(Number(value), Number(others)),
    })),
  }
}

const REMEDY =
  'deliver volumes in shares (a file: --volume-unit shares|thousands), or withdraw the stored bars if they are wrong'
const UNCOMPARED = `most volumes of the symbol are a thousand times off the stored ones; ${REMEDY}`

function compared(given: number, kept: number): string {
  const relation = given < kept ? 'about a thousandth' : 'about a thousandfold'
  return `volume ${given} is ${relation} of the stored ${kept}, and the closes agree; ${REMEDY}`
}
