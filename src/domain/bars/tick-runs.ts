/**
 * Tick runs: how many of a symbol's newest closes lie on the ticks of each table, session by session.
 *
 * They decide, from earlier bars alone, whether the prices of a session are as traded: prices divided by the ratio of a
 * split leave the ticks. `price-grid.ts` decides the same for the newest bars at once. A close that repeats the one before
 * it shows nothing, so it does not count.
 */
import { DECIDING_CLOSES, tickTablesOf } from './price-grid.js'
import { TICK_TABLES, tickSize } from './tick-size.js'
import type { TickTable } from './tick-size.js'
import type { Session } from '../calendar/session.js'
import type { SymbolDefinition } from '../symbol.js'

export interface TickRuns {
  readonly close: number | null
  /** Consecutive closes on the ticks, at most the number that decides. */
  readonly counts: Readonly<Record<TickTable, number>>
}

export const NO_TICK_RUNS: TickRuns = { close: null, counts: { KOSPI: 0, KOSDAQ: 0, FUND: 0 } }

/** Returns the runs after one more close. */
export function addClose(runs: TickRuns, session: Session, close: number): TickRuns {
  if (close === runs.close) return runs
  const countOf = (table: TickTable): number => {
    const tick = tickSize(table, session, close)
    if (tick === undefined || close % tick !== 0) return 0
    return Math.min(DECIDING_CLOSES, runs.counts[table] + 1)
  }
  const [KOSPI, KOSDAQ, FUND] = TICK_TABLES.map(countOf) as [number, number, number]
  return { close, counts: { KOSPI, KOSDAQ, FUND } }
}

/** The table that the closes lie on; null where they lie on none, or are too few to tell. */
export function tickTableOf(
  { counts }: TickRuns,
  symbol: Pick<SymbolDefinition, 'kind' | 'market'>,
): TickTable | null {
  return tickTablesOf(symbol).find((table) => counts[table] === DECIDING_CLOSES) ?? null
}
