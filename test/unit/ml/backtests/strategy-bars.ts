import { NO_PERMITS } from '../../../../src/domain/backtests/short-sale-bans.js'
import { NO_TICK_RUNS } from '../../../../src/domain/bars/tick-runs.js'
import { createCalendar } from '../../../../src/domain/calendar/calendar.js'
import { Generator } from '../../../../src/ml/generator.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import type {
  SessionBefore,
  StrategyOptions,
  StrategySession,
} from '../../../../src/ml/backtests/strategy-execution.js'

const CALENDAR = createCalendar()

/** Long or flat, free of costs, an index: what a test does not say. */
export const FREE: StrategyOptions = {
  kind: 'LONG_FLAT',
  threshold: 0,
  optimistic: false,
  commissionBps: 0,
  slippageBps: 0,
  slippageTicks: 0,
  shortSales: NO_PERMITS,
  symbol: { kind: 'INDEX', market: 'KOSPI' },
  calendar: CALENDAR,
}
export const SHARE = { kind: 'COMMON_SHARE', market: 'KOSPI' } as const

export function before(close = 100, session = '2019-06-03', flags = 0): SessionBefore {
  return { session: session as Session, close, previousClose: close, flags, ticks: NO_TICK_RUNS }
}

/** Sessions after the one before, each `[open, close, predicted return, flags]`. */
export function sessionsAfter(
  { session: last }: SessionBefore,
  values: readonly (readonly [number, number, number | null, number?])[],
): StrategySession[] {
  let session = last
  return values.map(([open, close, predictedReturn, flags = 0]) => {
    session = CALENDAR.nextSession(session)
    return { session, open, close, predictedReturn, flags }
  })
}

/** A random walk with forecasts that know nothing. */
export function randomSessions(seed: number, count: number, start: SessionBefore): StrategySession[] {
  const generator = Generator.fromSeed(seed)
  const change = (width: number): number => (generator.nextUniform() - 0.5) * width
  let close = start.close
  return sessionsAfter(
    start,
    Array.from({ length: count }, () => {
      const open = close * (1 + change(0.02))
      close = open * (1 + change(0.04))
      return [open, close, change(0.02)] as const
    }),
  )
}
