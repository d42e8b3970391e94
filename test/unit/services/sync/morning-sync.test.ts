import { createCalendar } from '../../../../src/domain/calendar/calendar.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import { KospigraphError } from '../../../../src/errors.js'
import { createMorningSync } from '../../../../src/services/sync/morning-sync.js'
import type { SyncRequest } from '../../../../src/services/sync/sync-bars.js'

const at = (text: string): Date => new Date(`${text.replace(' ', 'T')}:00+09:00`)

function open(now: string, fails?: Error) {
  const [requested, asked, warned]: [Set<string>, SyncRequest[], string[]] = [new Set(), [], []]
  const sync = createMorningSync({
    calendar: createCalendar(),
    clock: { now: () => at(now) },
    warn: (line) => warned.push(line),
    store: {
      request: (date) => {
        const isNew = !requested.has(date)
        requested.add(date)
        return Promise.resolve(isNew)
      },
    },
    syncBars: (request) => {
      asked.push(request)
      return fails
        ? Promise.reject(fails)
        : Promise.resolve({ toSession: '2026-11-25' as Session, symbols: [] })
    },
  })
  return { sync, requested, asked, warned }
}

describe('the morning sync', () => {
  it.each([
    ['2026-11-26 08:29', 'is not due yet'],
    ['2026-11-26 09:00', 'has opened'],
    ['2026-11-28 08:30', 'is not a session'],
  ])('is not requested at %s', async (now, message) => {
    const { sync, requested } = open(now)
    expect((await sync.request()).message).toContain(message)
    expect([...requested]).toEqual([])
  })

  it('is requested once, however many schedulers ask', async () => {
    const { sync, requested } = open('2026-11-26 08:30')
    expect((await sync.request()).message).toMatch(/of 2026-11-26 begins/)
    expect((await sync.request()).message).toMatch(/has been requested already/)
    expect([...requested]).toEqual(['2026-11-26'])
  })

  it('asks only providers that publish then, and never once the session has opened', async () => {
    const signal = new AbortController().signal
    const early = open('2026-11-26 08:31')
    await early.sync.run('2026-11-26' as Session, signal)
    expect(early.asked).toMatchObject([{ publication: 'NEXT_MORNING' }])
    const late = open('2026-11-26 09:00')
    await late.sync.run('2026-11-26' as Session, signal)
    expect(late.asked).toEqual([])
  })

  it('reports a sync that cannot be made, and fails with an error of this program', async () => {
    const signal = new AbortController().signal
    const refused = open(
      '2026-11-26 08:31',
      new KospigraphError('BAD_USER_INPUT', 'there is nothing to sync'),
    )
    await refused.sync.run('2026-11-26' as Session, signal)
    expect(refused.warned).toEqual(['the morning sync of 2026-11-26: there is nothing to sync'])
    const broken = open('2026-11-26 08:31', new Error('defect'))
    await expect(broken.sync.run('2026-11-26' as Session, signal)).rejects.toThrow('defect')
  })
})
