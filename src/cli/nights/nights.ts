/** `kospigraph nights`: lists nights with their outcomes, newest first. */
import { NO_OUTCOMES } from '../../domain/nights/night-record.js'
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
  const counts = await nights.counts(items.map(({ session }) => session))
  const listed = items.map((night, at) => ({ night, counts: counts[at] ?? NO_OUTCOMES }))
  if (listed.length === 0) terminal.note('No night is on record; "kospigraph night" runs one.')
  else {
    const rows = listed.map(({ night, counts: outcomes }) => [
      night.session,
      night.status,
      night.trigger,
      night.expected === null ? '-' : outcomesText(outcomes),
      night.reason ?? '',
    ])
    const headings = ['night', 'status', 'trigger', 'outcomes', 'reason']
    terminal.print(table([headings, ...rows], { width: terminal.columns }))
  }
  noteMore(terminal, hasNextPage)
  terminal.result({
    nights: listed.map(({ night, counts: outcomes }) => nightJson(night, outcomes)),
    hasMore: hasNextPage,
  })
  return 0
}
