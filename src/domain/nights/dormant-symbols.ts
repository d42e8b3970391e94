/** Symbols that a night expects nothing of, because their bars ended too long ago. */
import type { Session } from '../calendar/session.js'

/** A symbol whose newest bar is older than so many sessions has left the market, or its bars are not kept up. */
export const DORMANT_SESSIONS = 10
/** Dormant symbols that a night lists by name. The exchange has delisted thousands, and every night stores its list. */
export const MAX_LISTED_DORMANT = 100

export interface DormantSymbol {
  readonly symbolId: number
  /** Session of its newest bar up to the night's session. */
  readonly lastSession: Session
}

/** The dormant symbols of one night, as of its plan. Simulated symbols are not among them. */
export interface DormantSymbols {
  readonly count: number
  /** Those whose bars ended last come first; {@link MAX_LISTED_DORMANT} at most. */
  readonly listed: readonly DormantSymbol[]
}

/** How a dormant symbol gets forecasts again. */
export const DORMANT_REMEDY =
  'bring newer bars in with ingestBars or `kospigraph ingest`, or name a provider in PROVIDERS; ' +
  `a night forecasts a symbol whose newest bar is at most ${DORMANT_SESSIONS} sessions old`
