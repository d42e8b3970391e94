/**
 * The grid of prices that a symbol trades on: the exchange's ticks where its closes lie on them, otherwise the units of
 * its decimals.
 *
 * Bars do not tell whether their prices are adjusted, nor whether a code is a fund's. The newest closes do: prices
 * divided by the ratio of a split leave the ticks, and a fund's leave the ticks of shares. A grid that 20 closes lie on
 * by chance is less likely than 1 in 10^6 even where every second price fits.
 */
import { powerOf10 } from './decimals.js'
import { tickSize } from './tick-size.js'
import type { TickTable } from './tick-size.js'
import type { Session } from '../calendar/session.js'
import type { Market, SymbolDefinition } from '../symbol.js'

export interface PriceGrid {
  /** Null where prices lie on no table's ticks: those of an index, and adjusted ones. */
  readonly tickTable: TickTable | null
  readonly decimals: number
}

/** Closes that decide; with fewer there is no tick. */
export const DECIDING_CLOSES = 20
/** A price this near to a step, as a share of it, lies on it: binary fractions are not exact. */
const ON_STEP = 1e-6

/** The first table that fits decides; a market that is not known may be any. */
const TABLES: Readonly<Record<Market | 'UNKNOWN', readonly TickTable[]>> = {
  KOSPI: ['KOSPI', 'FUND'],
  KOSDAQ: ['KOSDAQ'],
  KONEX: ['KOSDAQ'],
  UNKNOWN: ['KOSPI', 'KOSDAQ', 'FUND'],
}

/** The tables that may hold for a symbol, the likelier ones first; none for an index, which is not traded. */
export function tickTablesOf({
  kind,
  market,
}: Pick<SymbolDefinition, 'kind' | 'market'>): readonly TickTable[] {
  if (kind === 'INDEX') return []
  return kind === 'ETF' || kind === 'ETN' ? ['FUND'] : TABLES[market ?? 'UNKNOWN']
}

/**
 * Finds the grid that the newest closes lie on.
 * @param bars closes of consecutive sessions, in their order
 */
export function priceGridOf(
  { kind, market, decimals }: Pick<SymbolDefinition, 'kind' | 'market' | 'decimals'>,
  bars: { readonly sessions: readonly Session[]; readonly close: ArrayLike<number> },
): PriceGrid {
  const first = bars.sessions.length - DECIDING_CLOSES
  // Ticks are whole won, and an index is not traded.
  if (kind === 'INDEX' || decimals > 0 || first < 0) return { tickTable: null, decimals }
  const fits = (table: TickTable): boolean =>
    bars.sessions.slice(first).every((session, at) => {
      const close = bars.close[first + at] ?? Number.NaN
      const tick = tickSize(table, session, close)
      return tick !== undefined && close % tick === 0
    })
  return { tickTable: tickTablesOf({ kind, market }).find(fits) ?? null, decimals }
}

/** The step between neighbouring prices: a tick, or one unit of the decimals. */
export function priceStep({ tickTable, decimals }: PriceGrid, session: Session, price: number): number {
  const tick = tickTable === null ? undefined : tickSize(tickTable, session, price)
  return tick ?? 1 / powerOf10(decimals)
}

export type Rounding = 'NEAREST' | 'DOWN' | 'UP'

/**
 * Moves a price to the grid. A positive price stays positive: the lowest price is one step.
 * @param session decides which ticks are in force
 */
export function toPriceGrid(
  { tickTable, decimals }: PriceGrid,
  session: Session,
  price: number,
  rounding: Rounding,
): number {
  const tick = tickTable === null ? undefined : tickSize(tickTable, session, price)
  // Steps below 1 are counted by multiplication: 0.01 has no exact binary fraction, 100 has.
  const [numerator, denominator] = tick === undefined ? [powerOf10(decimals), 1] : [1, tick]
  const steps = roundSteps((price * numerator) / denominator, rounding)
  return ((price > 0 ? Math.max(steps, 1) : steps) * denominator) / numerator
}

function roundSteps(steps: number, rounding: Rounding): number {
  const nearest = Math.round(steps)
  if (rounding === 'NEAREST' || Math.abs(steps - nearest) <= ON_STEP) return nearest
  return rounding === 'DOWN' ? Math.floor(steps) : Math.ceil(steps)
}
