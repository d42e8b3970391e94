/**
 * Parses the provider chains: which providers sync asks for which symbol, in which order.
 *
 * `yahoo,naver` ─────────────────── for every symbol
 * `KOSPI=naver,yahoo;005930=csv;*=yahoo` ─ own chains, `*` for all other symbols
 * `yahoo;000030=none` ───────────── no provider for a delisted symbol
 *
 * A symbol may be written as anywhere else: `^KS11=yahoo` is the chain of KOSPI.
 */
import { PROVIDER_NAMES } from '../bars/delivery.js'
import type { ProviderName } from '../bars/delivery.js'
import { sanitizeText } from '../sanitize-text.js'
import { requireSymbolCode, symbolCodeProblem } from '../bars/instruments/symbol-code.js'

export const PROVIDERS_EXAMPLE = 'PROVIDERS=yahoo,naver'

export interface ProviderChains {
  /** The symbol's providers in order; empty where it has none. */
  of(symbol: string): readonly ProviderName[]
  /** The symbols with an own chain that is not empty. */
  readonly symbols: readonly string[]
  /** The chain of all other symbols; empty where there is none. */
  readonly others: readonly ProviderName[]
  /** Every provider named in any chain. */
  readonly providers: ReadonlySet<ProviderName>
}

/** @throws RangeError naming the wrong entry and the expected form */
export function parseProviderChains(text: string): ProviderChains {
  const chains = new Map<string, readonly ProviderName[]>()
  for (const entry of text.split(';').map((part) => part.trim())) {
    if (entry === '') continue
    const [left = '', right, ...rest] = entry.split('=').map((part) => part.trim())
    if (rest.length > 0) throw new RangeError(`"${sanitizeText(entry)}" has more than one "="`)
    const named = right === undefined ? '*' : left
    const problem = named === '*' ? undefined : symbolCodeProblem(named)
    if (problem !== undefined) throw new RangeError(`"${sanitizeText(entry)}": ${problem}`)
    const symbol = named === '*' ? named : requireSymbolCode(named)
    if (chains.has(symbol)) {
      const whose = symbol === '*' ? 'every other symbol (*)' : symbol
      throw new RangeError(`has two chains for ${whose}; keep one`)
    }
    chains.set(symbol, parseChain(right ?? left, entry))
  }
  const fallback = chains.get('*') ?? []
  return {
    of: (symbol) => chains.get(symbol) ?? fallback,
    symbols: [...chains].flatMap(([symbol, chain]) => (symbol !== '*' && chain.length > 0 ? [symbol] : [])),
    others: fallback,
    providers: new Set([...chains.values()].flat()),
  }
}

function parseChain(text: string, entry: string): readonly ProviderName[] {
  if (text === 'none') return []
  const names = text.split(',').map((name) => name.trim())
  const chain: ProviderName[] = []
  for (const name of names) {
    const known = PROVIDER_NAMES.find((one) => one === name)
    if (known === undefined) {
      throw new RangeError(
        `"${sanitizeText(entry)}": "${sanitizeText(name)}" is not a provider; write ${PROVIDER_NAMES.join(', ')} or none`,
      )
    }
    if (chain.includes(known)) throw new RangeError(`"${sanitizeText(entry)}" names ${known} twice`)
    chain.push(known)
  }
  return chain
}
