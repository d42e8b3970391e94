/** Reads what a delivery has changed, within its transaction: for dry runs, which are rolled back afterwards. */
import type pg from 'pg'
import type { BarChange } from '../../domain/bars/bar-change.js'
import type { Session } from '../../domain/calendar/session.js'

interface ChangeRow {
  readonly symbol: string
  readonly session: Session
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: string
  readonly oldOpen: number | null
  readonly oldHigh: number | null
  readonly oldLow: number | null
  readonly oldClose: number | null
  readonly oldVolume: string | null
}

/** @returns the changes of the newest sessions first, at most `limit` */
export async function readChanges(
  client: pg.PoolClient,
  ingestionId: number,
  limit: number,
): Promise<readonly BarChange[]> {
  const { rows } = await client.query<ChangeRow>(
    `SELECT symbol.code AS symbol, bar.session, bar.open, bar.high, bar.low, bar.close, bar.volume,
            before.open AS "oldOpen", before.high AS "oldHigh", before.low AS "oldLow", before.close AS "oldClose",
            before.volume AS "oldVolume"
     FROM staged_symbol JOIN symbol ON symbol.id = staged_symbol.symbol_id
     JOIN bar ON bar.symbol_id = symbol.id AND bar.ingestion_id = $1
     LEFT JOIN bar_revision AS before
       ON before.symbol_id = bar.symbol_id AND before.session = bar.session AND before.replaced_ingestion_id = $1
     ORDER BY bar.session DESC, symbol.code LIMIT $2`,
    [ingestionId, limit],
  )
  return rows.map(({ oldOpen, oldHigh, oldLow, oldClose, oldVolume, ...row }) => ({
    ...row,
    volume: BigInt(row.volume),
    before:
      oldOpen === null || oldHigh === null || oldLow === null || oldClose === null || oldVolume === null
        ? null
        : { open: oldOpen, high: oldHigh, low: oldLow, close: oldClose, volume: BigInt(oldVolume) },
  }))
}
