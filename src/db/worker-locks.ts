/**
 * Which workers are alive. Each holds an advisory lock, which PostgreSQL frees however its process dies; the library
 * alone would leave a dead worker's jobs locked for four hours.
 */
import pg from 'pg'
import { messageOf } from '../errors.js'
import type { DatabaseConnection } from './connection.js'

const LOCK_CLASS = 72707372
/** A worker takes its lock before its first job, so this only allows for a clock that was read a moment apart. */
const SETTLED_SECONDS = 1

export interface WorkerLocks {
  /** Unlocks the jobs of workers that nobody holds the lock of. @returns their ids */
  freeDeadWorkers(): Promise<readonly string[]>
  close(): Promise<void>
}

/**
 * Holds the locks of these workers on a connection of its own, and takes them again where it breaks.
 * @param connection not pooled: the locks belong to the session
 */
export async function holdWorkerLocks(
  connection: DatabaseConnection,
  workerIds: readonly string[],
  warn: (line: string) => void,
): Promise<WorkerLocks> {
  let closed = false
  let broken = false
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ ...connection, application_name: 'kospigraph-worker', keepAlive: true })
    client.on('error', (error) => {
      broken = true
      if (!closed) warn(`the connection that shows that the workers are alive broke: ${messageOf(error)}`)
    })
    client.on('end', () => (broken = true))
    await client.connect()
    await client.query(`SELECT pg_advisory_lock_shared($1, hashtext(id)) FROM unnest($2::text[]) AS id`, [
      LOCK_CLASS,
      workerIds,
    ])
    return client
  }
  let client = await connect()
  return {
    async freeDeadWorkers() {
      if (broken && !closed) {
        client = await connect()
        broken = false
      }
      const { rows } = await client.query<{ id: string }>(
        `SELECT DISTINCT locked_by AS id FROM graphile_worker.jobs
         WHERE locked_at < now() - make_interval(secs => $2) AND NOT EXISTS (
           SELECT FROM pg_locks
           WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND classid = $1 AND objid::int8 = hashtext(locked_by)::int8 & 4294967295 AND objsubid = 2 AND granted
         )`,
        [LOCK_CLASS, SETTLED_SECONDS],
      )
      const dead = rows.map(({ id }) => id)
      if (dead.length > 0) {
        await client.query('SELECT graphile_worker.force_unlock_workers($1::text[])', [dead])
      }
      return dead
    },
    async close() {
      closed = true
      await client.end().catch(() => undefined)
    },
  }
}
