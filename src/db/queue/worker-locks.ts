/**
 * Which workers are alive. Each process holds an advisory lock under the id that its jobs are locked by, which
 * PostgreSQL frees however the process dies; the library alone would leave a dead worker's jobs locked for four hours.
 */
import pg from 'pg'
import { messageOf } from '../../errors.js'
import type { DatabaseConnection } from '../postgres/connection.js'

const LOCK_CLASS = 72707372
/** A connection on which nothing comes back for so long is taken for broken. */
const ANSWER_MS = 10_000
/** The server notices within six seconds that a machine has gone without a word; by default it takes two hours. */
const KEEPALIVES = '-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3'

/** A job whose last attempt ended with its worker: the library keeps no word of it, and nobody takes it again. */
const SAY_THAT_IT_DIED = `
  SELECT graphile_worker.permanently_fail_jobs(
    ARRAY[id], 'the worker of its last attempt died' || coalesce('; the attempt before: ' || last_error, ''))
  FROM graphile_worker.jobs WHERE id = ANY($1::int8[])`

export interface WorkerLocks {
  /** Shows that the worker with this id is alive; the one before is not any more. */
  hold(workerId: string): Promise<void>
  /** False while the connection is broken: others then take the worker for dead. */
  isHeld(): boolean
  /** Unlocks the jobs of workers that nobody holds the lock of. @returns their ids */
  freeDeadWorkers(): Promise<readonly string[]>
  close(): Promise<void>
}

/**
 * Holds locks on a connection of its own, and takes them again where it breaks.
 * @param connection not pooled: the locks belong to the session
 */
export async function openWorkerLocks(
  connection: DatabaseConnection,
  warn: (line: string) => void,
): Promise<WorkerLocks> {
  let closed = false
  let broken = true
  let held: string | undefined
  const lock = (client: pg.Client, workerId: string): Promise<unknown> =>
    client.query('SELECT pg_advisory_unlock_all(), pg_advisory_lock_shared($1, hashtext($2))', [
      LOCK_CLASS,
      workerId,
    ])
  const connect = async (): Promise<pg.Client> => {
    const next = new pg.Client({
      ...connection,
      application_name: 'kospigraph-worker',
      options: [connection.options, KEEPALIVES].filter(Boolean).join(' '),
      keepAlive: true,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
    })
    const onLost = (reason: string): void => {
      if (next !== client || broken) return
      broken = true
      if (!closed) warn(`the connection that shows that the worker is alive broke: ${reason}`)
    }
    next.on('error', (error) => onLost(messageOf(error)))
    next.on('end', () => onLost('it ended'))
    try {
      await next.connect()
      if (held !== undefined) await lock(next, held)
      return next
    } catch (error) {
      void next.end().catch(() => undefined)
      throw error
    }
  }
  let client: pg.Client | undefined
  /** A connection that works, with the lock taken on it. */
  const connected = async (): Promise<pg.Client> => {
    if (client && !broken) return client
    void client?.end().catch(() => undefined)
    client = await connect()
    broken = false
    return client
  }
  await connected()
  return {
    async hold(workerId) {
      held = workerId
      await lock(await connected(), workerId)
    },
    isHeld: () => held !== undefined && !broken,
    async freeDeadWorkers() {
      const { rows } = await (
        await connected()
      ).query<{ id: string }>(
        `SELECT DISTINCT locked_by AS id FROM graphile_worker.jobs
         WHERE locked_by IS NOT NULL AND NOT EXISTS (
           SELECT FROM pg_locks
           WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND classid = $1 AND objid::int8 = hashtext(locked_by)::int8 & 4294967295 AND objsubid = 2 AND granted
         )`,
        [LOCK_CLASS],
      )
      const dead = rows.map(({ id }) => id)
      if (dead.length > 0) await free(await connected(), dead)
      return dead
    },
    async close() {
      closed = true
      await client?.end().catch(() => undefined)
    },
  }
}

async function free(client: pg.Client, workerIds: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM graphile_worker.jobs WHERE locked_by = ANY($1) AND attempts >= max_attempts',
    [workerIds],
  )
  await client.query('SELECT graphile_worker.force_unlock_workers($1::text[])', [workerIds])
  if (rows.length > 0) await client.query(SAY_THAT_IT_DIED, [rows.map(({ id }) => id)])
}
