/** Symbols: what a bar belongs to, and what its code alone says about it. */
import { KospigraphError } from '../errors.js'
import { sanitizeText } from './sanitize-text.js'

export const MARKETS = ['KOSPI', 'KOSDAQ', 'KONEX'] as const
export type Market = (typeof MARKETS)[number]

export const SYMBOL_KINDS = ['INDEX', 'SHARE'] as const
export type SymbolKind = (typeof SYMBOL_KINDS)[number]

/** A symbol as its code defines it, before anything is stored. */
export interface SymbolDefinition {
  readonly code: string
  readonly name: string
  readonly kind: SymbolKind
  readonly market: Market | null
  /** Decimals that prices are kept to. */
  readonly decimals: number
  readonly simulated: boolean
}

const KRX_CODE = /^[0-9A-Z]{6}$/
/** Codes of simulated shares. The exchange's own codes begin with a digit, so the two never meet. */
const SIMULATED_CODE = /^SIM\d{3}$/

/** `KOSPI` is the index; any other code is a share, whose market its code does not tell. */
export function defineSymbol(code: string): SymbolDefinition {
  if (code === 'KOSPI') {
    return {
      code,
      name: 'KOSPI Composite Index',
      kind: 'INDEX',
      market: 'KOSPI',
      decimals: 2,
      simulated: false,
    }
  }
  return { code, name: code, kind: 'SHARE', market: null, decimals: 0, simulated: false }
}

/** Whether the code is one that the simulator gives. */
export function isSimulatedCode(code: string): boolean {
  return SIMULATED_CODE.test(code)
}

/** Why a code cannot take real bars, or undefined where it can. */
export function symbolCodeProblem(code: string): string | undefined {
  if (code === 'KOSPI') return undefined
  if (isSimulatedCode(code)) {
    return `symbol "${code}" is reserved for the simulated market; use KOSPI or a KRX code such as 005930`
  }
  if (!KRX_CODE.test(code)) {
    return `symbol "${sanitizeText(code)}" is neither KOSPI nor a six-character KRX code such as 005930`
  }
  return undefined
}

/** Refuses a code that cannot take real bars. */
export function requireSymbolCode(code: string): string {
  const problem = symbolCodeProblem(code)
  if (problem) throw new KospigraphError('BAD_USER_INPUT', problem)
  return code
}

/** A symbol as stored. */
export interface StoredSymbol extends SymbolDefinition {
  readonly id: number
  readonly currency: string
  /** Strictly increasing count of changes to the bars. */
  readonly dataVersion: number
}
