/** Symbols: indices and listed instruments. `bars/instruments/symbol-code.ts` reads their codes. */
import { indexOfCode } from './indices.js'
import type { TradingHoursBasis } from './trading-hours-basis.js'

export const MARKETS = ['KOSPI', 'KOSDAQ', 'KONEX'] as const
export type Market = (typeof MARKETS)[number]

/** `UNKNOWN`: listed on the exchange, but no symbol master has named its kind. */
export const SYMBOL_KINDS = [
  'INDEX',
  'COMMON_SHARE',
  'PREFERRED_SHARE',
  'ETF',
  'ETN',
  'REIT',
  'SPAC',
  'UNKNOWN',
] as const
export type SymbolKind = (typeof SYMBOL_KINDS)[number]

/** A symbol as derived from its code, before it is stored. */
export interface SymbolDefinition {
  readonly code: string
  /** The name that is shown: the Korean one where there is a master; the code where no name is known. */
  readonly name: string
  readonly nameKo: string | null
  readonly nameEn: string | null
  readonly kind: SymbolKind
  readonly market: Market | null
  /** Decimals of stored prices. */
  readonly decimals: number
  readonly simulated: boolean
}

/** Several times as many symbols as the exchange has ever listed; a delivery or a sync with more is refused. */
export const MAX_SYMBOLS = 20_000

const INDEX_DECIMALS = 2
/** Codes of simulated shares. The exchange's own codes begin with a digit, so they never collide. */
const SIMULATED_CODE = /^SIM\d{3}$/

/** Preferred shares end in 5, 7, 9 or a letter; codes from 5 on are those of notes and foreign issuers too. */
const PREFERRED_CODE = /^[0-4]\d{3}[0-9A-Z][579K-Z]$/

/**
 * Defines a symbol by its code alone: an index that is known by name, or a listed instrument. A symbol master knows
 * more of the latter.
 * @param code as `readSymbolCode` returns it
 */
export function defineSymbol(code: string): SymbolDefinition {
  const index = indexOfCode(code)
  if (index !== undefined) {
    const { nameKo, nameEn, market } = index
    const names = { name: nameEn, nameKo, nameEn }
    return { code, ...names, kind: 'INDEX', market, decimals: INDEX_DECIMALS, simulated: false }
  }
  const kind = PREFERRED_CODE.test(code) ? 'PREFERRED_SHARE' : 'UNKNOWN'
  const names = { name: code, nameKo: null, nameEn: null }
  return { code, ...names, kind, market: null, decimals: 0, simulated: false }
}

/** Whether the code belongs to a simulated share. */
export function isSimulatedCode(code: string): boolean {
  return SIMULATED_CODE.test(code)
}

/** A symbol as stored. */
export interface StoredSymbol extends SymbolDefinition {
  readonly id: number
  readonly currency: string
  readonly isin: string | null
  /** Sector as the symbol master names it. */
  readonly sector: string | null
  /** YYYY-MM-DD. */
  readonly listedOn: string | null
  /** The first date on which it is no longer listed, YYYY-MM-DD. */
  readonly delistedOn: string | null
  /** Strictly increasing count of changes to the bars. */
  readonly dataVersion: number
  /** Hours of its closes from 2026-09-14 on; null before its first such bar. `basisOfSymbol` reads it. */
  readonly closeBasis: TradingHoursBasis | null
  /** Hours of the volumes that its newest such delivery brought. */
  readonly volumeBasis: TradingHoursBasis | null
}
