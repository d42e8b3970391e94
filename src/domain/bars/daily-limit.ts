/**
 * The daily limit: how far an instrument may trade from its base price, the last close, in one session.
 *
 * KOSPI (KRX, "Daily Price Limits", global.krx.co.kr GLB0602010201T5, read 2026-11): 6 % from 1995-04-01, 8 % from
 * 1996-11-24, which was a Sunday, 12 % from 1998-03-02, 15 % from 1998-12-07, 30 % from 2015-06-15. Before, the limits
 * were amounts of won in 17 bands of prices, which are left out.
 *
 * KOSDAQ: 8 % from 1996-11 (Hankyung, 2005-02-22), 12 % from 1998-04 (the same) or 1998-05 (Nocut News, 2015-06-14),
 * 15 % from 2005-03-28 (Sedaily, 1HV504Z6AE), 30 % with the KOSPI (KRX, GLB0602020202T2). Where newspapers name a month,
 * the table begins with its first day; of two months it takes the earlier. Lists without a source give 1996-07-01 and
 * 1998-05-25.
 *
 * KONEX: 15 % since it opened on 2013-07-01 (BNK Securities, "KONEX").
 *
 * ETFs and ETNs with leverage have the limit times their multiple: 60 % where it is 2 (KRX, same page).
 *
 * Without a limit of the last close are: the first session of a listing (since 2023-06-26 60 to 400 % of the offering
 * price, before 63 to 260 %: Yonhap, 2023-06-22, KOSPI and KOSDAQ), the liquidation trading before a delisting (KRX;
 * on the KOSDAQ since 2003-03-31, until then in its first session only: Hankyung, 2003-03-28), ELWs and rights.
 *
 * The exchange traded on Saturdays until 1998-12-05, and vendors lack those sessions. A move from Friday to Monday may
 * therefore be that of two limits.
 */
import type { Session } from '../calendar/session.js'
import type { Market, SymbolKind } from '../symbol.js'
import { tickSize } from './tick-size.js'
import type { TickTable } from './tick-size.js'

interface Regime {
  readonly from: string
  readonly limit: number
}

/** Newest first. */
const DAILY_LIMITS: Readonly<Record<Market, readonly Regime[]>> = {
  KOSPI: [
    { from: '2015-06-15', limit: 0.3 },
    { from: '1998-12-07', limit: 0.15 },
    { from: '1998-03-02', limit: 0.12 },
    { from: '1996-11-24', limit: 0.08 },
    { from: '1995-04-01', limit: 0.06 },
  ],
  KOSDAQ: [
    { from: '2015-06-15', limit: 0.3 },
    { from: '2005-03-28', limit: 0.15 },
    { from: '1998-04-01', limit: 0.12 },
    { from: '1996-11-01', limit: 0.08 },
  ],
  KONEX: [{ from: '2013-07-01', limit: 0.15 }],
}
/** Without an instrument, only the limits that hold for shares of every market but the KONEX count. */
const COMMON_FROM = '1998-12-07'
/** Tolerance above the limit, as a fraction: prices are rounded to ticks, which may lie past the limit. */
export const LIMIT_ROUNDING = 0.005
/**
 * Tolerance below the limit, as a fraction of the last close, for prices whose ticks are not known. The exchange rounds
 * the width of the limit down to the tick of the base price, and the upper limit down to its own, coarser tick: a last
 * close of 9,940 gave 12,900, which is 0.2 % of the close below 30 %. With ticks of at most 0.5 % of a price, as from 200
 * won on, the difference is at most 0.8 %. So any price this near counts as at the limit.
 */
const LIMIT_INSIDE = 0.01

/** What decides the limit of an instrument. */
export interface LimitedInstrument {
  readonly kind: SymbolKind
  /** Null where it is not known; the wider limit then holds. */
  readonly market: Market | null
  /** Multiple of an ETF or ETN, as 2 or -2; see {@link leverageOf}. */
  readonly leverage?: number
}

/** The largest multiple that a name may state; the exchange lists none above 3. */
const MAX_LEVERAGE = 3
const MULTIPLE = /(\d(?:\.\d+)?)\s?X(?![A-Z0-9])/i

/**
 * Returns the multiple that the name of an ETF or ETN states, as `2X` or `레버리지` do, always as a positive number; 1
 * where it states none, and for all other kinds.
 */
export function leverageOf({ kind, name }: { readonly kind: SymbolKind; readonly name: string }): number {
  if (kind !== 'ETF' && kind !== 'ETN') return 1
  const stated = Number(MULTIPLE.exec(name)?.[1] ?? Number.NaN)
  if (stated >= 1 && stated <= MAX_LEVERAGE) return stated
  return /레버리지|leverage/i.test(name) ? 2 : 1
}

/**
 * Returns the limit as a fraction of the last close; Infinity where none is on record.
 * @param instrument without one, the limit of a KOSPI share from 1998-12-07 on, and Infinity before
 */
export function dailyLimit(session: Session, instrument?: LimitedInstrument): number {
  if (instrument === undefined && session < COMMON_FROM) return Infinity
  const regimes = DAILY_LIMITS[instrument?.market ?? 'KOSPI']
  const limit = regimes.find(({ from }) => session >= from)?.limit ?? Infinity
  return limit * Math.max(1, Math.abs(instrument?.leverage ?? 1))
}

/**
 * Returns the exact limits around a last close, as the exchange rounds them: the width down to the tick of the last
 * close, and at least one tick; the upper limit down to its own tick (KRX, "Calculation of Upper/Lower Price Limit").
 * The lower limit needs no rounding, because ticks of lower prices divide those of higher ones. Of 473,385 sessions of
 * 1,384 symbols in 2023 to 2025, 1,565 highs and 107 lows lie exactly on these limits, and all that lie beyond had
 * another base price or were adjusted.
 * @returns undefined where no limit or no tick is on record, and where the last close lies on no tick
 */
export function priceLimits(
  session: Session,
  previousClose: number,
  { limit, tickTable }: { readonly limit: number; readonly tickTable: TickTable },
): { readonly lower: number; readonly upper: number } | undefined {
  const tick = tickSize(tickTable, session, previousClose)
  if (tick === undefined || limit === Infinity || previousClose % tick !== 0) return undefined
  // 0.3 has no exact binary fraction, so a width of whole ticks must not fall below them.
  const width = Math.max(1, Math.floor((previousClose * limit) / tick + 1e-9)) * tick
  const highest = previousClose + width
  const upperTick = tickSize(tickTable, session, highest) ?? tick
  return { lower: previousClose - width, upper: highest - (highest % upperTick) }
}

/** `BEYOND`: further than the limit allows, so the last close was not the base price. */
export type LimitState = 'WITHIN' | 'UPPER' | 'LOWER' | 'BEYOND'

export interface LimitRules {
  readonly instrument?: LimitedInstrument
  /** The ticks that the prices lie on; null where they are adjusted or not known, and limits are approximate. */
  readonly tickTable?: TickTable | null
}

/** Classifies a price of the session against the limits around the previous close. */
export function limitState(
  session: Session,
  price: number,
  previousClose: number,
  { instrument, tickTable = null }: LimitRules = {},
): LimitState {
  const limit = dailyLimit(session, instrument)
  const exact = tickTable === null ? undefined : priceLimits(session, previousClose, { limit, tickTable })
  if (exact) {
    if (price > exact.upper || price < exact.lower) return 'BEYOND'
    if (price === exact.upper) return 'UPPER'
    return price === exact.lower ? 'LOWER' : 'WITHIN'
  }
  const move = (price - previousClose) / previousClose
  if (Math.abs(move) > limit + LIMIT_ROUNDING) return 'BEYOND'
  if (Math.abs(move) < limit - LIMIT_INSIDE) return 'WITHIN'
  return move > 0 ? 'UPPER' : 'LOWER'
}
