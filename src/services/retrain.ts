/**
 * Retrain: the newest training window of a symbol becomes a model version, and the next session a forecast.
 *
 * Bars → fit problem → engine → version, predictions and forecast, stored together. A symbol that cannot be
 * fitted leaves a failed run and nothing else.
 */
import { CALENDAR_FROM } from '../domain/calendar.js'
import type { Calendar } from '../domain/calendar.js'
import type { Clock } from '../domain/clock.js'
import { PERSISTENCE } from '../domain/forecast.js'
import type { VersionOrigin } from '../domain/model-version.js'
import { requireRecipe, windowBars } from '../domain/recipe.js'
import type { Recipe } from '../domain/recipe.js'
import type { Run } from '../domain/run.js'
import type { Session } from '../domain/session.js'
import type { BarStore } from '../db/bars.js'
import type { RetrainLog, RetrainOutcome, RunStart } from '../db/retrain-log.js'
import type { SymbolStore } from '../db/symbols.js'
import { KospigraphError } from '../errors.js'
import type { Engine, FitProgress } from '../ml/engine/engine.js'
import type { Engines } from '../ml/engine/engines.js'
import { fitModels } from '../ml/fit-models.js'
import type { ModelFit } from '../ml/fit-models.js'
import { predictNextClose } from '../ml/forecast.js'
import { sampleProblem } from '../ml/problem.js'
import type { ProblemRequest } from '../ml/problem.js'
import { trainingMetrics } from '../ml/training-metrics.js'
import { versionContent } from '../ml/version-content.js'
import { requireStoredSymbol } from './stored-symbol.js'

/** Seeds are stored as 32-bit integers, a member's own too. */
const MAX_SEED = 2_147_483_647

export interface RetrainRequest {
  readonly symbol: string
  readonly recipe: string
  readonly seed: number
  /** Bars after this session are not seen. */
  readonly asOfSession?: Session | undefined
  readonly origin: VersionOrigin
  readonly signal?: AbortSignal
  /** Epochs count over all members. */
  readonly onProgress?: (progress: {
    readonly epoch: number
    readonly epochs: number
    readonly loss: number
  }) => void
}

export type Retrain = (request: RetrainRequest) => Promise<Run>

export interface RetrainDeps {
  readonly symbols: SymbolStore
  readonly bars: BarStore
  readonly log: RetrainLog
  readonly engines: Engines
  readonly recipes: readonly Recipe[]
  readonly calendar: Calendar
  readonly clock: Clock
}

export function createRetrain(deps: RetrainDeps): Retrain {
  return async (request) => {
    const recipe = requireRecipe(deps.recipes, request.recipe)
    const largestSeed = MAX_SEED - (recipe.members - 1)
    if (!Number.isInteger(request.seed) || request.seed < 0 || request.seed > largestSeed) {
      throw new KospigraphError(
        'BAD_USER_INPUT',
        `seed: ${request.seed} is not a whole number from 0 to ${largestSeed}`,
      )
    }
    const symbol = await requireStoredSymbol(deps.symbols, request.symbol)
    let start: RunStart = {
      origin: request.origin,
      symbolId: symbol.id,
      recipeName: recipe.name,
      seed: request.seed,
      asOfSession: request.asOfSession ?? null,
      startedAt: deps.clock.now(),
      engine: null,
      device: null,
      engineReason: null,
    }
    const seen = await deps.bars.newest({ symbolId: symbol.id, to: request.asOfSession }, windowBars(recipe))
    const problem: ProblemRequest = { key: symbol.code, bars: seen.bars, recipe, seed: request.seed }
    try {
      requireNextSession(deps.calendar, seen.bars.sessions.at(-1))
      const { engine, reason } = await deps.engines.choose({
        fits: recipe.members,
        sample: () => sampleProblem(problem),
        signal: request.signal,
      })
      start = { ...start, engine: engine.name, device: engine.device, engineReason: reason }
      const outcome = await fitAndForecast(deps, engine, problem, seen.dataVersion, request)
      return await deps.log.recordSuccess(start, outcome)
    } catch (error) {
      if (!(error instanceof KospigraphError) || error.code === 'ABORTED') throw error
      const { code, message } = error
      return deps.log.recordFailure(start, {
        code,
        message,
        at: deps.clock.now(),
      })
    }
  }
}

/**
 * Before anything is fitted: bars from before the calendar's years have no next session that is known.
 * @throws KospigraphError OUTSIDE_CALENDAR saying from when on bars can be forecast from
 */
function requireNextSession(calendar: Calendar, last: Session | undefined): void {
  if (last === undefined || calendar.knows(last)) return
  throw new KospigraphError(
    'OUTSIDE_CALENDAR',
    `the newest bar is of ${last}, and the calendar knows no next session before ${CALENDAR_FROM}; ` +
      'bring in newer bars, or let newer ones be seen',
  )
}

async function fitAndForecast(
  { calendar, clock }: RetrainDeps,
  engine: Engine,
  problem: ProblemRequest,
  dataVersion: number,
  request: RetrainRequest,
): Promise<RetrainOutcome> {
  const { bars, recipe } = problem
  const fit = await fitOne(engine, problem, request)
  const { model, window } = fit
  const basedOnSession = at(bars.sessions, -1)
  const persistenceClose = at(bars.close, -1)
  const targetSession = calendar.nextSession(basedOnSession)
  const { predictedClose, scaledOutput, saturated } = await predictNextClose(engine, model, bars)
  return {
    recipe,
    version: {
      recipeName: recipe.name,
      dataVersion,
      windowFirst: at(bars.sessions, window.firstIndex),
      windowLast: at(bars.sessions, window.lastIndex),
      barCount: window.barCount,
      sampleCount: window.sampleCount,
      seed: request.seed,
      metrics: await trainingMetrics(engine, fit, bars),
      engine: engine.name,
      engineVersion: engine.version,
      device: engine.device,
      origin: request.origin,
      durationMs: fit.durationMs,
      ...versionContent(engine, fit, bars),
    },
    forecast: {
      targetSession,
      basedOnSession,
      servedBy: 'PERSISTENCE',
      servedReason: `recipe ${recipe.name} has not been evaluated on unseen sessions, so persistence serves`,
      predictedClose: persistenceClose,
      persistenceClose,
      dataVersion,
    },
    predictions: [
      { contender: PERSISTENCE, predictedClose: persistenceClose, scaledOutput: null, saturated: false },
      { contender: recipe.name, predictedClose, scaledOutput, saturated },
    ],
    moment: () => {
      const now = clock.now()
      return { now, origin: now < calendar.sessionOpen(targetSession) ? 'ISSUED' : 'REPLAY' }
    },
  }
}

async function fitOne(
  engine: Engine,
  problem: ProblemRequest,
  { signal, onProgress }: RetrainRequest,
): Promise<ModelFit<ProblemRequest>> {
  const { epochs, members } = problem.recipe
  const lastEpochs = new Map<string, FitProgress>()
  const report = (progress: FitProgress): void => {
    lastEpochs.set(progress.key, progress)
    const all = [...lastEpochs.values()]
    const sum = (of: (one: FitProgress) => number): number => all.reduce((total, one) => total + of(one), 0)
    onProgress?.({
      epoch: sum(({ epoch }) => epoch),
      epochs: epochs * members,
      loss: sum(({ loss }) => loss) / all.length,
    })
  }
  for await (const result of fitModels(engine, [problem], {
    ...(signal && { signal }),
    ...(onProgress && { onProgress: report }),
  })) {
    if (result.kind === 'model') return result
    throw new KospigraphError(result.code, result.message)
  }
  throw new Error(`the engine gave no result for ${problem.key}`)
}

function at<Item>(list: { at(index: number): Item | undefined }, index: number): Item {
  const item = list.at(index)
  if (item === undefined) throw new Error(`no element at ${index}`)
  return item
}
