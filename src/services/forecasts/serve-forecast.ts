/**
 * Builds a session's forecast from the champion of the ledger, the stored versions and the new fits.
 *
 * Where the champion is a recipe, its newest version serves unless the loss of its fit is too high; then an earlier one
 * does. A pinned version serves even if newer ones exist. Where the champion has no usable version, persistence serves
 * this session and the forecast states the reason; the ledger does not change.
 */
import { placeOfLastBreak } from '../../domain/bars/actions/joined-bars.js'
import { priceGridOf } from '../../domain/bars/price-grid.js'
import type { BarColumns } from '../../domain/bars/bar.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Clock } from '../../domain/clock.js'
import { PERSISTENCE } from '../../domain/models/recipe.js'
import type { Champion, NewPromotion, PromotionRules } from '../../domain/forecasts/promotion.js'
import type { Session } from '../../domain/calendar/session.js'
import type { StoredSymbol } from '../../domain/symbol.js'
import type { BarReader, NewestBars } from '../../db/bars/bar-reader.js'
import type { ModelVersionStore } from '../../db/models/model-versions.js'
import type {
  ContenderPrediction,
  ForecastOutcome,
  ServedVersion,
} from '../../db/forecasts/forecast-writer.js'
import type { WalkForwardStore } from '../../db/forecasts/walk-forwards.js'
import { KospigraphError } from '../../errors.js'
import { decodeWeights, recipeHash } from '../../ml/fit/artifact.js'
import { INTERVAL_BARS } from '../../ml/forecasts/contender-intervals.js'
import type { Engine } from '../../ml/engine/engine.js'
import { newestBars } from '../../ml/samples.js'
import { predictNextClose } from '../../ml/fit/prediction.js'
import type { FittedModel, NextClose } from '../../ml/fit/prediction.js'
import { TRAILING_LOSSES, lossObstacle } from '../../ml/forecasts/promotion-decision.js'
import type { BuiltModelVersion } from '../models/build-model-version.js'
import { storedModel } from '../models/stored-model.js'
import type { FittedWindow } from './serving-drift.js'
import { driftOf } from './serving-drift.js'
import type { ContenderPoints, MarketBounds } from './serving-intervals.js'
import { intervalsOf, stateOf } from './serving-intervals.js'

export interface ServingDeps {
  readonly bars: BarReader
  readonly versions: ModelVersionStore
  readonly walkForwards: WalkForwardStore
  readonly calendar: Calendar
  readonly clock: Clock
  readonly rules: PromotionRules
}

export interface ServingRequest {
  /** The engine for predictions of stored versions. */
  readonly engine: () => Promise<Engine>
  readonly symbol: Pick<StoredSymbol, 'id' | 'simulated' | 'kind' | 'market' | 'decimals'>
  /** Bars up to the session that the forecast is based on. */
  readonly read: NewestBars
  /** New versions fitted on these bars. */
  readonly fitted: readonly BuiltModelVersion[]
  readonly champion: Champion
  /** Why it is the champion, or why no recipe is. */
  readonly why: string
  /** The ledger entry to store with the forecast. */
  readonly promotion: NewPromotion | null
  /** Number of ledger entries when the decision was made. */
  readonly basis: number
  readonly market: MarketBounds
  /** Whether the new versions are a night's, whose predictions are walk-forward points. */
  readonly isNight: boolean
}

interface Served {
  /** The serving version; null where persistence serves. */
  readonly by: {
    readonly version: ServedVersion
    readonly model: FittedModel
    readonly window: FittedWindow
    readonly pinned: boolean
    readonly next: NextClose
  } | null
  readonly reason: string
}

/** Chooses the serving version and builds the forecast with its intervals, drift and predictions. */
export async function serve(deps: ServingDeps, request: ServingRequest): Promise<ForecastOutcome> {
  const { calendar, clock } = deps
  const { read, symbol, fitted, isNight } = request
  const basedOnSession = lastOf(read.bars.sessions)
  const persistenceClose = lastOf(read.bars.close)
  const targetSession = calendar.nextSession(basedOnSession)
  const { by, reason } = await choose(deps, request, basedOnSession)
  const predictedClose = by?.next.predictedClose ?? persistenceClose
  const recipe = by && { name: by.model.recipe.name, hash: recipeHash(by.model.recipe) }
  const state = stateOf(read, await pointsOf(deps, symbol.id, by, read.bars.sessions))
  const found = await intervalsOf(state, predictedClose, () =>
    request.market({ to: basedOnSession, simulated: symbol.simulated, recipe }),
  )
  const [narrow, wide] = found.kind === 'intervals' ? found.intervals : []
  const predictions: ContenderPrediction[] = [
    {
      contender: PERSISTENCE,
      recipeHash: null,
      refitEvery: null,
      version: null,
      predictedClose: persistenceClose,
      previousClose: persistenceClose,
      scaledOutput: null,
      saturated: false,
    },
    ...fitted.map(({ recipe: { name }, version, next }) =>
      predictionOf(name, { kind: 'fitted', recipeName: name }, next, isNight ? version.recipeHash : null),
    ),
    ...(by?.version.kind === 'stored' ? [predictionOf(by.model.recipe.name, by.version, by.next, null)] : []),
  ]
  return {
    forecast: {
      targetSession,
      basedOnSession,
      persistenceClose,
      predictedClose,
      dataVersion: read.dataVersion,
      servedReason: `${reason}${breakNote(read)}`,
      servedBy: by ? 'MODEL' : 'PERSISTENCE',
      contender: by?.model.recipe.name ?? PERSISTENCE,
      lower80: narrow?.lower ?? null,
      upper80: narrow?.upper ?? null,
      lower95: wide?.lower ?? null,
      upper95: wide?.upper ?? null,
      ...priceGridOf(symbol, read.bars),
      warmingUp: found.kind === 'intervals' && found.warmingUp,
      drift: by && (await driftOf(deps, await request.engine(), { symbolId: symbol.id, read, ...by })),
    },
    servedVersion: by?.version ?? null,
    predictions,
    promotion: request.promotion,
    followingSession: calendar.nextSession(targetSession),
    basis: request.basis,
    moment: () => {
      const now = clock.now()
      return { now, origin: now < calendar.sessionOpen(targetSession) ? 'ISSUED' : 'REPLAY' }
    },
  }
}

/** Reports the last break in the bars read, which neither inputs nor intervals cross. */
function breakNote(read: NewestBars): string {
  const place = placeOfLastBreak(read)
  if (place === 0) return ''
  return `; the series broke on ${String(read.bars.sessions[place])}, ${read.bars.sessions.length - place} bars since`
}

/** The bars since the last break, the only ones that a prediction may read. */
function unbroken(read: NewestBars): BarColumns {
  return newestBars(read.bars, read.bars.sessions.length - placeOfLastBreak(read))
}

function predictionOf(
  contender: string,
  version: ServedVersion,
  { predictedClose, lastClose, scaledOutput, saturated }: NextClose,
  walkedHash: string | null,
): ContenderPrediction {
  return {
    contender,
    version,
    predictedClose,
    previousClose: lastClose,
    scaledOutput,
    saturated,
    recipeHash: walkedHash,
    refitEvery: walkedHash === null ? null : 1,
  }
}

async function choose(deps: ServingDeps, request: ServingRequest, basedOn: Session): Promise<Served> {
  const { champion, why } = request
  if (champion.contender === PERSISTENCE) return { by: null, reason: why }
  try {
    return champion.pinnedVersionId === null
      ? await newestVersion(deps, request, basedOn)
      : await storedVersion(deps, request, champion.pinnedVersionId, { pinned: true, reason: why })
  } catch (error) {
    if (!(error instanceof KospigraphError) || error.code === 'ABORTED') throw error
    const reason = `${champion.contender} is the champion and has no forecast (${error.code}: ${error.message}), so persistence serves`
    return { by: null, reason }
  }
}

async function newestVersion(deps: ServingDeps, request: ServingRequest, basedOn: Session): Promise<Served> {
  const { champion, fitted, why, symbol, read } = request
  const fresh = fitted.find(({ recipe }) => recipe.name === champion.contender)
  const stored = await deps.versions.recent(
    {
      symbolId: symbol.id,
      recipeName: champion.contender,
      recipeHash: fresh?.version.recipeHash,
      since: read.breaks.length === 0 ? undefined : read.bars.sessions[placeOfLastBreak(read)],
      to: basedOn,
    },
    2 * TRAILING_LOSSES,
  )
  const older = stored.filter(({ contentHash }) => contentHash !== fresh?.version.contentHash)
  const trailing = (from: number): number[] =>
    older.slice(from, from + TRAILING_LOSSES).map(({ finalLoss }) => finalLoss)
  let obstacle = fresh ? null : `recipe ${champion.contender} has no version of ${basedOn}`
  if (fresh) {
    const { recipe, next } = fresh
    obstacle = lossObstacle(fresh.version.metrics.finalLoss, trailing(0), deps.rules)
    const version = { kind: 'fitted', recipeName: recipe.name } as const
    const model = {
      recipe,
      scaler: fresh.version.scaler,
      members: fresh.version.members.map(({ weights }) => decodeWeights(weights)),
    }
    const by = { version, model, window: fresh.version, next, pinned: false }
    if (obstacle === null) return { by, reason: why }
    obstacle = `its newest version ${obstacle}`
  }
  for (const [place, { id, number, finalLoss }] of older.slice(0, TRAILING_LOSSES).entries()) {
    if (lossObstacle(finalLoss, trailing(place + 1), deps.rules) !== null) continue
    const reason = `${why}; ${obstacle ?? ''}, so version ${number} serves`
    return storedVersion(deps, request, id, { pinned: false, reason })
  }
  return {
    by: null,
    reason: `${champion.contender} is the champion, but ${obstacle ?? ''} and none before it may serve, so persistence serves`,
  }
}

async function storedVersion(
  { versions }: ServingDeps,
  { engine, read }: ServingRequest,
  id: string,
  { pinned, reason }: { readonly pinned: boolean; readonly reason: string },
): Promise<Served> {
  const [version] = await versions.byIds([id])
  const model = version && (await storedModel(versions, version))
  if (!version || !model) {
    const message = `version ${version?.number ?? id} has a recipe that this program cannot read`
    throw new KospigraphError('BAD_USER_INPUT', message)
  }
  if (version.adjustedVersion !== null) {
    const message = `the prices that version ${version.number} was fitted on have been adjusted since`
    throw new KospigraphError('BAD_USER_INPUT', message)
  }
  const basedOn = lastOf(read.bars.sessions)
  if (version.windowLast > basedOn) {
    const message = `version ${version.number} was fitted on bars up to ${version.windowLast}, after ${basedOn}, the last bar of the forecast`
    throw new KospigraphError('BAD_USER_INPUT', message)
  }
  const broke = read.bars.sessions[placeOfLastBreak(read)]
  if (read.breaks.length > 0 && broke !== undefined && version.windowFirst < broke) {
    const message = `version ${version.number} was fitted on bars from ${version.windowFirst} on, and the series broke on ${broke}`
    throw new KospigraphError('SERIES_BROKEN', message)
  }
  const next = await predictNextClose(await engine(), model, unbroken(read))
  return { by: { version: { kind: 'stored', id }, model, window: version, next, pinned }, reason }
}

/** The contender's past walk-forward points; a pinned version's own predictions replace those of its recipe. */
async function pointsOf(
  { walkForwards }: ServingDeps,
  symbolId: number,
  by: Served['by'],
  sessions: readonly Session[],
): Promise<ContenderPoints> {
  const from = sessions.at(-INTERVAL_BARS) ?? sessions[0]
  const to = sessions.at(-1)
  if (by === null || from === undefined || to === undefined) return null
  const recipe = { name: by.model.recipe.name, hash: recipeHash(by.model.recipe) }
  const walked = await walkForwards.points([symbolId], [recipe], { from, to })
  const own = by.pinned && by.version.kind === 'stored' ? await walkForwards.ofVersion(by.version.id) : []
  const all = [...(walked.get(symbolId)?.get(recipe.name) ?? []), ...own]
  return new Map(
    all.filter(({ targetSession }) => targetSession <= to).map((point) => [point.targetSession, point]),
  )
}

function lastOf<Item>(list: { at(index: number): Item | undefined }): Item {
  const item = list.at(-1)
  if (item === undefined) throw new Error('a forecast needs bars')
  return item
}
