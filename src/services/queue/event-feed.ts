/**
 * The feed: events to those in this process who follow them.
 *
 * Followers hold a place and no buffer. The newest events of a subject are read once for all of its followers and kept
 * while it has any; who is further behind reads pages from the database at its own pace. Nobody asks the database
 * anything until a notification says that there is news.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { cancellable } from '../../domain/cancellable.js'
import type { LiveTopic, ReplayedTopic, StoredEvent, Topic } from '../../domain/queue/event.js'
import { LIVE_TOPICS, isLive } from '../../domain/queue/event.js'
import type { EventListener } from '../../db/queue/event-listener.js'
import type { EventNews, EventStore } from '../../db/queue/events.js'
import { KospigraphError } from '../../errors.js'
import { shareReads } from '../shared-reads.js'

const PAGE = 500
/** Ten seconds, in all. */
const READ_ATTEMPTS = 40
const READ_RETRY_MS = 250
/** Newest events of a subject that are kept in memory for its followers. */
const TAIL_LIMIT = 1_000
/** Live events that a listener may leave unread before it is told to listen anew. */
const BACKLOG_LIMIT = 1_000
/** Ids of live events that are remembered, to tell none of them twice; more than a gap looks back. */
const REMEMBERED_IDS = 5_000

export interface EventFeed {
  /** Events of a subject in order, from the one after `seq` on, without end. */
  follow(topic: ReplayedTopic, subject: string, seq: number): AsyncIterableIterator<StoredEvent>
  /** Whether a subject has no event after `seq`. */
  isAtEnd(topic: ReplayedTopic, subject: string, seq: number): Promise<boolean>
  /** What a topic tells from now on. @throws KospigraphError FELL_BEHIND to a reader that is too slow */
  listen(topic: LiveTopic): AsyncIterableIterator<StoredEvent>
  /** Ends all who follow or listen. */
  close(): Promise<void>
}

interface Tail {
  /** Without gaps, oldest first. */
  events: StoredEvent[]
  followers: number
  /** Newest place that a notification has named. */
  newest: number
  loading: Promise<void> | undefined
  readonly waiting: Set<() => void>
}

interface Listener {
  ids: number[]
  overflow: boolean
  wake: () => void
}

/** @param connect listens for news; asked when somebody first follows or listens */
export function createEventFeed(events: EventStore, connect: () => Promise<EventListener>): EventFeed {
  const tails = new Map<string, Tail>()
  const listeners = new Map<LiveTopic, Set<Listener>>(LIVE_TOPICS.map((topic) => [topic, new Set()]))
  const toldIds = new Set<number>()
  const closing = new AbortController()
  const liveEvent = shareReads(async (id: number) => (await events.byIds([id]))[0], BACKLOG_LIMIT)

  const onNews = (news: EventNews): void => {
    const tail = tails.get(keyOf(news.topic, news.subject))
    if (tail) {
      tail.newest = Math.max(tail.newest, news.seq)
      for (const wake of tail.waiting) wake()
    }
    if (isLive(news.topic)) tellListeners(news, listeners.get(news.topic) ?? new Set(), toldIds)
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
        const batch = await patiently(async () => {
          const found = await nextEvents(events, tail, { topic, subject, seq: from })
          if (found.length > 0 || tail.newest <= from) return found
          // What a notification has named may be forgotten already: one look of its own, then the next news.
          known = tail.newest
          return events.after(topic, subject, from, PAGE)
        }, signal)
        for (const event of batch) {
          place = event.seq
          yield event
        }
        if (batch.length === 0) await news(tail, known, signal)
      }
    } finally {
      tail.followers -= 1
      if (tail.followers === 0 && tails.get(key) === tail) tails.delete(key)
    }
  }

  async function* listened(topic: LiveTopic, signal: AbortSignal): AsyncGenerator<StoredEvent, void, void> {
    const mine: Listener = { ids: [], overflow: false, wake: () => undefined }
    const all = listeners.get(topic)
    all?.add(mine)
    const onAbort = (): void => mine.wake()
    signal.addEventListener('abort', onAbort)
    try {
      await listenToNews()
      while (!signal.aborted) {
        if (mine.overflow) {
          throw new KospigraphError(
            'FELL_BEHIND',
            `more than ${BACKLOG_LIMIT} events were not read in time; subscribe again, and query what came meanwhile`,
          )
        }
        const id = mine.ids.shift()
        if (id === undefined) await new Promise<void>((resolve) => (mine.wake = resolve))
        else {
          const event = await liveEvent(id)
          if (event) yield event
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      all?.delete(mine)
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
 * A database that is restarted ends the connections of queries too. A follower holds a place and no connection, so it
 * asks again for a while before it gives up.
 */
async function patiently<Result>(read: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read()
    } catch (error) {
      if (attempt >= READ_ATTEMPTS || signal.aborted) throw error
      await sleep(READ_RETRY_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** From memory where they are there, from the database otherwise; empty where there are none yet. */
async function nextEvents(
  store: EventStore,
  tail: Tail,
  { topic, subject, seq }: { topic: ReplayedTopic; subject: string; seq: number },
): Promise<readonly StoredEvent[]> {
  const first = tail.events[0]?.seq
  // Older than what is kept: at its own pace, without making the others' memory older.
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
    // Another follower may have loaded from another place.
    const loadedFirst = tail.events[0]?.seq
    if (loadedFirst !== undefined && seq < loadedFirst - 1) return store.after(topic, subject, seq, PAGE)
  }
  const from = tail.events.findIndex((event) => event.seq > seq)
  return from === -1 ? [] : tail.events.slice(from, from + PAGE)
}

function news(tail: Tail, place: number, signal: AbortSignal): Promise<void> {
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

function tellListeners(news: EventNews, listeners: ReadonlySet<Listener>, toldIds: Set<number>): void {
  if (toldIds.has(news.id)) return
  toldIds.add(news.id)
  if (toldIds.size > REMEMBERED_IDS) {
    const [oldest] = toldIds
    if (oldest !== undefined) toldIds.delete(oldest)
  }
  for (const one of listeners) {
    if (one.ids.length < BACKLOG_LIMIT) one.ids.push(news.id)
    else one.overflow = true
    one.wake()
  }
}
