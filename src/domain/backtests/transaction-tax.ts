/**
 * The securities transaction tax: the share of the price that the seller of a listed share owes, by settlement date.
 *
 * A share counts as transferred when the exchange settles the trade (`settlement.ts`), and the rate of that day applies (Securities Transaction Tax Act, article 5; its Enforcement Decree, article 2; the Korea Securities
 * Depository, quoted in Joseplus on 2019-05-27). The rates are those of article 5 of the Decree. KOSPI shares bear a
 * surtax of 0.15 % (article 5 of the Act on Special Rural Development Tax) and no other market does; the totals of
 * KOSPI and KOSDAQ shares have always been equal. Regimes, and where they were announced:
 *
 * - 1996-04: 0.30 % (Mediapen, 2019-05-29; KOSDAQ as well: Hankyung, 2005-01-06). Before, KOSPI shares bore 0.45 and
 *   0.50 %. The table lacks those rates: earlier sales get the rate of 1996, which is too low.
 * - 2019-06-03: 0.25 %, KONEX 0.10 %, for sales from 2019-05-30 on (Hankook Ilbo, 2019-05-21).
 * - 2021-01-01: 0.23 %, for sales from 2020-12-29 on (Edaily, 2020-12-29).
 * - 2023-01-01: 0.20 % (IPG Legal, "Korean Securities Transaction Taxes", 2023-02; Decree 33209 of 2022-12-31).
 * - 2024-01-01: 0.18 %; 2025-01-01: 0.15 %, for sales from 2024-12-27 on (Hanyang Securities, notice of 2024-12-26).
 * - 2026-01-01: 0.20 % (Ministry of Economy and Finance, 2025-12-01, in Chosun Biz and Hankyung Business); KOSPI shares
 *   0.05 % and the surtax.
 *
 * The tax is on shares. ETFs owe none (KRX, "Taxation", GLB0605010103), nor do ETNs (Samsung Asset Management, KODEX FAQ); neither do ELWs, which are no symbols here. Some blogs state 0.20 % for leveraged ETFs, or for all ETFs since
 * 2026, without naming a law. A REIT and a SPAC are shares. An index cannot be sold, so its rate is 0.
 */
import { BASIS_POINTS_PER_UNIT } from './basis-point.js'
import type { Calendar } from '../calendar/calendar.js'
import type { Session } from '../calendar/session.js'
import type { Market, SymbolKind } from '../symbol.js'
import { settlementSession } from './settlement.js'
import { instrumentOn } from './traded-instrument.js'
import type { TradedInstrument } from './traded-instrument.js'

/** Tax rates as fractions of a sale's price. */
export interface TransactionTaxRate {
  readonly securitiesTax: number
  /** The rural development surtax, a fraction of the price and not of the tax. */
  readonly ruralTax: number
  /** Sum of both. */
  readonly total: number
}

/** Totals in basis points by settlement date, newest first; `listed` holds for KOSPI and KOSDAQ. */
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

/** Kinds without the tax: an index, and those that are no shares. */
const UNTAXED: ReadonlySet<SymbolKind> = new Set<SymbolKind>(['INDEX', 'ETF', 'ETN'])

/**
 * Returns the tax rate of a sale in `tradeSession`. An instrument of unknown kind is taxed as a share, and one of unknown
 * market as a KOSPI share; the total of a KOSDAQ share is the same.
 */
export function transactionTaxRate(
  calendar: Calendar,
  instrument: TradedInstrument,
  tradeSession: Session,
): TransactionTaxRate {
  if (UNTAXED.has(instrument.kind)) return inFractions(0, 0)
  // No rate changed before the years that the calendar knows, so the trade's own date gives the same rate.
  const settled = calendar.knows(tradeSession) ? settlementSession(calendar, tradeSession) : tradeSession
  const { listed, konex } = REGIMES.find(({ from }) => settled >= from) ?? SINCE_1996
  const market: Market = instrumentOn(instrument, tradeSession).market ?? 'KOSPI'
  if (market === 'KONEX') return inFractions(konex, 0)
  return market === 'KOSDAQ' ? inFractions(listed, 0) : inFractions(listed - RURAL, RURAL)
}

function inFractions(securities: number, rural: number): TransactionTaxRate {
  return {
    securitiesTax: securities / BASIS_POINTS_PER_UNIT,
    ruralTax: rural / BASIS_POINTS_PER_UNIT,
    total: (securities + rural) / BASIS_POINTS_PER_UNIT,
  }
}
