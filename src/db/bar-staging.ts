/** The staging tables: where delivered rows are copied to before they are compared with the stored bars. */
import { once } from 'node:events'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { BarDoubt } from '../domain/bar-check.js'
import { BAR_DOUBTS } from '../domain/bar-check.js'
import type { Bar } from '../domain/bar.js'

/**
 * Symbols are staged as small numbers of the delivery's own: a code in every row would be copied, compared and
 * sorted a million times.
 */
export const STAGING_TABLES = `
  CREATE TEMPORARY TABLE IF NOT EXISTS staged_bar (
    row int, ordinal int, session date, open float8, high float8, low float8, close float8, volume int8,
    volume_step int8, flags int2, doubt int2
  ) ON COMMIT DELETE ROWS;
  CREATE TEMPORARY TABLE IF NOT EXISTS staged_symbol (
    ordinal int PRIMARY KEY, symbol_id int, created bool, judged bool, adjusted bool DEFAULT false
  ) ON COMMIT DELETE ROWS`

/** The position in this list is what is staged; 0 is a bar without doubt. */
export function doubtNumber(doubt: BarDoubt | undefined): number {
  return doubt === undefined ? 0 : BAR_DOUBTS.indexOf(doubt) + 1
}

export interface StagedRow extends Bar {
  readonly row: number
  /** Of its symbol in the delivery, from 0. */
  readonly ordinal: number
  readonly volumeStep: number
  readonly doubt?: BarDoubt | undefined
}

/** A COPY into the staging table that is under way; the connection does nothing else meanwhile. */
export interface Staging {
  write(rows: readonly StagedRow[]): Promise<void>
  end(): Promise<void>
  abandon(): Promise<void>
}

export function openStaging(client: pg.PoolClient): Staging {
  let ended = false
  let failure: Error | undefined
  const stream = client.query(copyFrom('COPY staged_bar FROM STDIN'))
  const finished = new Promise<void>((resolve) => {
    stream.once('finish', resolve)
    stream.once('error', (error: Error) => {
      failure = error
      resolve()
    })
  })
  return {
    async write(rows) {
      if (failure) throw failure
      let text = ''
      for (const {
        row,
        ordinal,
        session,
        open,
        high,
        low,
        close,
        volume,
        volumeStep,
        flags,
        doubt,
      } of rows) {
        text += `${row}\t${ordinal}\t${session}\t${open}\t${high}\t${low}\t${close}\t${volume}\t${volumeStep}\t${flags}\t${doubtNumber(doubt)}\n`
      }
      if (!stream.write(text)) await Promise.race([once(stream, 'drain'), finished])
    },
    async end() {
      if (!ended) stream.end()
      ended = true
      await finished
      if (failure) throw failure
      // Statistics of a temporary table are nobody else's concern; without them, joins over it are planned blindly.
      await client.query('ANALYZE staged_bar')
    },
    async abandon() {
      if (!ended) stream.destroy()
      ended = true
      await finished
    },
  }
}
