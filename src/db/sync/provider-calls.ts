/** Counts the requests to each provider and day, directly through `pg`, so that all processes share a vendor's limit. */
import type pg from 'pg'
import type { Session } from '../../domain/calendar/session.js'

/** Days that counts are kept. */
const KEPT_DAYS = 30

export interface ProviderCallStore {
  /**
   * Counts one request of a day in Korea, unless the limit is reached.
   * @returns whether it was counted
   */
  take(provider: string, day: Session, limit: number | null): Promise<boolean>
  /** Requests of a day, by provider. */
  ofDay(day: Session): Promise<ReadonlyMap<string, number>>
}

export function createProviderCallStore(pool: pg.Pool): ProviderCallStore {
  return {
    async take(provider, day, limit) {
      const { rows } = await pool.query<{ calls: number }>(
        `INSERT INTO provider_calls (provider, day, calls) VALUES ($1, $2, 1)
         ON CONFLICT (provider, day) DO UPDATE SET calls = provider_calls.calls + 1
           WHERE $3::int IS NULL OR provider_calls.calls < $3
         RETURNING calls`,
        [provider, day, limit],
      )
      if (rows[0]?.calls === 1) {
        await pool.query('DELETE FROM provider_calls WHERE day < $1::date - $2::int', [day, KEPT_DAYS])
      }
      return rows.length > 0
    },

    async ofDay(day) {
      const { rows } = await pool.query<{ provider: string; calls: number }>(
        'SELECT provider, calls FROM provider_calls WHERE day = $1',
        [day],
      )
      return new Map(rows.map(({ provider, calls }) => [provider, calls]))
    },
  }
}
