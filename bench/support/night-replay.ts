/**
 * Replays nights over stored bars: what each would have decided and issued, by the services' own rules.
 *
 * As in a first night, a walk-forward with a refit every 20 sessions backfills the recipes' last 60 sessions, as
 * far as there are bars. From then on every night fits every recipe, adds a point to its walk-forward, decides the
 * champion by the last 60 points, excludes fits that did not converge, and puts the champion's own intervals
 * around its forecast. No version is pinned and no decision rolled back.
 */
import { flagBit } from '../../src/domain/bars/bar.js'
import type { BarColumns } from '../../src/domain/bars/bar.js'
import { PERSISTENCE } from '../../src/domain/models/recipe.js'
import { DEFAULT_RULES } from '../../src/domain/forecasts/promotion.js'
import { RECIPES, windowBars } from '../../src/domain/models/recipe.js'
import type { Session } from '../../src/domain/calendar/session.js'
import type { NewestBars } from '../../src/db/bars/bar-reader.js'
import type { WalkForwardPoint } from '../../src/db/forecasts/walk-forwards.js'
import { intervalsAround } from '../../src/ml/forecasts/conformal.js'
import type { Intervals } from '../../src/ml/forecasts/conformal.js'
import { INTERVAL_BARS } from '../../src/ml/forecasts/contender-intervals.js'
import type { Engine } from '../../src/ml/engine/engine.js'
import { predictNextClose } from '../../src/ml/fit/prediction.js'
import type { FittedModel } from '../../src/ml/fit/prediction.js'
import {
  decidePromotion,
  evaluate,
  lossObstacle,
  TRAILING_LOSSES,
} from '../../src/ml/forecasts/promotion-decision.js'
import type { Decision } from '../../src/ml/forecasts/promotion-decision.js'
import { sliceBars } from '../../src/ml/samples.js'
import { walkForwardForecasts } from '../../src/ml/fit/walk-forward-forecasts.js'
import type { FoldForecasts, WalkForwardSeries } from '../../src/ml/fit/walk-forward-forecasts.js'
import { walkForward } from '../../src/ml/fit/walk-forward-folds.js'
import { historyOf, missingFolds } from '../../src/services/forecasts/walk-forward-backfill.js'
import { stateOf } from '../../src/services/forecasts/serving-intervals.js'
import type { Series } from './series.js'

const SEED = 0
const HALT = flagBit('HALT')

/** One contender's forecast of a session. */
export interface Statement {
  readonly contender: string
  readonly predicted: number
  readonly intervals: Intervals
}

/** A session that a night has forecast, with its outcome. */
export interface ForecastSession {
  readonly session: Session
  readonly actual: number
  readonly previous: number
  readonly traded: boolean
  readonly decision: Decision | null
  readonly served: Statement
  /** The forecasts that each recipe would have issued as champion; without recipes that could not be fitted. */
  readonly recipes: readonly Statement[]
}

/** State of one recipe on one series. */
interface Walk {
  /** In session order. */
  readonly points: WalkForwardPoint[]
  readonly byTarget: Map<Session, WalkForwardPoint>
  /** The nights' fits, by the place of the session that they forecast. */
  readonly fits: Map<
    number,
    { readonly model: FittedModel; readonly finalLoss: number; readonly predictedClose: number }
  >
}

/**
 * Returns the last `sessions` sessions of every series, by its key.
 * @param told called now and then with the number of finished fits
 */
export async function replayNights(
  engine: Engine,
  all: readonly Series[],
  sessions: number,
  told: (fits: number) => void,
): Promise<Map<string, ForecastSession[]>> {
  const walks = await walkAll(engine, all, sessions, told)
  const replayed = new Map<string, ForecastSession[]>()
  for (const series of all) {
    const own = walks.get(series.key) ?? new Map<string, Walk>()
    replayed.set(series.key, await replaySeries(engine, series, own, series.bars.sessions.length - sessions))
  }
  return replayed
}

/** Returns, for each bar, whether the share was halted: it did not trade and did not move. */
export function haltFlags({ open, high, low, close, volume }: BarColumns): number[] {
  return Array.from(volume, (traded, place) => {
    const price = close[place]
    const isFlat = open[place] === price && high[place] === price && low[place] === price
    return traded === 0 && isFlat ? HALT : 0
  })
}

/** Keyed by series, then by recipe. */
async function walkAll(
  engine: Engine,
  all: readonly Series[],
  sessions: number,
  told: (fits: number) => void,
): Promise<Map<string, Map<string, Walk>>> {
  const walks = new Map<string, Map<string, Walk>>()
  const series = all.flatMap(({ key, bars }) =>
    RECIPES.map((recipe): WalkForwardSeries => {
      const [barCount, window] = [bars.sessions.length, windowBars(recipe)]
      const from = barCount - sessions
      const known = { bars: sliceBars(bars, 0, from - 1), breaks: [] }
      const plan = {
        barCount,
        from,
        to: barCount - 1,
        refitEvery: 1,
        mode: 'rolling',
        windowBars: window,
      } as const
      const folds = [...missingFolds(known, new Set(), window, DEFAULT_RULES.sessions), ...walkForward(plan)]
      return { key, bars, recipe, seed: SEED, folds }
    }),
  )
  let fits = 0
  for await (const result of walkForwardForecasts(engine, series)) {
    fits += 1
    if (fits % 1_000 === 0) told(fits)
    const { key, recipe, bars } = result.series
    const ofSeries = walks.get(key) ?? new Map<string, Walk>()
    walks.set(key, ofSeries)
    const walk = ofSeries.get(recipe.name) ?? { points: [], byTarget: new Map(), fits: new Map() }
    ofSeries.set(recipe.name, walk)
    // As in a night, a failed fit leaves its sessions without a point.
    if (result.kind === 'fold') keep(walk, result, result.fold.serveFirst >= bars.sessions.length - sessions)
  }
  return walks
}

function keep(walk: Walk, { fit, fold, forecasts }: FoldForecasts, isNight: boolean): void {
  for (const { session, predictedClose, lastClose } of forecasts) {
    const point = {
      targetSession: session,
      predictedClose,
      previousClose: lastClose,
      refitEvery: isNight ? 1 : forecasts.length,
      dataVersion: 1,
    }
    walk.points.push(point)
    walk.byTarget.set(session, point)
  }
  if (!isNight) return
  const losses = fit.members.map((member) => member.losses.at(-1) ?? NaN)
  const finalLoss = losses.reduce((sum, loss) => sum + loss, 0) / losses.length
  walk.fits.set(fold.serveFirst, {
    model: fit.model,
    finalLoss,
    predictedClose: forecasts[0]?.predictedClose ?? NaN,
  })
}

async function replaySeries(
  engine: Engine,
  { bars }: Series,
  walks: ReadonlyMap<string, Walk>,
  first: number,
): Promise<ForecastSession[]> {
  const flags = haltFlags(bars)
  const replayed: ForecastSession[] = []
  let champion = PERSISTENCE
  for (let place = first; place < bars.sessions.length; place++) {
    const from = Math.max(0, place - INTERVAL_BARS)
    const read: NewestBars = {
      bars: sliceBars(bars, from, place - 1),
      breaks: [],
      factors: null,
      adjustments: [],
      flags: flags.slice(from, place),
      dataVersion: 1,
    }
    const evaluations = new Map(
      [...walks].map(([name, { points }]) => [
        name,
        evaluate(historyOf(read, points, DEFAULT_RULES.sessions)),
      ]),
    )
    const decision = decidePromotion(champion, evaluations, DEFAULT_RULES)
    champion = decision?.contender ?? champion
    const previous = bars.close[place - 1] ?? NaN
    const session = requireSession(bars, place)
    const recipes = [...walks].flatMap(([contender, { byTarget }]) => {
      const point = byTarget.get(session)
      return point ? [stated(read, contender, point.predictedClose, byTarget)] : []
    })
    const walk = walks.get(champion)
    const predicted = walk ? await servedClose(engine, walk, read, place) : null
    replayed.push({
      session,
      previous,
      decision,
      recipes,
      actual: bars.close[place] ?? NaN,
      traded: flags[place] === 0,
      served:
        walk && predicted !== null
          ? stated(read, champion, predicted, walk.byTarget)
          : stated(read, PERSISTENCE, previous, null),
    })
  }
  return replayed
}

function stated(
  read: NewestBars,
  contender: string,
  predicted: number,
  points: Walk['byTarget'] | null,
): Statement {
  return { contender, predicted, intervals: intervalsAround(stateOf(read, points), predicted, null) }
}

/** Returns the forecast of the newest version whose fit converged; null where there is none. */
async function servedClose(
  engine: Engine,
  { fits }: Walk,
  { bars }: NewestBars,
  place: number,
): Promise<number | null> {
  for (let at = place; at >= place - TRAILING_LOSSES; at--) {
    const fit = fits.get(at)
    if (!fit) continue
    const trailing = Array.from(
      { length: TRAILING_LOSSES },
      (_, i) => fits.get(at - 1 - i)?.finalLoss,
    ).filter((loss) => loss !== undefined)
    if (lossObstacle(fit.finalLoss, trailing, DEFAULT_RULES) !== null) continue
    if (at === place) return fit.predictedClose
    return (await predictNextClose(engine, fit.model, bars)).predictedClose
  }
  return null
}

function requireSession(bars: BarColumns, place: number): Session {
  const session = bars.sessions[place]
  if (session === undefined) throw new RangeError(`There is no bar number ${place}.`)
  return session
}
