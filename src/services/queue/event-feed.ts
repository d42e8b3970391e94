/**
 * The event feed: delivers stored events to the followers and listeners of this process.
 *
 * A follower holds a position and no buffer. The newest events of a subject are read once for all of its followers and
 * kept in memory while it has any; a follower that is further behind reads pages from the database. The database is
 * queried only when a notification announces new events.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { cancellable } from '../../domain/queue/cancellable.js'
import type { LiveTopic, ReplayedTopic, StoredEvent, Topic } from '../../domain/queue/event.js'
import { LIVE_TOPICS, isLive } from '../../domain/queue/event.js'
import type { EventListener } from '../../db/queue/event-listener.js'
import type { EventNews, EventStore } from '../../db/queue/events.js'
import { KospigraphError } from '../../errors.js'
import { shareReads } from '../shared-reads.js'

const PAGE = 500
/** Together with the pause: ten seconds. */
const READ_ATTEMPTS = 40
const READ_RETRY_MS = 250
/** Newest events of a subject kept in memory for its followers. */
const TAIL_LIMIT = 1_000
/** Most unread live events of a listener; with more it fails and must subscribe again. */
const BACKLOG_LIMIT = 1_000
/** Ids of live events remembered so that none is delivered twice; more than the listener re-reads after a gap. */
const REMEMBERED_IDS = 5_000

export interface EventFeed {
  /** Yields events of a subject in order, from the one after `seq` on, without end. */
  follow(topic: ReplayedTopic, subject: string, seq: number): AsyncIterableIterator<StoredEvent>
  /** Whether a subject has no event after `seq`. */
  isAtEnd(topic: ReplayedTopic, subject: string, seq: number): Promise<boolean>
  /** Yields the events of a topic from now on. @throws KospigraphError FELL_BEHIND where the reader is too slow */
  listen(topic: LiveTopic): AsyncIterableIterator<StoredEvent>
  /** Ends all followers and listeners. */
  close(): Promise<void>
}

interface Tail {
  /** Without gaps, oldest first. */
  events: StoredEvent[]
  followers: number
  /** Largest `seq` that a notification has announced. */
  newest: number
  loading: Promise<void> | undefined
  readonly waiting: Set<() => void>
}

interface Listener {
  ids: number[]
  overflow: boolean
  wake: () => void
}

/** @param connect opens the listening connection; called with the first follower or listener */
export function createEventFeed(events: EventStore, connect: () => Promise<EventListener>): EventFeed {
  const tails = new Map<string, Tail>()
  const listeners = new Map<LiveTopic, Set<Listener>>(LIVE_TOPICS.map((topic) => [topic, new Set()]))
  const deliveredIds = new Set<number>()
  const closing = new AbortController()
  const liveEvent = shareReads(async (id: number) => (await events.byIds([id]))[0], BACKLOG_LIMIT)

  const onNews = (news: EventNews): void => {
    const tail = tails.get(keyOf(news.topic, news.subject))
    if (tail) {
      tail.newest = Math.max(tail.newest, news.seq)
      for (const wake of tail.waiting) wake()
    }
    if (isLive(news.topic)) notifyListeners(news, listeners.get(news.topic) ?? new Set(), deliveredIds)
  }
  let listening: Promise<EventListener> | undefined
  const listenToNews = async (): Promise<void> => {
    listening ??= connect().then((listener) => {
      listener.onNews(onNews)
      return listener
    })
    try {
      await listening
    } catch (error) {
      listening = undefined
      throw error
    }
  }

  async function* followed(
    { topic, subject, seq }: { topic: ReplayedTopic; subject: string; seq: number },
    signal: AbortSignal,
  ): AsyncGenerator<StoredEvent, void, void> {
    const key = keyOf(topic, subject)
    const tail = tails.get(key) ?? newTail()
    tails.set(key, tail)
    tail.followers += 1
    let place = seq
    try {
      await listenToNews()
      while (!signal.aborted) {
        const from = place
        let known = from
        const batch = await withRetries(async () => {
          const found = await nextEvents(events, tail, { topic, subject, seq: from })
          if (found.length > 0 || tail.newest <= from) return found
          // The announced event may be deleted already: read once more, then wait for the next notification.
          known = tail.newest
          return events.after(topic, subject, from, PAGE)
        }, signal)
        for (const event of batch) {
          place = event.seq
          yield event
        }
        if (batch.length === 0) await untilNewer(tail, known, signal)
      }
    } finally {
      tail.followers -= 1
      if (tail.followers === 0 && tails.get(key) === tail) tails.delete(key)
    }
  }

  async function* listened(topic: LiveTopic, signal: AbortSignal): AsyncGenerator<StoredEvent, void, void> {
    const own: Listener = { ids: [], overflow: false, wake: () => undefined }
    const all = listeners.get(topic)
    all?.add(own)
    const onAbort = (): void => own.wake()
    signal.addEventListener('abort', onAbort)
    try {
      await listenToNews()
      while (!signal.aborted) {
        if (own.overflow) {
          throw new KospigraphError(
            'FELL_BEHIND',
            `more than ${BACKLOG_LIMIT} events were not read in time; subscribe again, and query the events missed meanwhile`,
          )
        }
        const id = own.ids.shift()
        if (id === undefined) await new Promise<void>((resolve) => (own.wake = resolve))
        else {
          const event = await liveEvent(id)
          if (event) yield event
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      all?.delete(own)
    }
  }

  return {
    follow: (topic, subject, seq) =>
      cancellable((signal) => followed({ topic, subject, seq }, signal), closing.signal),
    async isAtEnd(topic, subject, seq) {
      return (await events.after(topic, subject, seq, 1)).length === 0
    },
    listen: (topic) => cancellable((signal) => listened(topic, signal), closing.signal),
    async close() {
      closing.abort()
      await (await listening?.catch(() => undefined))?.close()
    },
  }
}

function keyOf(topic: Topic, subject: string): string {
  return `${topic} ${subject}`
}

function newTail(): Tail {
  return { events: [], followers: 0, newest: 0, loading: undefined, waiting: new Set() }
}

/**
 * Retries a read for ten seconds: a database that restarts breaks connections, but a follower only needs its position
 * to continue.
 */
async function withRetries<Result>(read: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read()
    } catch (error) {
      if (attempt >= READ_ATTEMPTS || signal.aborted) throw error
      await sleep(READ_RETRY_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** Returns the next events from memory or else from the database; empty where there are none yet. */
async function nextEvents(
  store: EventStore,
  tail: Tail,
  { topic, subject, seq }: { topic: ReplayedTopic; subject: string; seq: number },
): Promise<readonly StoredEvent[]> {
  const first = tail.events[0]?.seq
  // Older than the events in memory: read past the shared memory.
  if (first !== undefined && seq < first - 1) return store.after(topic, subject, seq, PAGE)
  const last = tail.events.at(-1)?.seq
  if (last === undefined || last === seq) {
    tail.loading ??= store
      .after(topic, subject, seq, PAGE)
      .then((found) => {
        const known = tail.events.at(-1)?.seq ?? seq
        tail.events = [...tail.events, ...found.filter((event) => event.seq > known)].slice(-TAIL_LIMIT)
      })
      .finally(() => (tail.loading = undefined))
    await tail.loading
    // Another follower may have loaded from another position.
    const loadedFirst = tail.events[0]?.seq
    if (loadedFirst !== undefined && seq < loadedFirst - 1) return store.after(topic, subject, seq, PAGE)
  }
  const from = tail.events.findIndex((event) => event.seq > seq)
  return from === -1 ? [] : tail.events.slice(from, from + PAGE)
}

/** Resolves once a notification announces an event after `place`, or the signal aborts. */
function untilNewer(tail: Tail, place: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (tail.newest <= place && !signal.aborted) return
      tail.waiting.delete(look)
      signal.removeEventListener('abort', look)
      resolve()
    }
    tail.waiting.add(look)
    signal.addEventListener('abort', look)
    look()
  })
}

function notifyListeners(news: EventNews, listeners: ReadonlySet<Listener>, deliveredIds: Set<number>): void {
  if (deliveredIds.has(news.id)) return
  deliveredIds.add(news.id)
  if (deliveredIds.size > REMEMBERED_IDS) {
    const [oldest] = deliveredIds
    if (oldest !== undefined) deliveredIds.delete(oldest)
  }
  for (const one of listeners) {
    if (one.ids.length < BACKLOG_LIMIT) one.ids.push(news.id)
    else one.overflow = true
    one.wake()
  }
}
