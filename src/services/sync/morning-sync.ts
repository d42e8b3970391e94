/**
 * The sync before a session opens: asks the providers that publish on the next morning, whose bars correct those of the
 * night as revisions. Requested once a session, however many schedulers run, and never once the session has opened.
 */
import { koreanDate, koreanInstant } from '../../domain/calendar/korean-time.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Session } from '../../domain/calendar/session.js'
import type { Clock } from '../../domain/clock.js'
import type { MorningSyncStore } from '../../db/sync/morning-syncs.js'
import { KospigraphError } from '../../errors.js'
import type { SyncBars } from './sync-bars.js'

/** When it is due, `HH:MM` in Korea. */
const DUE = '08:30'

export interface MorningSync {
  /** Queues the sync that is due, if it has not been queued; the message tells what was done. */
  request(): Promise<{ readonly message: string }>
  /** Syncs until the session opens. @throws the signal's reason where it aborts */
  run(date: Session, signal: AbortSignal): Promise<void>
}

export function createMorningSync(deps: {
  readonly store: MorningSyncStore
  readonly syncBars: SyncBars
  readonly calendar: Calendar
  readonly clock: Clock
  readonly warn: (line: string) => void
}): MorningSync {
  const { store, syncBars, calendar, clock, warn } = deps
  return {
    async request() {
      const now = clock.now()
      const date = koreanDate(now)
      if (!calendar.isSession(date)) return { message: `there is no morning sync: ${date} is not a session` }
      if (now < koreanInstant(date, DUE)) return { message: `the morning sync of ${date} is not due yet` }
      if (now >= calendar.sessionOpen(date))
        return { message: `${date} has opened, so its morning sync is over` }
      const isNew = await store.request(date, now)
      return { message: `the morning sync of ${date} ${isNew ? 'begins' : 'has been requested already'}` }
    },

    async run(date, signal) {
      const leftMs = calendar.sessionOpen(date).getTime() - clock.now().getTime()
      if (leftMs <= 0) return
      const opened = AbortSignal.timeout(leftMs)
      try {
        await syncBars({ publication: 'NEXT_MORNING', signal: AbortSignal.any([signal, opened]) })
      } catch (error) {
        signal.throwIfAborted()
        if (opened.aborted) warn(`the morning sync of ${date} ended with the opening of the session`)
        else if (error instanceof KospigraphError) warn(`the morning sync of ${date}: ${error.message}`)
        else throw error
      }
    },
  }
}
