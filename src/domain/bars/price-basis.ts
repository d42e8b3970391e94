/**
 * Price basis: the hours that the close and the volume of a bar cover, and the corporate actions that its prices are
 * adjusted for.
 *
 * The exchange trades after hours, 16:00 to 20:00, since {@link AFTER_MARKET_FROM}. Its official close is still that of
 * the regular session, but vendors differ. Bars of earlier sessions, and those of instruments that the after-market
 * does not trade, are of the regular session whatever their source.
 */
import type { Session } from '../calendar/session.js'
import type { SymbolKind } from '../symbol.js'
import type { TradingHoursBasis } from '../trading-hours-basis.js'

export { TRADING_HOURS_BASES } from '../trading-hours-basis.js'
export type { TradingHoursBasis }

/**
 * `RAW`: prices as traded. `SPLIT_ADJUSTED`: adjusted for splits, consolidations and the like. `FULLY_ADJUSTED`:
 * adjusted for dividends too. `UNKNOWN`: the source does not state it.
 */
export const PRICE_ADJUSTMENTS = ['RAW', 'SPLIT_ADJUSTED', 'FULLY_ADJUSTED', 'UNKNOWN'] as const
export type PriceAdjustment = (typeof PRICE_ADJUSTMENTS)[number]

/** The basis that a source states for its bars. */
export interface PriceBasis {
  readonly closeBasis: TradingHoursBasis
  readonly volumeBasis: TradingHoursBasis
  readonly adjustment: PriceAdjustment
}

export const UNKNOWN_BASIS: PriceBasis = {
  closeBasis: 'UNKNOWN',
  volumeBasis: 'UNKNOWN',
  adjustment: 'UNKNOWN',
}

/** The first session with an after-market on the exchange. */
export const AFTER_MARKET_FROM = '2026-09-14' as Session

/** Kinds that the after-market does not trade. */
export const REGULAR_ONLY: readonly SymbolKind[] = ['INDEX', 'ETF', 'ETN']

/** Whether bars of the session may cover the after-market, or end before it, depending on their source. */
export function isOfAfterMarket(session: Session, kind: SymbolKind): boolean {
  return session >= AFTER_MARKET_FROM && !REGULAR_ONLY.includes(kind)
}

/** The basis of one bar, given the basis that its source states. */
export function basisOfBar(
  stated: PriceBasis,
  { session, kind }: { readonly session: Session; readonly kind: SymbolKind },
): PriceBasis {
  if (isOfAfterMarket(session, kind)) return stated
  return { ...stated, closeBasis: 'REGULAR', volumeBasis: 'REGULAR' }
}

/** A symbol's basis as stored: null before its first bar of a session with an after-market. */
interface KeptBasis {
  readonly kind: SymbolKind
  readonly closeBasis: TradingHoursBasis | null
  readonly volumeBasis: TradingHoursBasis | null
}

/** The hours that the closes of a symbol cover, all of which have one basis, and those of its newest volumes. */
export function basisOfSymbol({
  kind,
  closeBasis,
  volumeBasis,
}: KeptBasis): Pick<PriceBasis, 'closeBasis' | 'volumeBasis'> {
  if (REGULAR_ONLY.includes(kind)) return { closeBasis: 'REGULAR', volumeBasis: 'REGULAR' }
  return { closeBasis: closeBasis ?? 'REGULAR', volumeBasis: volumeBasis ?? 'REGULAR' }
}

/** Indexes of the bars whose volume covers other hours than that of the bar before: the two are no measure of each other. */
export function volumeBreaks(bases: readonly TradingHoursBasis[]): number[] {
  return bases.flatMap((basis, at) => (at > 0 && basis !== bases[at - 1] ? [at] : []))
}
