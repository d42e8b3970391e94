/** Bars for tests: a seeded market without a file. */
import { createHash } from 'node:crypto'
import type { RawBar } from '../../src/domain/bars/row-outcome.js'
import { createCalendar } from '../../src/domain/calendar/calendar.js'
import type { Session } from '../../src/domain/calendar/session.js'

const calendar = createCalendar()

export interface Rows {
  readonly symbol: string
  readonly from: string
  readonly count: number
  /** Other seeds give other prices. */
  readonly seed?: number
  /** 2 for an index, 0 for a share. */
  readonly decimals?: number
}

/** Consecutive sessions beginning with the first one at or after `from`. */
export function rawBars({ symbol, from, count, seed = 1, decimals = 2 }: Rows): RawBar[] {
  let session = calendar.nextSession(previousDay(from))
  let state = seed
  const draw = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
  let close = 2_000
  return Array.from({ length: count }, (_, index) => {
    const open = close * (1 + (draw() - 0.5) * 0.01)
    close *= 1 + (draw() - 0.5) * 0.03
    const high = Math.max(open, close) * (1 + draw() * 0.01)
    const low = Math.min(open, close) * (1 - draw() * 0.01)
    const bar = { row: index + 1, symbol, session, volume: 1_000_000 + Math.floor(draw() * 500_000) }
    session = calendar.nextSession(session)
    const fixed = (price: number): number => Number(price.toFixed(decimals))
    return { ...bar, open: fixed(open), high: fixed(high), low: fixed(low), close: fixed(close) }
  })
}

function previousDay(date: string): Session {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10) as Session
}

/** A delivery of rows through a program, as `ingestBars` takes it. */
export function delivery(rows: readonly RawBar[], onInvalid: 'FAIL' | 'SKIP' = 'FAIL') {
  return {
    source: 'API' as const,
    label: 'test',
    rank: 50,
    batches: [rows],
    checksum: () =>
      createHash('sha256')
        .update(rows.map((bar) => Object.values(bar).join(',')).join('\n'))
        .digest('hex'),
    onInvalid,
  }
}
