import { cancellable } from '../../../../src/domain/queue/cancellable.js'
import type { StoredEvent } from '../../../../src/domain/queue/event.js'
import type { EventFeed } from '../../../../src/services/queue/event-feed.js'
import { followToEnd } from '../../../../src/services/queue/follow-to-end.js'

/** A feed whose subject has these payloads, and then nothing more, without end. */
function feedOf(payloads: readonly string[]): Pick<EventFeed, 'follow' | 'isAtEnd'> & { left: boolean } {
  async function* told(seq: number, signal: AbortSignal): AsyncGenerator<StoredEvent, void, void> {
    for (const [at, payload] of payloads.entries()) {
      const event = { id: at + 1, topic: 'run', subject: 'a', seq: at + 1, payload, at: new Date(0) } as const
      if (event.seq > seq) yield event
    }
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  }
  return {
    left: false,
    follow(_topic, _subject, seq) {
      return cancellable((signal) => {
        signal.addEventListener('abort', () => (this.left = true))
        return told(seq, signal)
      })
    },
    isAtEnd: (_topic, _subject, seq) => Promise.resolve(seq >= payloads.length),
  }
}

const follow = (
  feed: Pick<EventFeed, 'follow' | 'isAtEnd'>,
  { seq = 0, hasEnded = () => Promise.resolve(false) } = {},
): AsyncIterableIterator<string> =>
  followToEnd<string, string>(feed, {
    topic: 'run',
    id: 'a',
    seq,
    hasEnded,
    isEnd: (payload) => payload === 'end',
    toEvent: (payload, place) => `${place} ${payload}`,
  })

async function all(events: AsyncIterable<string>): Promise<string[]> {
  const seen: string[] = []
  for await (const event of events) seen.push(event)
  return seen
}

describe('following to the end', () => {
  it('ends with the final event and releases the feed', async () => {
    const feed = feedOf(['begun', 'half', 'end'])
    expect(await all(follow(feed, { seq: 1 }))).toEqual(['2 half', '3 end'])
    expect(feed.left).toBe(true)
  })

  it('ends at once where the subject has ended and all events were seen, or are deleted', async () => {
    const ended = { hasEnded: () => Promise.resolve(true) }
    expect(await all(follow(feedOf(['begun', 'end']), { seq: 2, ...ended }))).toEqual([])
    expect(await all(follow(feedOf([]), ended))).toEqual([])
    expect(await all(follow(feedOf(['begun', 'end']), { seq: 1, ...ended }))).toEqual(['2 end'])
  })

  it('fails where the query for the subject fails', async () => {
    const missing = { hasEnded: () => Promise.reject(new Error('there is no such run')) }
    await expect(all(follow(feedOf([]), missing))).rejects.toThrow('there is no such run')
  })

  it('ends when its reader leaves, during a wait or before it', async () => {
    const waiting = follow(feedOf(['begun']))
    expect(await waiting.next()).toEqual({ done: false, value: '1 begun' })
    const next = waiting.next()
    await waiting.return?.()
    expect(await next).toEqual({ done: true, value: undefined })

    let found: (hasEnded: boolean) => void = () => undefined
    const early = follow(feedOf([]), { hasEnded: () => new Promise((resolve) => (found = resolve)) })
    const first = early.next()
    const left = early.return?.()
    found(false)
    expect(await first).toEqual({ done: true, value: undefined })
    expect(await left).toEqual({ done: true, value: undefined })
  })
})
