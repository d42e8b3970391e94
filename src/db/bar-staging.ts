/** The staging table: where delivered rows are copied to before they are compared with the stored bars. */
import { once } from 'node:events'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

export const STAGING_TABLE = `
  CREATE TEMPORARY TABLE IF NOT EXISTS staged_bar (
    row int, symbol text, session date, open float8, high float8, low float8, close float8, volume int8,
    flags int2, symbol_id int
  ) ON COMMIT DELETE ROWS`

/** A COPY into the staging table that is under way; the connection does nothing else meanwhile. */
export interface Staging {
  write(text: string): Promise<void>
  end(): Promise<void>
  abandon(): Promise<void>
}

export function openStaging(client: pg.PoolClient): Staging {
  let ended = false
  let failure: Error | undefined
  const stream = client.query(
    copyFrom('COPY staged_bar (row, symbol, session, open, high, low, close, volume, flags) FROM STDIN'),
  )
  const finished = new Promise<void>((resolve) => {
    stream.once('finish', resolve)
    stream.once('error', (error: Error) => {
      failure = error
      resolve()
    })
  })
  return {
    async write(text) {
      if (failure) throw failure
      if (!stream.write(text)) await Promise.race([once(stream, 'drain'), finished])
    },
    async end() {
      if (!ended) stream.end()
      ended = true
      await finished
      if (failure) throw failure
    },
    async abandon() {
      if (!ended) stream.destroy()
      ended = true
      await finished
    },
  }
}
