/**
 * Trading settings: what a backtest keeps about its instrument and the rules of trading, so that a rerun trades by the
 * same ones.
 */
import type { MarketPeriod } from '../bars/instruments/listed-instrument.js'
import type { Session } from '../calendar/session.js'
import type { SymbolDefinition } from '../symbol.js'
import { leverageOf } from '../bars/daily-limit.js'
import { NO_PERMITS } from './short-sale-bans.js'
import type { ShortSalePermits } from './short-sale-bans.js'
import type { TradedInstrument } from './traded-instrument.js'

/**
 * The version of the rules of trading; raised with every change of them, because rows of two versions do not compare. 1
 * had neither short-sale bans nor dated limits by market, and traded on after ruin.
 */
export const TRADING_RULES = 2

export interface TradingSettings {
  readonly rules: number
  readonly instrument: TradedInstrument
  readonly shortSales: ShortSalePermits
}

/** Returns the version that a backtest with these settings was computed under. */
export function tradingRulesOf({ trading }: { readonly trading?: TradingSettings }): number {
  return trading?.rules ?? 1
}

/** Before the first session of the exchange, for a market whose start is not on record. */
const FROM_THE_START = '1956-01-01' as Session

/**
 * Returns the settings of a new backtest of a symbol.
 * @param periods its markets, oldest first, as the symbol master has them
 */
export function tradingSettings(
  { kind, market, name }: Pick<SymbolDefinition, 'kind' | 'market' | 'name'>,
  shortSales: ShortSalePermits = NO_PERMITS,
  periods: readonly MarketPeriod[] = [],
): TradingSettings {
  const leverage = leverageOf({ kind, name })
  // One period states no more than the market itself.
  const markets = periods.map(({ from, market: of }) => ({ from: from ?? FROM_THE_START, market: of }))
  const instrument = { kind, market, leverage, ...(markets.length > 1 && { markets }) }
  return { rules: TRADING_RULES, instrument, shortSales }
}
