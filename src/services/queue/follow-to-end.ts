/** Follows a run or a backtest: yields its events from any number on, up to the one that ends it. */
import { cancellable } from '../../domain/queue/cancellable.js'
import type { ReplayedTopic } from '../../domain/queue/event.js'
import type { EventFeed } from './event-feed.js'

export interface FollowedSubject<Progress, Event> {
  readonly topic: ReplayedTopic
  readonly id: string
  /** Number of the last event that the follower has seen; 0 before the first. */
  readonly seq: number
  /** Rejects where there is no such subject. */
  readonly hasEnded: () => Promise<boolean>
  /** Whether an event reports the end. */
  readonly isEnd: (progress: Progress) => boolean
  readonly toEvent: (progress: Progress, seq: number) => Event
}

/** Yields events up to the one that reports the end; stops at once when its reader stops. */
export function followToEnd<Progress, Event>(
  feed: Pick<EventFeed, 'follow' | 'isAtEnd'>,
  followed: FollowedSubject<Progress, Event>,
): AsyncIterableIterator<Event> {
  return cancellable((signal) => eventsOf(feed, followed, signal))
}

async function* eventsOf<Progress, Event>(
  feed: Pick<EventFeed, 'follow' | 'isAtEnd'>,
  { topic, id, seq, hasEnded, isEnd, toEvent }: FollowedSubject<Progress, Event>,
  signal: AbortSignal,
): AsyncGenerator<Event, void, void> {
  // Old events are deleted: a subject that ended long ago may have none left to wait for.
  if ((await hasEnded()) && (await feed.isAtEnd(topic, id, seq))) return
  const events = feed.follow(topic, id, seq)
  const leave = (): void => void events.return?.()
  signal.addEventListener('abort', leave)
  try {
    // The reader may have stopped before the listener was added.
    if (signal.aborted) return
    for await (const { seq: place, payload } of events) {
      const progress = payload as Progress
      yield toEvent(progress, place)
      if (isEnd(progress)) return
    }
  } finally {
    signal.removeEventListener('abort', leave)
    leave()
  }
}
