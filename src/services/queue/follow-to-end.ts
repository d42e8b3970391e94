/** Following what comes to an end, a run or a backtest: its events from any place on, up to the last one. */
import { cancellable } from '../../domain/cancellable.js'
import type { ReplayedTopic } from '../../domain/queue/event.js'
import type { EventFeed } from './event-feed.js'

export interface FollowedSubject<Progress, Event> {
  readonly topic: ReplayedTopic
  readonly id: string
  /** Place of the last event that was seen; 0 before the first. */
  readonly seq: number
  /** Rejects where there is no such subject. */
  readonly hasEnded: () => Promise<boolean>
  /** Whether what an event says is the end. */
  readonly isEnd: (progress: Progress) => boolean
  readonly toEvent: (progress: Progress, seq: number) => Event
}

/** Ends with the event that says that the subject has ended, or at once when its reader leaves. */
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
  // Events are forgotten after a while: of a subject that ended long ago there may be none to wait for.
  if ((await hasEnded()) && (await feed.isAtEnd(topic, id, seq))) return
  const events = feed.follow(topic, id, seq)
  const leave = (): void => void events.return?.()
  signal.addEventListener('abort', leave)
  try {
    // Whoever left before this listened was not heard.
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
