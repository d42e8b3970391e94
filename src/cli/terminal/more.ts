/** The line under a list that was cut. */
import type { Terminal } from './terminal.js'

export function noteMore(terminal: Terminal, hasMore: boolean): void {
  if (hasMore) terminal.note('There are more; --limit lists more of them.')
}
