/**
 * The securities transaction tax: what the seller of a listed share owes of the price, by the day of settlement.
 *
 * A share counts as transferred when the exchange settles the trade, the second session after it, and the rate is that
 * of this day (Securities Transaction Tax Act, article 5; its Enforcement Decree, article 2; the Korea Securities
 * Depository, quoted in Joseplus on 2019-05-27). The rates are those of article 5 of the Decree; on KOSPI shares comes
 * 0.15 % by article 5 of the Act on Special Rural Development Tax. No other market has this surtax, and the totals of
 * KOSPI and KOSDAQ shares have been alike all along. Regimes, and where they were announced:
 *
 * - 1996-04: 0.30 % (Mediapen, 2019-05-29; KOSDAQ as well: Hankyung, 2005-01-06). Before, KOSPI shares bore 0.45 and
 *   0.50 %, which is not in the table: earlier sales get the rate of 1996 and look cheaper than they were.
 * - 2019-06-03: 0.25 %, KONEX 0.10 %, for sales from 2019-05-30 on (Hankook Ilbo, 2019-05-21).
 * - 2021-01-01: 0.23 %, for sales from 2020-12-29 on (Edaily, 2020-12-29).
 * - 2023-01-01: 0.20 % (IPG Legal, "Korean Securities Transaction Taxes", 2023-02; Decree 33209 of 2022-12-31).
 * - 2024-01-01: 0.18 %; 2025-01-01: 0.15 %, for sales from 2024-12-27 on (Hanyang Securities, notice of 2024-12-26).
 * - 2026-01-01: 0.20 % (Ministry of Economy and Finance, 2025-12-01, in Chosun Biz and Hankyung Business).
 *
 * Nobody sells an index, so nothing is owed for one.
 */
import type { Calendar } from '../calendar/calendar.js'
import type { Session } from '../calendar/session.js'
import type { Market, SymbolDefinition } from '../symbol.js'

/** What part of a sale's price is owed, as fractions. */
export interface TransactionTaxRate {
  readonly securitiesTax: number
  /** The surtax for agriculture, which stands beside the tax and is not a share of it. */
  readonly ruralTax: number
  /** Both together. */
  readonly total: number
}

/** By settlement, newest first, totals in basis points; `listed` is KOSPI and KOSDAQ alike. */
const REGIMES = [
  { from: '2026-01-01', listed: 20, konex: 10 },
  { from: '2025-01-01', listed: 15, konex: 10 },
  { from: '2024-01-01', listed: 18, konex: 10 },
  { from: '2023-01-01', listed: 20, konex: 10 },
  { from: '2021-01-01', listed: 23, konex: 10 },
  { from: '2019-06-03', listed: 25, konex: 10 },
] as const
const SINCE_1996 = { listed: 30, konex: 30 } as const
const RURAL = 15
const BASIS_POINT = 10_000

/** When a trade of this session is settled: two sessions later. */
export function settlementSession(calendar: Calendar, tradeSession: Session): Session {
  return calendar.nextSession(calendar.nextSession(tradeSession))
}

/** A share whose market nobody knows is taxed as one of the KOSPI: KOSDAQ's total is the same. */
export function transactionTaxRate(
  calendar: Calendar,
  symbol: Pick<SymbolDefinition, 'kind' | 'market'>,
  tradeSession: Session,
): TransactionTaxRate {
  if (symbol.kind === 'INDEX') return inFractions(0, 0)
  // Before the calendar's years, a day more or less meets no other rate.
  const settled = calendar.knows(tradeSession) ? settlementSession(calendar, tradeSession) : tradeSession
  const { listed, konex } = REGIMES.find(({ from }) => settled >= from) ?? SINCE_1996
  const market: Market = symbol.market ?? 'KOSPI'
  if (market === 'KONEX') return inFractions(konex, 0)
  return market === 'KOSDAQ' ? inFractions(listed, 0) : inFractions(listed - RURAL, RURAL)
}

function inFractions(securities: number, rural: number): TransactionTaxRate {
  return {
    securitiesTax: securities / BASIS_POINT,
    ruralTax: rural / BASIS_POINT,
    total: (securities + rural) / BASIS_POINT,
  }
}
