/**
 * Settlement: the session on which the exchange settles a trade, by the session of the trade.
 *
 * T+2: the second session after the trade (FSC, glossary; KRX, GLB0605020101).
 * T+1 is announced without a date: the FSC promised a roadmap before October 2026 (FSC vice chairman, 2026-06-23, in
 * Chosun Biz of 2026-06-24, which expects the consultants' report in December). When it is dated, it is one more line of
 * the table.
 */
import type { Calendar } from '../calendar/calendar.js'
import type { Session } from '../calendar/session.js'

export interface SettlementRegime {
  /** The first session of trades that settle so. */
  readonly from: string
  /** Sessions from the trade to its settlement. */
  readonly sessions: number
}

/** Newest first; the last one holds for all earlier trades. */
const SETTLEMENT_REGIMES: readonly SettlementRegime[] = [{ from: '0000-01-01', sessions: 2 }]

/** Returns the session on which a trade of this session settles. */
export function settlementSession(
  calendar: Calendar,
  tradeSession: Session,
  regimes: readonly SettlementRegime[] = SETTLEMENT_REGIMES,
): Session {
  const regime = regimes.find(({ from }) => tradeSession >= from)
  let settled = tradeSession
  for (let session = 0; session < (regime?.sessions ?? 0); session++) settled = calendar.nextSession(settled)
  return settled
}
