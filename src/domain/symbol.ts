/** Symbols (an index or a share), and the rules for their codes. */
import { KospigraphError } from '../errors.js'
import { sanitizeText } from './sanitize-text.js'

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
  readonly name: string
  readonly kind: SymbolKind
  readonly market: Market | null
  /** Decimals of stored prices. */
  readonly decimals: number
  readonly simulated: boolean
}

/** Several times as many symbols as the exchange has ever listed; a delivery or a sync with more is refused. */
export const MAX_SYMBOLS = 20_000

/** Codes begin with a digit, letters may follow; a name such as KOSDAQ is not the code of a share. */
const KRX_CODE = /^\d[0-9A-Z]{5}$/
/** Codes of simulated shares. The exchange's own codes begin with a digit, so they never collide. */
const SIMULATED_CODE = /^SIM\d{3}$/

/** `KOSPI` is the index; any other code is a share of unknown market. */
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
  return { code, name: code, kind: 'UNKNOWN', market: null, decimals: 0, simulated: false }
}

/** Whether the code belongs to a simulated share. */
export function isSimulatedCode(code: string): boolean {
  return SIMULATED_CODE.test(code)
}

/** @returns why a code cannot have real bars, or undefined where it can */
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

/** @throws KospigraphError BAD_USER_INPUT where the code cannot have real bars */
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
