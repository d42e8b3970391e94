/** Computes the intervals of the serving contender from its past errors on the symbol, or else on the market. */
import { scaleSince } from '../../domain/bars/actions/price-adjustment.js'
import { flagBit } from '../../domain/bars/bar.js'
import { PERSISTENCE, windowBars } from '../../domain/models/recipe.js'
import type { Recipe } from '../../domain/models/recipe.js'
import type { Session } from '../../domain/calendar/session.js'
import type { NewestBars } from '../../db/bars/bar-reader.js'
import type { HashedName, WalkForwardPoint, WalkForwardStore } from '../../db/forecasts/walk-forwards.js'
import { intervalsAround, marketBounds } from '../../ml/forecasts/conformal.js'
import type { ConformalState, Intervals, ScoreBounds } from '../../ml/forecasts/conformal.js'
import { INTERVAL_BARS, contenderState, persistencePast } from '../../ml/forecasts/contender-intervals.js'
import { rebase } from '../../ml/forecasts/promotion-decision.js'

const UNTRADED = flagBit('HALT')
/** A session without trading gives no residual, and a break none either: no return crosses it. */
const NO_RETURN = UNTRADED | flagBit('BREAK')
/** Size of the market's sample: symbols, and newest bars of each (about 80 residuals). */
const MARKET_SYMBOLS = 200
const MARKET_BARS = 101

/**
 * Returns the number of newest bars that a fit of these recipes and the intervals of its forecast need.
 * @param trailing sessions of a walk-forward that may have to be backfilled
 */
export function barsToRead(recipes: readonly Recipe[], trailing = 0): number {
  return Math.max(INTERVAL_BARS, ...recipes.map((recipe) => windowBars(recipe) + trailing))
}

/** Points of the serving contender by target session; null for persistence, which needs none. */
export type ContenderPoints = ReadonlyMap<
  Session,
  Pick<WalkForwardPoint, 'predictedClose' | 'dataVersion'>
> | null

/** Builds the residuals of a contender from the bars up to the session before the target. */
export function stateOf(read: NewestBars, points: ContenderPoints): ConformalState {
  const { bars, flags } = read
  const breaks = new Set(read.breaks)
  const traded = (place: number): boolean => ((flags[place] ?? 0) & UNTRADED) === 0 && !breaks.has(place)
  if (points === null) return contenderState(persistencePast(bars.close, traded))
  return contenderState({
    closes: bars.close,
    traded,
    predicted(place) {
      const session = bars.sessions[place]
      const point = session === undefined ? undefined : points.get(session)
      return point ? rebase(point.predictedClose, scaleSince(read, place - 1, point.dataVersion)) : null
    },
  })
}

/** Returns the pooled bounds of the market up to a session; null where it has too few residuals. */
export type MarketBounds = (of: {
  readonly to: Session
  readonly simulated: boolean
  /** Null for persistence. */
  readonly recipe: HashedName | null
}) => Promise<ScoreBounds | null>

/** Reads each market, contender and session once. Create one for each chunk of symbols: bars may arrive in between. */
export function createMarketBounds(walkForwards: Pick<WalkForwardStore, 'market'>): MarketBounds {
  const known = new Map<string, Promise<ScoreBounds | null>>()
  return ({ to, simulated, recipe }) => {
    const key = `${to} ${String(simulated)} ${recipe?.name ?? PERSISTENCE} ${recipe?.hash ?? ''}`
    const found = known.get(key)
    if (found) return found
    const pooled = poolMarket(walkForwards, { to, simulated, recipe })
    known.set(key, pooled)
    return pooled
  }
}

async function poolMarket(
  walkForwards: Pick<WalkForwardStore, 'market'>,
  of: { readonly to: Session; readonly simulated: boolean; readonly recipe: HashedName | null },
): Promise<ScoreBounds | null> {
  const series = await walkForwards.market({ ...of, symbols: MARKET_SYMBOLS, bars: MARKET_BARS })
  return marketBounds(
    series.map(({ closes, flags, points }) => {
      const traded = (place: number): boolean => ((flags[place] ?? 0) & NO_RETURN) === 0
      if (of.recipe === null) return contenderState(persistencePast(closes, traded))
      return contenderState({
        closes,
        traded,
        predicted: (place) => points[place] ?? null,
      })
    }),
  )
}

/** Returns the intervals around a prediction; calls `market` only where the contender has too few residuals of its own. */
export async function intervalsOf(
  state: ConformalState,
  predicted: number,
  market: () => Promise<ScoreBounds | null>,
): Promise<Intervals> {
  const own = intervalsAround(state, predicted, null)
  if (own.kind === 'intervals' || own.reason !== 'TOO_FEW_RESIDUALS') return own
  return intervalsAround(state, predicted, await market())
}
