/** A symbol as `--json` writes it. */
import { basisOfSymbol } from '../../domain/bars/price-basis.js'
import type { StoredSymbol } from '../../domain/symbol.js'

export function symbolJson(symbol: StoredSymbol) {
  const { code, name, nameKo, nameEn, kind, market, isin, sector, listedOn, delistedOn } = symbol
  const { currency, decimals, simulated, dataVersion } = symbol
  const { closeBasis, volumeBasis } = basisOfSymbol(symbol)
  return {
    code,
    name,
    nameKo,
    nameEn,
    kind,
    market,
    isin,
    sector,
    listedOn,
    delistedOn,
    currency,
    decimals,
    simulated,
    dataVersion,
    closeBasis,
    volumeBasis,
  }
}
