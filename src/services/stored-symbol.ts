/** Finds the symbol that a request names, or refuses it with the way to ingest its bars. */
import { requireAnyCode } from '../domain/bars/symbol-code.js'
import { isSimulatedCode } from '../domain/symbol.js'
import type { StoredSymbol } from '../domain/symbol.js'
import type { SymbolStore } from '../db/symbols.js'
import { KospigraphError } from '../errors.js'

/** @throws KospigraphError BAD_USER_INPUT for a malformed code or one without stored bars */
export async function requireStoredSymbol(symbols: SymbolStore, text: string): Promise<StoredSymbol> {
  const code = requireAnyCode(text)
  const stored = await symbols.byCode(code)
  if (stored) return stored
  if (isSimulatedCode(code)) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `symbol "${code}" does not exist here: simulated symbols come with the sample market, which only an empty database gets`,
    )
  }
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `symbol "${code}" has no bars here; ingest them with ingestBars or "kospigraph ingest <file.csv> --symbol ${code}"`,
  )
}
