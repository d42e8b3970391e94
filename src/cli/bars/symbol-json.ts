/** A symbol as `--json` writes it. */
import type { StoredSymbol } from '../../domain/symbol.js'

export function symbolJson(symbol: StoredSymbol) {
  const { code, name, kind, market, currency, decimals, simulated, dataVersion } = symbol
  return { code, name, kind, market, currency, decimals, simulated, dataVersion }
}
