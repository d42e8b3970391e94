/**
 * Listens for events on one connection for all subscribers of the process. After a break, a new connection listens
 * first and then reads the events of the gap, so that none is lost.
 */
import pg from 'pg'
import { isLive } from '../../domain/queue/event.js'
import { messageOf } from '../../errors.js'
import type { DatabaseConnection } from '../postgres/connection.js'
import { EVENT_CHANNEL } from './events.js'
import type { EventNews, EventStore } from './events.js'

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5_000
/**
 * A transaction may take an id and commit later than one with a higher id. After a gap, the events this far below the
 * newest known id are read again; subscribers recognise a repeated event by its id.
 */
const LOOK_BACK_IDS = 1_000
const CATCH_UP_PAGE = 1_000

export interface EventListener {
  /** Calls `listener` for every notification; after a gap, possibly twice for some. */
  onNews(listener: (news: EventNews) => void): void
  close(): Promise<void>
}

export interface ListenerOptions {
  readonly events: EventStore
  readonly warn: (line: string) => void
}

/** Resolves once it listens. @throws the database's error where the first connection fails */
export async function listenForEvents(
  connection: DatabaseConnection,
  { events, warn }: ListenerOptions,
): Promise<EventListener> {
  const listeners: ((news: EventNews) => void)[] = []
  const firstId = await events.newestId()
  let newestId = firstId
  let closed = false
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined
  let retryMs = FIRST_RETRY_MS

  const deliver = (news: EventNews): void => {
    newestId = Math.max(newestId, news.id)
    for (const listener of listeners) listener(news)
  }
  const catchUp = async (): Promise<void> => {
    let from = Math.max(0, newestId - LOOK_BACK_IDS)
    for (;;) {
      const page = await events.idsAfter(from, CATCH_UP_PAGE)
      // Skip live events older than the first subscription; a replayed topic needs every event.
      page.filter(({ id, topic }) => id > firstId || !isLive(topic)).forEach(deliver)
      if (page.length < CATCH_UP_PAGE) return
      from = page.at(-1)?.id ?? from
    }
  }
  const connect = async (): Promise<void> => {
    const next = new pg.Client({ ...connection, application_name: 'kospigraph-events', keepAlive: true })
    let lost = false
    const onLost = (reason: string): void => {
      if (lost || closed) return
      lost = true
      warn(`lost the connection that listens for events (${reason}); reconnecting in ${retryMs} ms`)
      next.removeAllListeners('notification')
      void next.end().catch(() => undefined)
      retry = setTimeout(() => void reconnect(), retryMs)
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2)
    }
    next.on('error', (error) => onLost(messageOf(error)))
    next.on('end', () => onLost('the connection ended'))
    next.on('notification', ({ payload }) => {
      deliver(JSON.parse(payload ?? '{}') as EventNews)
    })
    client = next
    try {
      await next.connect()
      await next.query(`LISTEN ${EVENT_CHANNEL}`)
      retryMs = FIRST_RETRY_MS
    } catch (error) {
      onLost(messageOf(error))
      throw error
    }
  }
  const reconnect = async (): Promise<void> => {
    try {
      await connect()
      await catchUp()
    } catch {
      // `onLost` has logged it and scheduled a retry.
    }
  }

  await connect()
  return {
    onNews: (listener) => void listeners.push(listener),
    async close() {
      closed = true
      clearTimeout(retry)
      await client?.end().catch(() => undefined)
    },
  }
}
