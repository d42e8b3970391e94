/** SQL about the basis of closes, as `domain/bars/price-basis.ts` defines it. */
import { AFTER_MARKET_FROM, REGULAR_ONLY } from '../../domain/bars/price-basis.js'

/** Whether the after-market does not trade a row of `symbol`. */
export const IS_REGULAR_ONLY = `symbol.kind IN (${REGULAR_ONLY.map((kind) => `'${kind}'`).join(', ')})`

/** The hours that the closes of a row of `symbol` cover. */
export const SYMBOL_CLOSE_BASIS = `(CASE WHEN ${IS_REGULAR_ONLY}
  THEN 'REGULAR' ELSE coalesce(symbol.close_basis, 'REGULAR') END)`

/** Whether the bars of `symbol` have the close that `forecast` is about; one of unknown hours takes any. */
export const SAME_CLOSE = `(forecast.target_session < '${AFTER_MARKET_FROM}'
  OR forecast.close_basis IN ('UNKNOWN', ${SYMBOL_CLOSE_BASIS}))`
