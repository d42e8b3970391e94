/** A symbol as `--json` writes it. */
import { basisOfSymbol } from '../../domain/bars/price-basis.js'
import type { StoredSymbol } from '../../domain/symbol.js'

export function symbolJson(symbol: StoredSymbol) {
  const { code, name, kind, market, currency, decimals, simulated, dataVersion } = symbol
  const { closeBasis, volumeBasis } = basisOfSymbol(symbol)
  return { code, name, kind, market, currency, decimals, simulated, dataVersion, closeBasis, volumeBasis }
}
