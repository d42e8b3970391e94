import { setImmediate as turn } from 'node:timers/promises'
import type { EventListener } from '../../../../src/db/queue/event-listener.js'
import type { EventNews, EventStore } from '../../../../src/db/queue/events.js'
import type { StoredEvent, Topic } from '../../../../src/domain/queue/event.js'
import { createEventFeed } from '../../../../src/services/queue/event-feed.js'
import type { EventFeed } from '../../../../src/services/queue/event-feed.js'

/** Events in memory, with the questions that were asked of them. */
class Memory implements EventStore {
  readonly events: StoredEvent[] = []
  readonly asked: string[] = []
  #tell: (news: EventNews) => void = () => undefined

  connect = (): Promise<EventListener> =>
    Promise.resolve({ onNews: (tell) => void (this.#tell = tell), close: () => Promise.resolve() })

  add(topic: Topic, subject: string, seq = 0): StoredEvent {
    const event = { id: this.events.length + 1, topic, subject, seq, payload: {}, at: new Date(0) }
    this.events.push(event)
    return event
  }

  tell({ topic, subject, id, seq }: StoredEvent): void {
    this.#tell({ topic, subject, id, seq })
  }

  async after(topic: Topic, subject: string, seq: number, limit: number): Promise<StoredEvent[]> {
    this.asked.push(`after ${seq}`)
    await turn()
    return this.events
      .filter((event) => event.topic === topic && event.subject === subject && event.seq > seq)
      .slice(0, limit)
  }

  async byIds(ids: readonly number[]): Promise<StoredEvent[]> {
    this.asked.push(`ids ${ids.join()}`)
    await turn()
    return this.events.filter(({ id }) => ids.includes(id))
  }

  idsAfter = (): never => {
    throw new Error('the listener asks, not the feed')
  }
  newestId = this.idsAfter
  forget = this.idsAfter
}

let memory: Memory
let feed: EventFeed
beforeEach(() => {
  memory = new Memory()
  feed = createEventFeed(memory, memory.connect)
})
afterEach(async () => {
  await feed.close()
})

/** Lets everything go on that can. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await turn()
}

async function take(events: AsyncIterator<StoredEvent>, count: number): Promise<number[]> {
  const seqs: number[] = []
  while (seqs.length < count) {
    const next = await events.next()
    if (next.done === true) break
    seqs.push(next.value.seq)
  }
  return seqs
}
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at)

describe('following a subject', () => {
  it('replays from any place and continues with new events', async () => {
    for (const seq of range(1, 1_200)) memory.add('run', 'a', seq)
    memory.add('run', 'b', 1)
    const late = feed.follow('run', 'a', 0)
    const resumed = feed.follow('run', 'a', 1_150)
    expect(await take(late, 1_200)).toEqual(range(1, 1_200))
    expect(await take(resumed, 50)).toEqual(range(1_151, 1_200))
    const next = [late.next(), resumed.next()]
    await settle()
    memory.tell(memory.add('run', 'a', 1_201))
    for (const { value } of await Promise.all(next)) expect(value).toMatchObject({ seq: 1_201 })
  })

  it('queries once for all readers at the newest place', async () => {
    const followers = range(1, 50).map(() => feed.follow('run', 'a', 0))
    const next = followers.map((follower) => follower.next())
    await settle()
    memory.asked.splice(0)
    memory.tell(memory.add('run', 'a', 1))
    for (const { value } of await Promise.all(next)) expect(value).toMatchObject({ seq: 1 })
    expect(memory.asked).toEqual(['after 0'])
  })

  it('lets a slow reader lag without delaying the others', async () => {
    const slow = feed.follow('run', 'a', 0)
    const fast = feed.follow('run', 'a', 0)
    memory.add('run', 'a', 1)
    expect(await take(slow, 1)).toEqual([1])
    for (const seq of range(2, 5_000)) memory.tell(memory.add('run', 'a', seq))
    expect(await take(fast, 5_000)).toEqual(range(1, 5_000))
    expect(await take(slow, 4_999)).toEqual(range(2, 5_000))
  })

  it('does not query repeatedly for deleted events', async () => {
    const follower = feed.follow('run', 'a', 3)
    const next = follower.next()
    await settle()
    memory.tell({ id: 9, topic: 'run', subject: 'a', seq: 7, payload: {}, at: new Date(0) })
    await settle()
    const { length } = memory.asked
    await settle()
    expect(memory.asked).toHaveLength(length)
    memory.tell(memory.add('run', 'a', 8))
    expect((await next).value).toMatchObject({ seq: 8 })
  })

  it('ends at once when its reader leaves, even during a wait, or the feed closes', async () => {
    const [left, kept] = [feed.follow('run', 'a', 0), feed.follow('run', 'a', 0)]
    const [leaving, waiting] = [left.next(), kept.next()]
    await settle()
    await left.return?.()
    expect(await leaving).toEqual({ done: true, value: undefined })
    await feed.close()
    expect(await waiting).toEqual({ done: true, value: undefined })
  })

  it('reports a lost database to its reader and serves the next one once it is back', async () => {
    let tries = 0
    const late = createEventFeed(memory, () => {
      tries += 1
      return tries === 1 ? Promise.reject(new Error('no connection')) : memory.connect()
    })
    await expect(late.follow('run', 'a', 0).next()).rejects.toThrow('no connection')
    memory.add('run', 'a', 1)
    expect(await take(late.follow('run', 'a', 0), 1)).toEqual([1])
    await late.close()
  })
})

describe('listening to a topic', () => {
  it('delivers each event once, even where its notification comes twice', async () => {
    const heard = feed.listen('bars')
    const first = heard.next()
    await settle()
    const told = memory.add('bars', '')
    memory.tell(told)
    memory.tell(told)
    memory.tell(memory.add('forecast', '1'))
    const second = memory.add('bars', '')
    memory.tell(second)
    expect((await first).value).toBe(told)
    expect((await heard.next()).value).toBe(second)
    expect(memory.asked).toEqual(['ids 1', 'ids 3'])
  })

  it('skips an event that is deleted before it is read', async () => {
    const heard = feed.listen('bars')
    const first = heard.next()
    await settle()
    memory.tell({ id: 77, topic: 'bars', subject: '', seq: 0, payload: {}, at: new Date(0) })
    memory.tell(memory.add('bars', ''))
    expect((await first).value).toMatchObject({ id: 1 })
  })

  it('ends only the listener that falls behind, with a code', async () => {
    const [slow, fast] = [feed.listen('bars'), feed.listen('bars')]
    const [first, other] = [slow.next(), fast.next()]
    await settle()
    memory.tell(memory.add('bars', ''))
    await Promise.all([first, other])
    for (let told = 0; told < 1_100; told += 1) {
      memory.tell(memory.add('bars', ''))
      await fast.next()
    }
    await expect(take(slow, 1_100)).rejects.toMatchObject({ code: 'FELL_BEHIND' })
    memory.tell(memory.add('bars', ''))
    expect((await fast.next()).value).toMatchObject({ id: 1_102 })
  })
})

test('a thousand idle subscribers send no query', async () => {
  const followers = range(1, 500).map((run) => feed.follow('run', `run ${run}`, 0))
  const listeners = range(1, 500).map((at) => feed.listen(at % 2 === 0 ? 'bars' : 'forecast'))
  const waiting = [...followers, ...listeners].map((one) => one.next())
  await settle()
  // Where each stands, once.
  expect(memory.asked).toHaveLength(500)
  memory.asked.splice(0)
  memory.tell(memory.add('run', 'of nobody here', 1))
  await settle()
  expect(memory.asked).toEqual([])
  memory.tell(memory.add('bars', ''))
  await settle()
  expect(memory.asked).toEqual(['ids 2'])
  await feed.close()
  await Promise.all(waiting)
})
