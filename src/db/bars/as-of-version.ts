/** Finds the data version of a symbol that was the newest at an instant (`asOf`). */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { KospigraphError } from '../../errors.js'

/** Longest wait for a delivery that is being stored. */
const WRITER_LIMIT_MS = 10_000
const WRITER_POLL_MS = 25
const LOCK_NOT_AVAILABLE = '55P03'

export interface AsOfVersionStore {
  /**
   * Returns the symbol's newest data version at `asOf`, 0 where it had none. The answer never changes later: a delivery
   * that is being stored may have taken a knowledge time before `asOf`, so the call waits for it.
   * @param asOf a past instant, by a clock that agrees with the writers'
   * @throws KospigraphError BUSY where such a delivery takes longer than 10 s
   */
  versionAt(symbolId: number, asOf: Date): Promise<number>
}

export function createAsOfVersionStore(pool: pg.Pool): AsOfVersionStore {
  const look = async (symbolId: number, asOf: Date): Promise<{ version: number; final: boolean }> => {
    const { rows } = await pool.query<{ version: number; final: boolean }>(
      `SELECT coalesce(max(version) FILTER (WHERE known_at <= $2), 0) AS version,
              coalesce(bool_or(known_at > $2), false) AS final
       FROM data_version WHERE symbol_id = $1`,
      [symbolId, asOf],
    )
    return rows[0] ?? { version: 0, final: false }
  }
  return {
    async versionAt(symbolId, asOf) {
      const found = await look(symbolId, asOf)
      // Knowledge times increase, so a delivery under way comes after any version that is later than `asOf`.
      if (found.final) return found.version
      const startedMs = performance.now()
      while (!(await isUnlocked(pool, symbolId))) {
        if (performance.now() - startedMs > WRITER_LIMIT_MS) {
          throw new KospigraphError(
            'BUSY',
            `asOf: a delivery of bars of this symbol has been under way for more than ${WRITER_LIMIT_MS / 1_000} s, ` +
              'and its bars may belong to that moment; ask again when it is done, or leave asOf out',
          )
        }
        await sleep(WRITER_POLL_MS)
      }
      return (await look(symbolId, asOf)).version
    },
  }
}

/** Tests the lock without waiting in the database, which would hold a connection that other readers need. */
async function isUnlocked(pool: pg.Pool, symbolId: number): Promise<boolean> {
  try {
    await pool.query('SELECT FROM symbol WHERE id = $1 FOR KEY SHARE NOWAIT', [symbolId])
    return true
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE) return false
    throw error
  }
}
