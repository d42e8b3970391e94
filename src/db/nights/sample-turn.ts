/** Lets one process at a time play the nights of the sample market. PostgreSQL frees the turn of a process that dies. */
import type pg from 'pg'

const TURN_LOCK = 72707373

export interface SampleTurn {
  /** @returns undefined, without waiting, where another process has the turn */
  take<Result>(work: () => Promise<Result>): Promise<Result | undefined>
}

export function createSampleTurn(pool: pg.Pool): SampleTurn {
  return {
    async take(work) {
      const client = await pool.connect()
      // The work fails by itself where the database is gone; unheard, this would end the process.
      client.on('error', () => undefined)
      try {
        const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
          TURN_LOCK,
        ])
        return rows[0]?.taken === true ? await work() : undefined
      } finally {
        // Ending the session frees the lock.
        client.release(true)
      }
    },
  }
}
