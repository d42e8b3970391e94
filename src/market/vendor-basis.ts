/** The price basis of the vendors that state one, or whose bars show it; docs/data-in.md gives the evidence. */
import type { PriceBasis } from '../domain/bars/price-basis.js'

/** Keeps the bar of 15:30. Dividends are adjusted for only in `adjclose`, which is not read. */
export const YAHOO_BASIS: PriceBasis = {
  closeBasis: 'REGULAR',
  volumeBasis: 'REGULAR',
  adjustment: 'SPLIT_ADJUSTED',
}

/** The exchange's own bars: the official close is that of 15:30, and the volume includes the after-market. */
export const KRX_BASIS: PriceBasis = { closeBasis: 'REGULAR', volumeBasis: 'EXTENDED', adjustment: 'RAW' }

/** Daily bars that move until 20:00. */
export const NAVER_BASIS: PriceBasis = {
  closeBasis: 'EXTENDED',
  volumeBasis: 'EXTENDED',
  adjustment: 'SPLIT_ADJUSTED',
}

/**
 * Prices as traded (`FID_ORG_ADJ_PRC=1`). Whether the bars of its market `J` cover the after-market is not on record, so
 * neither is assumed.
 */
export const KIS_BASIS: PriceBasis = { closeBasis: 'UNKNOWN', volumeBasis: 'UNKNOWN', adjustment: 'RAW' }
