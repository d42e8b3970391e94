/** What follows from a symbol's kind and market: the ticks that its prices move in, and the tax on its sale. */
import type { TickTable } from '../tick-size.js'
import type { SymbolDefinition } from '../../symbol.js'

export const TAX_CLASSES = ['EXEMPT', 'KOSPI', 'KOSDAQ', 'KONEX'] as const
/** Which transaction tax a seller owes: none for funds, notes and indices, otherwise that of the market. */
export type TaxClass = (typeof TAX_CLASSES)[number]

type KindAndMarket = Pick<SymbolDefinition, 'kind' | 'market'>

/** @returns null for an index, which has no ticks, and for an instrument of unknown market */
export function tickTableOf({ kind, market }: KindAndMarket): TickTable | null {
  if (kind === 'INDEX') return null
  if (kind === 'ETF' || kind === 'ETN') return 'FUND'
  return market === 'KONEX' ? 'KOSDAQ' : market
}

/** @returns null for an instrument of unknown market */
export function taxClassOf({ kind, market }: KindAndMarket): TaxClass | null {
  return kind === 'INDEX' || kind === 'ETF' || kind === 'ETN' ? 'EXEMPT' : market
}
