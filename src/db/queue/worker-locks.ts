/**
 * Shows which workers are alive, and unlocks the jobs of dead ones. Each process holds an advisory lock named after its
 * worker id; PostgreSQL frees it however the process dies. The library alone would keep a dead worker's jobs locked for
 * four hours.
 */
import pg from 'pg'
import { messageOf } from '../../errors.js'
import type { DatabaseConnection } from '../postgres/connection.js'

const LOCK_CLASS = 72707372
/** A connection that does not answer for this long counts as broken. */
const ANSWER_MS = 10_000
/** The server detects a vanished machine within six seconds; the default is two hours. */
const KEEPALIVES = '-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3'

/** Records why a job failed whose worker died in its last attempt; the library records nothing and never retries it. */
const RECORD_DEATH = `
  SELECT graphile_worker.permanently_fail_jobs(
    ARRAY[id], 'the worker of its last attempt died' || coalesce('; the attempt before: ' || last_error, ''))
  FROM graphile_worker.jobs WHERE id = ANY($1::int8[])`

export interface WorkerLocks {
  /** Takes the lock of this worker id and releases that of the id before. */
  hold(workerId: string): Promise<void>
  /** False while the connection is broken: other processes then treat this worker as dead. */
  isHeld(): boolean
  /** Unlocks the jobs of workers whose lock is free. @returns the ids of those workers */
  freeDeadWorkers(): Promise<readonly string[]>
  close(): Promise<void>
}

/**
 * Holds locks on a connection of its own and takes them again when it breaks.
 * @param connection must not go through a transaction pooler: the locks belong to the session
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
      if (!closed)
        warn(
          `lost the connection that marks this worker as alive (${reason}); reconnecting at the next check`,
        )
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
  /** @returns a working connection that holds the lock */
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
  if (rows.length > 0) await client.query(RECORD_DEATH, [rows.map(({ id }) => id)])
}
