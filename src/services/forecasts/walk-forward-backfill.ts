/**
 * Reads and completes the trailing walk-forward that nights evaluate recipes by: one point for each of the last sessions.
 * Missing points (before a first night, for a new symbol or recipe, after missed nights) are filled in by a coarser
 * walk-forward, each fit on bars before its sessions, and are marked as backfilled.
 */
import { scaleSince } from '../../domain/bars/actions/price-adjustment.js'
import type { Recipe } from '../../domain/models/recipe.js'
import { windowBars } from '../../domain/models/recipe.js'
import { BACKFILL_REFIT_EVERY } from '../../domain/forecasts/promotion.js'
import type { Session } from '../../domain/calendar/session.js'
import type { NewestBars } from '../../db/bars/bar-reader.js'
import type {
  NewWalkForwardPoint,
  WalkForwardPoint,
  WalkForwards,
  WalkForwardStore,
} from '../../db/forecasts/walk-forwards.js'
import { recipeHash } from '../../ml/fit/artifact.js'
import type { Engine } from '../../ml/engine/engine.js'
import { rebase } from '../../ml/forecasts/promotion-decision.js'
import type { EvaluatedSession } from '../../ml/forecasts/promotion-decision.js'
import { walkForwardForecasts } from '../../ml/fit/walk-forward-forecasts.js'
import type { WalkForwardSeries } from '../../ml/fit/walk-forward-forecasts.js'
import { createServedPlaces } from '../../ml/fit/walk-forward-folds.js'
import type { Fold } from '../../ml/fit/walk-forward-folds.js'

/** Points written in one statement. */
const WRITTEN_AT_ONCE = 2_000

/** One symbol's bars up to the night's session, and the recipes to evaluate. */
export interface Judged {
  readonly symbolId: number
  readonly code: string
  readonly read: NewestBars
  readonly recipes: readonly Recipe[]
}

/** Reads the stored points of the symbols' last `sessions` sessions. */
export async function trailingPoints(
  walkForwards: Pick<WalkForwardStore, 'points'>,
  judged: readonly Judged[],
  sessions: number,
): Promise<WalkForwards> {
  const recipes = new Map(judged.flatMap((one) => one.recipes).map((recipe) => [recipe.name, recipe]))
  const trails = judged.map(({ read }) => read.bars.sessions.slice(-sessions))
  const all = trails.flatMap((trail) => [trail[0], trail.at(-1)]).filter((session) => session !== undefined)
  const [from, to] = [all.reduce(earlier, all[0]), all.reduce(later, all[0])]
  if (from === undefined || to === undefined) return new Map()
  return walkForwards.points(
    judged.map(({ symbolId }) => symbolId),
    [...recipes.values()].map((recipe) => ({ name: recipe.name, hash: recipeHash(recipe) })),
    { from, to },
  )
}

function earlier(one: Session | undefined, other: Session): Session {
  return one !== undefined && one < other ? one : other
}

function later(one: Session | undefined, other: Session): Session {
  return one !== undefined && one > other ? one : other
}

interface MissingSeries extends WalkForwardSeries {
  readonly judged: Judged
}

/**
 * Plans the folds for missing points: runs of at most 20 sessions without a point and with a whole training window
 * before them, since the last break.
 * @param window bars in a training window
 * @param trailing newest sessions to consider
 */
export function missingFolds(
  { bars: { sessions }, breaks }: Pick<NewestBars, 'bars' | 'breaks'>,
  known: ReadonlySet<Session>,
  window: number,
  trailing: number,
): Fold[] {
  const folds: Fold[] = []
  let serveFirst: number | undefined
  const first = Math.max(window, sessions.length - trailing)
  const isServed = createServedPlaces(breaks, window)
  for (let place = first; place <= sessions.length; place += 1) {
    const session = sessions[place]
    const isMissing = session !== undefined && !known.has(session) && isServed(place)
    if (isMissing) serveFirst ??= place
    if (serveFirst === undefined) continue
    if (isMissing && place - serveFirst + 1 < BACKFILL_REFIT_EVERY) continue
    const serveLast = isMissing ? place : place - 1
    folds.push({ trainFirst: serveFirst - window, trainLast: serveFirst - 1, serveFirst, serveLast })
    serveFirst = undefined
  }
  return folds
}

/** Computes and stores the missing points. @returns how many */
export async function backfill(
  walkForwards: Pick<WalkForwardStore, 'add'>,
  engine: () => Promise<Engine>,
  judged: readonly Judged[],
  {
    points,
    sessions,
    seed,
    now,
    signal,
  }: {
    readonly points: WalkForwards
    readonly sessions: number
    readonly seed: number
    readonly now: () => Date
    readonly signal: AbortSignal
  },
): Promise<number> {
  const series = judged.flatMap((one) =>
    one.recipes.flatMap((recipe): MissingSeries[] => {
      const { bars } = one.read
      const known = points.get(one.symbolId)?.get(recipe.name) ?? []
      const targets = new Set(known.map(({ targetSession }) => targetSession))
      const folds = missingFolds(one.read, targets, windowBars(recipe), sessions)
      return folds.length === 0 ? [] : [{ key: one.code, bars, recipe, seed, folds, judged: one }]
    }),
  )
  if (series.length === 0) return 0
  let waiting: NewWalkForwardPoint[] = []
  let made = 0
  const write = async (): Promise<void> => {
    await walkForwards.add(waiting, now())
    made += waiting.length
    waiting = []
  }
  const bySeries = new Map<WalkForwardSeries, MissingSeries>(series.map((one) => [one, one]))
  for await (const result of walkForwardForecasts(await engine(), series, { signal })) {
    const of = bySeries.get(result.series)
    // Sessions of a fold that cannot be fitted stay without a point and are not evaluated.
    if (result.kind === 'failure' || !of) continue
    const { symbolId, read } = of.judged
    for (const [place, forecast] of result.forecasts.entries()) {
      const basePlace = result.fold.serveFirst + place - 1
      const basedOnSession = read.bars.sessions[basePlace]
      if (basedOnSession === undefined) continue
      // Points are kept at the stored price of the bar that they start from.
      const scale = scaleSince(read, basePlace, read.dataVersion)
      waiting.push({
        symbolId,
        recipeName: of.recipe.name,
        recipeHash: recipeHash(of.recipe),
        basedOnSession,
        targetSession: forecast.session,
        refitEvery: BACKFILL_REFIT_EVERY,
        dataVersion: read.dataVersion,
        predictedClose: forecast.predictedClose / scale,
        previousClose: forecast.lastClose / scale,
        scaledOutput: forecast.scaledOutput,
        saturated: forecast.saturated,
      })
    }
    if (waiting.length >= WRITTEN_AT_ONCE) await write()
  }
  await write()
  return made
}

/**
 * Pairs a recipe's points of the last `sessions` sessions with the actual closes, on the current price scale. The previous
 * close is the one known to the recipe, which persistence repeated. A session before which the series breaks has no score.
 * @param since the first session that counts; undefined where all do
 */
export function historyOf(
  read: NewestBars,
  points: readonly WalkForwardPoint[],
  sessions: number,
  since?: Session,
): EvaluatedSession[] {
  const { bars } = read
  const breaks = new Set(read.breaks)
  const byTarget = new Map(points.map((point) => [point.targetSession, point]))
  const history: EvaluatedSession[] = []
  for (let place = Math.max(1, bars.sessions.length - sessions); place < bars.sessions.length; place += 1) {
    const session = bars.sessions[place]
    const point = session === undefined ? undefined : byTarget.get(session)
    if (!point || breaks.has(place) || (since !== undefined && point.targetSession < since)) continue
    const scale = scaleSince(read, place - 1, point.dataVersion)
    history.push({
      predicted: rebase(point.predictedClose, scale),
      previous: rebase(point.previousClose, scale),
      actual: bars.close[place] ?? NaN,
      backfilled: point.refitEvery > 1,
    })
  }
  return history
}
