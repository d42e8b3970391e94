/** Knowledge times: which data version of a symbol was the newest at an instant. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { KospigraphError } from '../../errors.js'

/** How long a question about the present waits for a delivery that is being stored. */
const WRITER_LIMIT_MS = 10_000
const WRITER_POLL_MS = 25
const LOCK_NOT_AVAILABLE = '55P03'

export interface AsOfVersionStore {
  /**
   * The symbol's newest data version at `asOf`, 0 where it had none. Whoever asks again gets the same answer: a delivery
   * under way may have taken a knowledge time before `asOf` and commit later, so it is waited for.
   * @param asOf an instant that has passed, by a clock that agrees with the writers'
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
      // Knowledge times only grow, so whatever is under way comes after a version that is later than `asOf`.
      if (found.final) return found.version
      const startedMs = performance.now()
      while (!(await isUnlocked(pool, symbolId))) {
        if (performance.now() - startedMs > WRITER_LIMIT_MS) {
          throw new KospigraphError(
            'BUSY',
            `asOf: a delivery of bars of this symbol has been under way for more than ${WRITER_LIMIT_MS / 1_000} s, ` +
              'and what it knows may lie before that moment; ask again when it is done, or leave asOf out',
          )
        }
        await sleep(WRITER_POLL_MS)
      }
      return (await look(symbolId, asOf)).version
    },
  }
}

/** Asks without waiting in the database, where a wait would hold a connection that other readers need. */
async function isUnlocked(pool: pg.Pool, symbolId: number): Promise<boolean> {
  try {
    await pool.query('SELECT FROM symbol WHERE id = $1 FOR KEY SHARE NOWAIT', [symbolId])
    return true
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE) return false
    throw error
  }
}
