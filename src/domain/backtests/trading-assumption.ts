/** Assumptions: what a backtest assumed about its instrument, for lack of data, that a reader of its results must know. */

/**
 * `INDEX_PROXY`: an index cannot be traded, and its prices stood for those of a future or fund. `KIND_UNKNOWN`: taxed and
 * limited as a share. `MARKET_UNKNOWN`: taxed and limited as on the KOSPI. `NO_SHORT_LIST`: short sales were refused
 * because no list states which shares were permitted. `NO_TICK`: some fills had no known tick, so slippage in ticks was not
 * charged.
 */
export const TRADING_ASSUMPTIONS = [
  'INDEX_PROXY',
  'KIND_UNKNOWN',
  'MARKET_UNKNOWN',
  'NO_SHORT_LIST',
  'NO_TICK',
] as const
export type TradingAssumption = (typeof TRADING_ASSUMPTIONS)[number]
