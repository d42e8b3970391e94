/**
 * Symbols as if they had just been listed: until they have 40 residuals of their own, they use the market's
 * bounds.
 */
import { createHash } from 'node:crypto'
import type { WalkForwardStore } from '../../src/db/forecasts/walk-forwards.js'
import { createMarketBounds, intervalsOf, stateOf } from '../../src/services/forecasts/serving-intervals.js'
import { PERSISTENCE } from '../../src/domain/models/recipe.js'
import { sliceBars } from '../../src/ml/samples.js'
import { haltFlags } from './night-replay.js'
import type { ForecastSession } from './night-replay.js'
import type { Series } from './series.js'

/**
 * Returns the sessions of young symbols whose intervals are the market's. No recipe has a full training window
 * yet, so persistence serves.
 * @param market other symbols
 * @param sessions number of bars since the listing
 */
export async function replayYoung(
  all: readonly Series[],
  market: readonly Series[],
  sessions: number,
): Promise<ForecastSession[]> {
  const boundsOf = createMarketBounds(storeOf(market))
  const replayed: ForecastSession[] = []
  for (const { bars } of all) {
    const flags = haltFlags(bars)
    const listed = bars.sessions.length - sessions
    for (let place = listed + 1; place < bars.sessions.length; place++) {
      const [session, to] = [bars.sessions[place], bars.sessions[place - 1]]
      const [actual, previous] = [bars.close[place] ?? NaN, bars.close[place - 1] ?? NaN]
      if (session === undefined || to === undefined) continue
      const read = {
        bars: sliceBars(bars, listed, place - 1),
        breaks: [],
        factors: null,
        adjustments: [],
        flags: flags.slice(listed, place),
        dataVersion: 1,
      }
      const intervals = await intervalsOf(stateOf(read, null), previous, () =>
        boundsOf({ to, simulated: false, recipe: null }),
      )
      if (intervals.kind === 'none' || !intervals.warmingUp) continue
      replayed.push({
        session,
        actual,
        previous,
        traded: flags[place] === 0,
        decision: null,
        recipes: [],
        served: { contender: PERSISTENCE, predicted: previous, intervals },
      })
    }
  }
  return replayed
}

/** Chooses as the database does: by a hash of the code, among those with a bar of the session. */
function storeOf(market: readonly Series[]): Pick<WalkForwardStore, 'market'> {
  const hashed = market.map(({ key, bars }) => ({
    hash: createHash('md5').update(key).digest('hex'),
    bars,
    flags: haltFlags(bars),
  }))
  const inOrder = hashed.sort((a, b) => (a.hash < b.hash ? -1 : 1))
  return {
    market({ to, symbols, bars: count }) {
      const chosen = inOrder
        .map((one) => ({ ...one, end: one.bars.sessions.indexOf(to) + 1 }))
        .filter(({ end }) => end > 0)
        .slice(0, symbols)
      return Promise.resolve(
        chosen.map(({ bars, flags, end }) => {
          const from = Math.max(0, end - count)
          return { closes: [...bars.close.slice(from, end)], flags: flags.slice(from, end), points: [] }
        }),
      )
    },
  }
}
