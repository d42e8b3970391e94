/**
 * Which providers are asked for which symbol, and in what order, from one line of text:
 *
 * `yahoo,naver` ─────────────────── for every symbol
 * `KOSPI=naver,yahoo;005930=csv;*=yahoo` ─ chains of their own, `*` for the others
 * `yahoo;000030=none` ──────────── nobody is asked for one that is listed no more
 */
import { PROVIDER_NAMES } from './delivery.js'
import type { ProviderName } from './delivery.js'
import { sanitizeText } from '../sanitize-text.js'
import { symbolCodeProblem } from '../symbol.js'

export const PROVIDERS_EXAMPLE = 'PROVIDERS=yahoo,naver'

export interface ProviderChains {
  /** In the order of asking; empty where none is configured for the symbol. */
  of(symbol: string): readonly ProviderName[]
  /** The symbols that have a chain of their own. */
  readonly symbols: readonly string[]
  /** Every provider that some chain names. */
  readonly providers: ReadonlySet<ProviderName>
}

/** @throws RangeError naming the entry that is wrong, and what is expected */
export function parseProviderChains(text: string): ProviderChains {
  const chains = new Map<string, readonly ProviderName[]>()
  for (const entry of text.split(';').map((part) => part.trim())) {
    if (entry === '') continue
    const [left = '', right, ...rest] = entry.split('=').map((part) => part.trim())
    if (rest.length > 0) throw new RangeError(`"${sanitizeText(entry)}" has more than one "="`)
    const symbol = right === undefined ? '*' : left
    if (symbol !== '*') {
      const problem = symbolCodeProblem(symbol)
      if (problem !== undefined) throw new RangeError(`"${sanitizeText(entry)}": ${problem}`)
    }
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
        `"${sanitizeText(entry)}": "${sanitizeText(name)}" is no provider; there are ${PROVIDER_NAMES.join(', ')} and none`,
      )
    }
    if (chain.includes(known)) throw new RangeError(`"${sanitizeText(entry)}" names ${known} twice`)
    chain.push(known)
  }
  return chain
}
