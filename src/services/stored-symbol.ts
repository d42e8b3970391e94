/** Finds the symbol that a request names, or refuses it with the nearest one and the way to ingest its bars. */
import { isIsinShaped } from '../domain/bars/instruments/isin.js'
import { nearest } from '../domain/bars/instruments/nearest.js'
import { readSymbolCode, symbolCodeProblem } from '../domain/bars/instruments/symbol-code.js'
import { isSimulatedCode } from '../domain/symbol.js'
import type { StoredSymbol } from '../domain/symbol.js'
import type { NamedSymbol, SymbolStore } from '../db/symbols.js'
import { KospigraphError } from '../errors.js'

/** @throws KospigraphError BAD_USER_INPUT for a malformed code or one without stored bars */
export async function requireStoredSymbol(symbols: SymbolStore, text: string): Promise<StoredSymbol> {
  const stored = await findStoredSymbol(symbols, text)
  if (stored) return stored
  const code = readSymbolCode(text) ?? text
  if (isSimulatedCode(code)) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `symbol "${code}" does not exist here: simulated symbols come with the sample market, which only an empty database gets`,
    )
  }
  const near = nearestTo(code, await symbols.names(), 1)
  const hint = near === undefined || near.code === code ? '' : `; did you mean ${nameOf(near)}?`
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `symbol "${code}" has no bars here; ingest them with ingestBars or "kospigraph ingest <file.csv> --symbol ${code}"${hint}`,
  )
}

/**
 * Finds a symbol by any of its spellings; the symbol master adds the ISINs of foreign issuers.
 * @throws KospigraphError BAD_USER_INPUT for a text that is no code, with the nearest symbol
 */
export async function findStoredSymbol(
  symbols: SymbolStore,
  text: string,
): Promise<StoredSymbol | undefined> {
  const code = readSymbolCode(text)
  if (code !== undefined) return symbols.byCode(code)
  const isin = text.trim().toUpperCase()
  const byIsin = isIsinShaped(isin) ? await symbols.byIsin(isin) : undefined
  if (byIsin) return byIsin
  const problem = symbolCodeProblem(text) ?? ''
  const near = problem.endsWith('?') ? undefined : nearestTo(text, await symbols.names())
  throw new KospigraphError(
    'BAD_USER_INPUT',
    near === undefined ? problem : `${problem}; did you mean ${nameOf(near)}?`,
  )
}

function nearestTo(
  text: string,
  known: readonly NamedSymbol[],
  maxChanges?: number,
): NamedSymbol | undefined {
  const key = text.toUpperCase().replace(/\s/g, '')
  const spellings = known.flatMap((symbol) =>
    [symbol.code, symbol.nameKo, symbol.nameEn].flatMap((name) =>
      name === null ? [] : [{ symbol, name: name.toUpperCase().replace(/\s/g, '') }],
    ),
  )
  return nearest(key, spellings, ({ name }) => name, maxChanges)?.symbol
}

function nameOf({ code, name }: NamedSymbol): string {
  return name === code ? code : `${code} (${name})`
}
