/**
 * The instrument that a backtest trades: what decides its tax, daily limits, ticks and short sales. A backtest keeps it
 * with its settings, so that a later change of the symbol does not change a rerun.
 */
import type { Session } from '../calendar/session.js'
import type { Market, SymbolKind } from '../symbol.js'

export interface TradedInstrument {
  readonly kind: SymbolKind
  /** Null where it is not known. */
  readonly market: Market | null
  /** Multiple of an ETF or ETN; 1 otherwise. */
  readonly leverage?: number
  /** Markets by the first session on each, oldest first, where the share has moved; the last one is `market`. */
  readonly markets?: readonly { readonly from: Session; readonly market: Market }[]
}

/** Returns the instrument with the market that it was listed on in the session. */
export function instrumentOn(instrument: TradedInstrument, session: Session): TradedInstrument {
  const { markets } = instrument
  const [first] = markets ?? []
  if (markets === undefined || first === undefined) return instrument
  return { ...instrument, market: (markets.findLast(({ from }) => session >= from) ?? first).market }
}
