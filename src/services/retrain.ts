/**
 * Retrain: the newest training window of a symbol becomes a model version, and the next session a forecast.
 *
 * Bars → fit problem → engine → version, predictions and forecast, stored together. A symbol that cannot be
 * fitted leaves a failed run and nothing else.
 */
import { nextSession, sessionOpen } from '../domain/calendar.js'
import type { BarColumns } from '../domain/bar.js'
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
import { contentHash, encodeWeights, fingerprintBars, recipeHash } from '../ml/artifact.js'
import type { Engine, FitResult } from '../ml/engine/engine.js'
import { predictNextClose } from '../ml/forecast.js'
import { trainingMetrics } from '../ml/training-metrics.js'
import { buildFitProblem } from '../ml/problem.js'
import { sliceBars } from '../ml/samples.js'
import { requireStoredSymbol } from './stored-symbol.js'

/** Seeds are stored as 32-bit integers. */
const MAX_SEED = 2_147_483_647

export interface RetrainRequest {
  readonly symbol: string
  readonly recipe: string
  readonly seed: number
  /** Bars after this session are not seen. */
  readonly asOfSession?: Session | undefined
  readonly origin: VersionOrigin
  readonly signal?: AbortSignal
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
  readonly engine: Engine
  readonly recipes: readonly Recipe[]
  readonly clock: Clock
}

export function createRetrain(deps: RetrainDeps): Retrain {
  return async (request) => {
    const recipe = requireRecipe(deps.recipes, request.recipe)
    if (!Number.isInteger(request.seed) || request.seed < 0 || request.seed > MAX_SEED) {
      throw new KospigraphError(
        'BAD_USER_INPUT',
        `seed: ${request.seed} is not a whole number from 0 to ${MAX_SEED}`,
      )
    }
    const symbol = await requireStoredSymbol(deps.symbols, request.symbol)
    const start: RunStart = {
      origin: request.origin,
      symbolId: symbol.id,
      recipeName: recipe.name,
      seed: request.seed,
      asOfSession: request.asOfSession ?? null,
      startedAt: deps.clock.now(),
    }
    const seen = await deps.bars.newest({ symbolId: symbol.id, to: request.asOfSession }, windowBars(recipe))
    try {
      const outcome = await fitAndForecast(deps, recipe, seen, request)
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

async function fitAndForecast(
  { engine, clock }: RetrainDeps,
  recipe: Recipe,
  { bars, dataVersion }: { readonly bars: BarColumns; readonly dataVersion: number },
  request: RetrainRequest,
): Promise<RetrainOutcome> {
  const { problem, scaler, window } = buildFitProblem({
    key: request.symbol,
    bars,
    recipe,
    seed: request.seed,
  })
  const fit = await fitOne(engine, problem, request)
  const { weights, losses, durationMs } = fit
  const basedOnSession = at(bars.sessions, -1)
  const persistenceClose = at(bars.close, -1)
  const targetSession = nextSession(basedOnSession)
  const hash = recipeHash(recipe)
  const fingerprint = fingerprintBars(sliceBars(bars, window.firstIndex, window.lastIndex))
  const members = [{ ordinal: 0, seed: request.seed, weights: encodeWeights(weights), losses: [...losses] }]
  const { predictedClose, scaledOutput, saturated } = predictNextClose({
    engine,
    recipe,
    bars,
    scaler,
    weights,
  })
  return {
    recipe,
    version: {
      recipeName: recipe.name,
      recipeHash: hash,
      dataVersion,
      windowFirst: at(bars.sessions, window.firstIndex),
      windowLast: at(bars.sessions, window.lastIndex),
      barCount: window.barCount,
      sampleCount: window.sampleCount,
      fingerprint,
      seed: request.seed,
      scaler,
      metrics: trainingMetrics({ engine, recipe, bars, scaler, weights, losses }),
      members,
      engine: engine.name,
      engineVersion: engine.version,
      device: engine.device,
      origin: request.origin,
      contentHash: contentHash({
        scaler,
        members,
        recipeHash: hash,
        fingerprint,
        engineVersion: engine.version,
      }),
      durationMs,
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
      return { now, origin: now < sessionOpen(targetSession) ? 'ISSUED' : 'REPLAY' }
    },
  }
}

type Fit = Extract<FitResult, { kind: 'fit' }>

async function fitOne(
  engine: Engine,
  problem: ReturnType<typeof buildFitProblem>['problem'],
  { signal, onProgress }: RetrainRequest,
): Promise<Fit> {
  for await (const result of engine.fit([problem], {
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  })) {
    if (result.kind === 'fit') return result
    throw new KospigraphError(result.code, result.message)
  }
  throw new Error(`the engine gave no result for ${problem.key}`)
}

function at<Item>(list: { at(index: number): Item | undefined }, index: number): Item {
  const item = list.at(index)
  if (item === undefined) throw new Error(`no element at ${index}`)
  return item
}
