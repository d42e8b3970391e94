/**
 * Reads, retries and discards dead letters: jobs in the queue library's tables that have no attempt left. A job's key
 * names its subject. A job without a key was replaced by another one and is not a dead letter.
 */
import type pg from 'pg'
import type { DeadLetter, JobSubject } from '../../domain/queue/dead-letter.js'
import { isId } from '../../domain/id.js'
import { TASK_NAMES } from '../../domain/queue/job.js'
import type { TaskName } from '../../domain/queue/job.js'
import { cutPage } from '../../domain/page.js'
import type { Page, PageRequest } from '../../domain/page.js'
import { isLocalDate } from '../../domain/calendar/session.js'
import type { Session } from '../../domain/calendar/session.js'
import { inTransaction } from '../postgres/transaction.js'

export interface DeadLetterStore {
  /** The newest job first; the page's keys are ids. */
  page(request: PageRequest<string>): Promise<Page<DeadLetter>>
  byId(id: string): Promise<DeadLetter | undefined>
  /**
   * Gives the job all of its attempts again and reopens its failed subject.
   * @returns false where it is no dead letter any more
   */
  retry(letter: DeadLetter): Promise<boolean>
  /** Deletes the job from the queue. @returns false where it is no dead letter any more */
  discard(id: string): Promise<boolean>
}

const TASKS = TASK_NAMES.map((name) => `'${name}'`).join(', ')
const IS_DEAD = `attempts >= max_attempts AND locked_at IS NULL AND key IS NOT NULL AND task_identifier IN (${TASKS})`

// The library stores no time of failure. A failed attempt sets run_at to its time plus the delay; an edit by hand sets updated_at.
const COLUMNS = `id, task_identifier AS task, key, attempts::int, last_error AS "lastError", created_at AS "createdAt",
  greatest(updated_at, run_at - exp(least(attempts, 10)) * interval '1 second') AS "failedAt"`

type Row = Omit<DeadLetter, 'subject'> & { readonly key: string }

export function createDeadLetterStore(pool: pg.Pool, writePool: pg.Pool): DeadLetterStore {
  return {
    async page(request) {
      const { rows } = await pool.query<Row>(
        `SELECT ${COLUMNS} FROM graphile_worker.jobs
         WHERE ${IS_DEAD} AND ($1::int8 IS NULL OR id < $1) AND ($2::int8 IS NULL OR id > $2)
         ORDER BY id ${request.fromEnd ? 'ASC' : 'DESC'} LIMIT $3`,
        [request.after, request.before, request.limit + 1],
      )
      return cutPage(rows.map(toDeadLetter), request)
    },

    async byId(id) {
      const { rows } = await pool.query<Row>(
        `SELECT ${COLUMNS} FROM graphile_worker.jobs WHERE id = $1 AND ${IS_DEAD}`,
        [id],
      )
      return rows[0] && toDeadLetter(rows[0])
    },

    retry: ({ id, task, subject }) =>
      inTransaction(writePool, async (client) => {
        // Subject before job: the code that ends or begins a subject locks in this order.
        if (subject) await lockSubject(client, subject)
        if (!(await isDead(client, id))) return false
        const { rows } = await client.query<{ payload: { readonly symbolIds?: readonly number[] } }>(
          'SELECT payload FROM graphile_worker.reschedule_jobs(ARRAY[$1::int8], run_at := now(), attempts := 0)',
          [id],
        )
        const [job] = rows
        if (!job) return false
        if (subject?.kind === 'run') await reopenRun(client, subject.id)
        if (subject?.kind === 'backtest') await reopenBacktest(client, subject.id)
        if (subject?.kind !== 'night') return true
        if (task === 'night') await reopenNight(client, subject.date)
        else await reopenChunk(client, subject.date, job.payload.symbolIds ?? [])
        return true
      }),

    discard: (id) =>
      inTransaction(writePool, async (client) => {
        if (!(await isDead(client, id))) return false
        const { rowCount } = await client.query(
          'SELECT id FROM graphile_worker.complete_jobs(ARRAY[$1::int8])',
          [id],
        )
        return (rowCount ?? 0) > 0
      }),
  }
}

async function isDead(client: pg.PoolClient, id: string): Promise<boolean> {
  const sql = `SELECT 1 FROM graphile_worker.jobs WHERE id = $1 AND ${IS_DEAD}`
  return ((await client.query(sql, [id])).rowCount ?? 0) > 0
}

async function lockSubject(client: pg.PoolClient, subject: JobSubject): Promise<void> {
  if (subject.kind === 'night') {
    await client.query('SELECT FROM night WHERE date = $1 AND NOT simulated FOR UPDATE', [subject.date])
  } else {
    await client.query(`SELECT FROM ${subject.kind} WHERE id = $1 FOR UPDATE`, [subject.id])
  }
}

/** Deletes the event of the failure: it would end the followers of the next attempt. */
const FORGET_END = `DELETE FROM event WHERE topic = $1 AND subject = $2 AND payload->>'status' = 'FAILED'`

/** Queues a failed run again; a cancelled one stays cancelled. */
async function reopenRun(client: pg.PoolClient, id: string): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE run SET status = 'QUEUED', claim = claim + 1, started_at = NULL, finished_at = NULL, error_code = NULL,
       error_message = NULL, engine = NULL, device = NULL, engine_reason = NULL
     WHERE id = $1 AND status = 'FAILED' AND error_code = 'INTERNAL'`,
    [id],
  )
  if (rowCount === 1) await client.query(FORGET_END, ['run', id])
}

/** Queues a failed backtest again; it continues after its stored folds. */
async function reopenBacktest(client: pg.PoolClient, id: string): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE backtest SET status = 'QUEUED', claim = claim + 1, finished_at = NULL, error_code = NULL,
       error_message = NULL, metrics = NULL
     WHERE id = $1 AND status = 'FAILED'`,
    [id],
  )
  if (rowCount === 1) await client.query(FORGET_END, ['backtest', id])
}

async function reopenNight(client: pg.PoolClient, date: Session): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE night SET status = 'RUNNING', claim = claim + 1, reason = NULL, expected = NULL, started_at = NULL,
       finished_at = NULL, next_try_at = NULL
     WHERE date = $1 AND NOT simulated AND status = 'FAILED'`,
    [date],
  )
  if (rowCount === 1) {
    await client.query(
      `DELETE FROM night_outcome WHERE date = $1 AND NOT simulated AND status IN ('STALE', 'FAILED')`,
      [date],
    )
  }
}

/** Deletes the failures that the job's end caused, so that those symbols run again; their own failures stay. */
async function reopenChunk(
  client: pg.PoolClient,
  date: Session,
  symbolIds: readonly number[],
): Promise<void> {
  await client.query(
    `UPDATE night SET status = 'RUNNING', reason = NULL, finished_at = NULL
     WHERE date = $1 AND NOT simulated AND status IN ('SUCCEEDED', 'FAILED')`,
    [date],
  )
  await client.query(
    `DELETE FROM night_outcome
     WHERE date = $1 AND NOT simulated AND symbol_id = ANY($2) AND status = 'FAILED' AND error_code IN ('INTERNAL', 'ABANDONED')
       AND EXISTS (SELECT FROM night WHERE night.date = $1 AND NOT night.simulated AND finished_at IS NULL)`,
    [date, symbolIds],
  )
}

function toDeadLetter({ key, ...row }: Row): DeadLetter {
  return { ...row, subject: subjectOf(row.task, key) }
}

/** Keys are `run:<id>`, `backtest:<id>`, `night:<date>` and `nightChunk:<date>:<number>`. */
function subjectOf(task: TaskName, key: string): JobSubject | null {
  const [, name = ''] = key.split(':')
  if (isLocalDate(name))
    return task === 'night' || task === 'nightChunk' ? { kind: 'night', date: name } : null
  if (!isId(name)) return null
  if (task === 'retrain') return { kind: 'run', id: name }
  return task === 'backtest' ? { kind: 'backtest', id: name } : null
}
