/** Ends abandoned nights, whose jobs have no attempt left. */
import type { Calendar } from '../../domain/calendar/calendar.js'
import { ABANDONED } from '../../domain/queue/job.js'
import type { Clock } from '../../domain/clock.js'
import type { Session } from '../../domain/calendar/session.js'
import type { AbandonedNights } from '../../db/nights/abandoned-nights.js'
import type { NightWriter } from '../../db/nights/night-writer.js'
import { membersOf } from './run-night.js'

/** @returns the nights that were ended */
export type FailAbandonedNights = () => Promise<readonly Session[]>

export function createFailAbandonedNights(deps: {
  readonly abandoned: AbandonedNights
  readonly log: NightWriter
  readonly calendar: Calendar
  readonly clock: Clock
}): FailAbandonedNights {
  const { abandoned, calendar, clock } = deps
  return async () => {
    const ended: Session[] = []
    for (const date of await abandoned.dates()) {
      const members = await membersOf(deps, date)
      const message = `${ABANDONED}: runNightNow restarts the night until ${calendar.nextSession(date)} opens`
      const abandonment = { code: 'ABANDONED', message }
      const ids = members.map(({ id }) => id)
      if (await abandoned.end(date, ids, abandonment, clock.now())) ended.push(date)
    }
    return ended
  }
}
