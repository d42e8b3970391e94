/**
 * Stores events as rows and announces them with NOTIFY. An event is written in the transaction of the change that it
 * reports; the notification carries only the subject, not the payload.
 */
import type pg from 'pg'
import type { NewEvent, ReplayedTopic, StoredEvent, Topic } from '../../domain/queue/event.js'

export const EVENT_CHANNEL = 'kospigraph_event'

/** Payload of a notification: the newest of the subject's new events. */
export interface EventNews {
  readonly topic: Topic
  readonly subject: string
  readonly id: number
  readonly seq: number
}

/** SQL that appends events and notifies. Its one parameter is the result of {@link eventsJson}. */
export const APPEND_EVENTS = `
  WITH added AS (
    INSERT INTO event (topic, subject, seq, payload, at)
    SELECT topic, subject, seq, payload, at
    FROM json_to_recordset($1::json) AS e(topic text, subject text, seq int, payload jsonb, at timestamptz)
    RETURNING id, topic, subject, seq
  )
  SELECT pg_notify('${EVENT_CHANNEL}',
    json_build_object('topic', topic, 'subject', subject, 'id', max(id), 'seq', coalesce(max(seq), 0))::text)::text AS told
  FROM added GROUP BY topic, subject`

export function eventsJson(events: readonly NewEvent[]): string {
  return JSON.stringify(events)
}

export interface EventStore {
  /** Events of one subject with a `seq` above the given one, in order. */
  after(topic: ReplayedTopic, subject: string, seq: number, limit: number): Promise<StoredEvent[]>
  /** In order of id; deleted events are left out. */
  byIds(ids: readonly number[]): Promise<StoredEvent[]>
  /** Events with an id above `id`, in order. */
  idsAfter(id: number, limit: number): Promise<EventNews[]>
  /** 0 where there is no event. */
  newestId(): Promise<number>
  /**
   * Deletes events from before `before`, except those of unfinished runs: deleting them would restart `seq`.
   * @returns how many
   */
  forget(topics: readonly Topic[], before: Date): Promise<number>
}

/** Rows a statement deletes, so that its locks are short. */
const FORGET_PAGE = 5_000
const COLUMNS = 'id, topic, subject, coalesce(seq, 0) AS seq, payload, at'

type EventRow = Omit<StoredEvent, 'id'> & { readonly id: string }

export function createEventStore(pool: pg.Pool): EventStore {
  return {
    async after(topic, subject, seq, limit) {
      const { rows } = await pool.query<EventRow>({
        name: 'events-after',
        text: `SELECT ${COLUMNS} FROM event WHERE topic = $1 AND subject = $2 AND seq > $3 ORDER BY seq LIMIT $4`,
        values: [topic, subject, seq, limit],
      })
      return rows.map(toEvent)
    },
    async byIds(ids) {
      const { rows } = await pool.query<EventRow>(
        `SELECT ${COLUMNS} FROM event WHERE id = ANY($1::int8[]) ORDER BY id`,
        [ids],
      )
      return rows.map(toEvent)
    },
    async idsAfter(id, limit) {
      const { rows } = await pool.query<Omit<EventNews, 'id'> & { readonly id: string }>(
        `SELECT id, topic, subject, coalesce(seq, 0) AS seq FROM event WHERE id > $1 ORDER BY id LIMIT $2`,
        [id, limit],
      )
      return rows.map((row) => ({ ...row, id: Number(row.id) }))
    },
    async newestId() {
      const { rows } = await pool.query<{ id: string }>('SELECT coalesce(max(id), 0) AS id FROM event')
      return Number(rows[0]?.id ?? 0)
    },
    async forget(topics, before) {
      let forgotten = 0
      for (;;) {
        const { rowCount } = await pool.query(
          `DELETE FROM event WHERE id IN (
             SELECT id FROM event WHERE topic = ANY($1) AND at < $2 AND CASE WHEN topic = 'run' THEN NOT EXISTS (
               SELECT FROM run WHERE run.id = subject::uuid AND finished_at IS NULL
             ) ELSE true END LIMIT $3)`,
          [topics, before, FORGET_PAGE],
        )
        forgotten += rowCount ?? 0
        if ((rowCount ?? 0) < FORGET_PAGE) return forgotten
      }
    },
  }
}

function toEvent(row: EventRow): StoredEvent {
  return { ...row, id: Number(row.id) }
}
