/** `kospigraph nights`: lists nights with their outcomes, newest first. */
import type { Session } from '../../domain/calendar/session.js'
import { NO_OUTCOMES } from '../../domain/nights/night-record.js'
import type { NightCounts, NightRecord } from '../../domain/nights/night-record.js'
import type { Nights } from '../../services/nights/nights.js'
import { table } from '../terminal/layout.js'
import { noteMore } from '../terminal/more.js'
import { firstRows } from '../terminal/option-values.js'
import type { Terminal } from '../terminal/terminal.js'
import { nightJson, outcomesText } from './night-text.js'

export async function runNights(
  nights: Pick<Nights, 'nights' | 'counts'>,
  terminal: Terminal,
  limit: number,
): Promise<0> {
  const { items, hasNextPage } = await nights.nights(firstRows(limit))
  const [real, simulated] = await Promise.all([
    countsBySession(nights, items, false),
    countsBySession(nights, items, true),
  ])
  const listed = items.map((night) => ({
    night,
    counts: (night.simulated ? simulated : real).get(night.session) ?? NO_OUTCOMES,
  }))
  if (listed.length === 0) terminal.note('No night is on record; "kospigraph night" runs one.')
  else {
    const rows = listed.map(({ night, counts: outcomes }) => [
      night.session,
      night.simulated ? 'simulated' : 'real',
      night.status,
      night.trigger,
      night.expected === null ? '-' : outcomesText(outcomes),
      night.reason ?? '',
    ])
    const headings = ['night', 'symbols', 'status', 'trigger', 'outcomes', 'reason']
    terminal.print(table([headings, ...rows], { width: terminal.columns }))
  }
  noteMore(terminal, hasNextPage)
  terminal.result({
    nights: listed.map(({ night, counts: outcomes }) => nightJson(night, outcomes)),
    hasMore: hasNextPage,
  })
  return 0
}

async function countsBySession(
  nights: Pick<Nights, 'counts'>,
  items: readonly NightRecord[],
  simulated: boolean,
): Promise<ReadonlyMap<Session, NightCounts>> {
  const sessions = items.filter((night) => night.simulated === simulated).map(({ session }) => session)
  const counts = sessions.length === 0 ? [] : await nights.counts(sessions, simulated)
  return new Map(sessions.map((session, at) => [session, counts[at] ?? NO_OUTCOMES]))
}
