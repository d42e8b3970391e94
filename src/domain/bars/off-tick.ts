/**
 * Whether a bar's prices can have been traded: on the units of the symbol's decimals, and where the source states that
 * they are unadjusted, on the exchange's ticks.
 *
 * A share that moved between markets had the ticks of either, and an instrument of unknown kind may be a fund, so a
 * price that lies on any of the tables passes. Prices from before the tables are not checked.
 */
import type { Bar } from './bar.js'
import { isOnUnit } from './decimals.js'
import { tickSize } from './tick-size.js'
import type { TickTable } from './tick-size.js'
import type { SymbolDefinition } from '../symbol.js'

type Prices = Pick<Bar, 'session' | 'open' | 'high' | 'low' | 'close'>

/**
 * Since Nextrade began to trade, the exchange takes orders at the middle of the best bid and ask, so highs and lows may
 * lie on half a tick (Seoul Economic Daily, 2025-02-27).
 */
const MID_PRICES_FROM = '2025-03-04'
const OF_SHARES: readonly TickTable[] = ['KOSPI', 'KOSDAQ']
const OF_FUNDS: readonly TickTable[] = ['FUND']
const OF_ANY: readonly TickTable[] = [...OF_SHARES, ...OF_FUNDS]
const NONE: readonly TickTable[] = []

export function areOffUnit({ open, high, low, close }: Prices, { decimals }: SymbolDefinition): boolean {
  return !(
    isOnUnit(open, decimals) &&
    isOnUnit(high, decimals) &&
    isOnUnit(low, decimals) &&
    isOnUnit(close, decimals)
  )
}

/** Whether unadjusted prices lie beside every tick that may have been in force; false where no table is known. */
export function areOffTick({ session, open, high, low, close }: Prices, symbol: SymbolDefinition): boolean {
  const tables = tablesOf(symbol)
  const [first] = tables
  if (first === undefined) return false
  // Ticks grow with the price, and each divides the next: nearly every bar lies on the tick of its high.
  const largest = tickSize(first, session, high)
  if (largest === undefined) return false
  if (close % largest === 0 && open % largest === 0 && high % largest === 0 && low % largest === 0)
    return false
  const isOff = (price: number, share: number): boolean => {
    for (const table of tables) {
      const tick = tickSize(table, session, price)
      if (tick === undefined || price % (tick * share) === 0) return false
    }
    return true
  }
  // Opens and closes come from auctions, which have no orders at the middle of two ticks.
  const between = session >= MID_PRICES_FROM ? 0.5 : 1
  return isOff(close, 1) || isOff(open, 1) || isOff(high, between) || isOff(low, between)
}

function tablesOf({ kind, market }: SymbolDefinition): readonly TickTable[] {
  if (kind === 'INDEX' || (market === null && kind !== 'ETF' && kind !== 'ETN')) return NONE
  if (kind === 'ETF' || kind === 'ETN') return OF_FUNDS
  return kind === 'UNKNOWN' ? OF_ANY : OF_SHARES
}
