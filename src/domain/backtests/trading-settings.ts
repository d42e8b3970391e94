/**
 * Trading settings: what a backtest keeps about its instrument and the rules of trading, so that a rerun trades by the
 * same ones.
 */
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

/** Returns the settings of a new backtest of a symbol. */
export function tradingSettings(
  { kind, market, name }: Pick<SymbolDefinition, 'kind' | 'market' | 'name'>,
  shortSales: ShortSalePermits = NO_PERMITS,
): TradingSettings {
  const leverage = leverageOf({ kind, name })
  return { rules: TRADING_RULES, instrument: { kind, market, leverage }, shortSales }
}
