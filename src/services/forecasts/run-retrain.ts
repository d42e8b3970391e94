/**
 * Executes a retrain: fits the newest training window of a symbol, stores the version and forecasts the next session.
 *
 * Bars → fit problem → engine → version, predictions and forecast, stored together. A symbol that cannot be
 * fitted leaves a failed run and nothing else.
 */
import { CALENDAR_FROM } from '../../domain/calendar/calendar.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Clock } from '../../domain/clock.js'
import { requireRecipe } from '../../domain/models/recipe.js'
import type { Recipe } from '../../domain/models/recipe.js'
import type { Session } from '../../domain/calendar/session.js'
import type { StoredSymbol } from '../../domain/symbol.js'
import { ClaimLostError, MAX_ATTEMPTS } from '../../domain/queue/job.js'
import type { PromotionRules } from '../../domain/forecasts/promotion.js'
import { LedgerMovedError } from '../../domain/forecasts/promotion.js'
import type { BarReader, NewestBars } from '../../db/bars/bar-reader.js'
import type { ModelVersionStore } from '../../db/models/model-versions.js'
import { EMPTY_LEDGER } from '../../db/forecasts/promotions.js'
import type { PromotionStore } from '../../db/forecasts/promotions.js'
import type { RetrainWriter } from '../../db/forecasts/retrain-writer.js'
import type { Claimed, RunEngine, RunWriter } from '../../db/models/run-writer.js'
import type { SymbolStore } from '../../db/symbols.js'
import type { WalkForwardStore } from '../../db/forecasts/walk-forwards.js'
import { KospigraphError } from '../../errors.js'
import type { Engine, FitProgress } from '../../ml/engine/engine.js'
import type { Engines } from '../../ml/engine/engines.js'
import { fitModels } from '../../ml/fit/fit-models.js'
import type { ModelFit } from '../../ml/fit/fit-models.js'
import { sampleProblem } from '../../ml/fit/problem.js'
import type { ProblemRequest } from '../../ml/fit/problem.js'
import { buildModelVersion, problemRequestOf } from '../models/build-model-version.js'
import type { BuiltModelVersion } from '../models/build-model-version.js'
import { barsToRead, createMarketBounds } from './serving-intervals.js'
import { serve } from './serve-forecast.js'
import { decisionInForce } from './champion-decision.js'

/**
 * Executes a run that is queued or whose worker died; does nothing for one that has ended.
 * @throws KospigraphError ABORTED where the signal ends it; another worker can claim the run
 * @throws ClaimLostError where another worker has claimed it, or it was cancelled
 */
export type RunRetrain = (runId: string, options: RunRetrainOptions) => Promise<void>

export interface RunRetrainOptions {
  readonly signal: AbortSignal
  /** Whether an unexpected error fails the run, because the job is not retried. */
  readonly lastAttempt: boolean
}

export interface RunRetrainDeps {
  readonly symbols: SymbolStore
  readonly bars: BarReader
  readonly runs: RunWriter
  readonly log: RetrainWriter
  readonly versions: ModelVersionStore
  readonly walkForwards: WalkForwardStore
  readonly promotions: PromotionStore
  readonly engines: Engines
  readonly recipes: readonly Recipe[]
  readonly rules: PromotionRules
  readonly calendar: Calendar
  readonly clock: Clock
}

interface Work {
  readonly claimed: Claimed
  readonly signal: AbortSignal
  readonly read: NewestBars
  readonly problem: ProblemRequest
  readonly symbol: StoredSymbol
}

/** Attempts to store a forecast while the ledger keeps changing. */
const MAX_ATTEMPTS_TO_SERVE = 5

/** Shortest time between two progress events. */
const PROGRESS_MS = 100

export function createRunRetrain(deps: RunRetrainDeps): RunRetrain {
  return async (runId, { signal, lastAttempt }) => {
    const claimed = await deps.runs.claim(runId, deps.clock.now())
    if (!claimed) return
    let engine: RunEngine | null = null
    try {
      const work = await readWork(deps, claimed, signal)
      requireNextSession(deps.calendar, work.problem.bars.sessions.at(-1))
      const chosen = await deps.engines.choose({
        fits: work.problem.recipe.members,
        sample: () => sampleProblem(work.problem),
        signal,
      })
      engine = {
        engine: chosen.engine.name,
        device: chosen.engine.device,
        engineReason: chosen.reason,
      }
      const fit = await fitWithProgress(deps, chosen.engine, work)
      const made = { origin: claimed.run.origin, night: null, dataVersion: work.read.dataVersion }
      const outcome = await buildModelVersion(chosen.engine, fit, made)
      await record(deps, work, { engine, chosen: chosen.engine, outcome })
    } catch (error) {
      const known = error instanceof KospigraphError
      if (error instanceof ClaimLostError || (known && error.code === 'ABORTED')) throw error
      if (!known && !lastAttempt) throw error
      const { code, message } = known
        ? error
        : {
            code: 'INTERNAL',
            message: `it failed ${MAX_ATTEMPTS} times; the logs of the workers have the errors`,
          }
      await deps.runs.fail(claimed, engine, { code, message, at: deps.clock.now() })
      if (!known) throw error
    }
  }
}

/**
 * Refuses bars from before the calendar's first year, whose next session is unknown, before anything is fitted.
 * @throws KospigraphError OUTSIDE_CALENDAR naming the calendar's first date
 */
function requireNextSession(calendar: Calendar, last: Session | undefined): void {
  if (last === undefined || calendar.knows(last)) return
  throw new KospigraphError(
    'OUTSIDE_CALENDAR',
    `the newest bar is of ${last}, and the calendar knows no next session before ${CALENDAR_FROM}; ` +
      'ingest newer bars, or choose a later asOfSession',
  )
}

async function readWork(deps: RunRetrainDeps, claimed: Claimed, signal: AbortSignal): Promise<Work> {
  const { symbolId, recipeName, seed, asOfSession } = claimed.run
  // This worker may have other recipes than the process that took the request.
  const recipe = requireRecipe(deps.recipes, recipeName)
  const [symbol] = await deps.symbols.byIds([symbolId])
  if (!symbol) throw new Error(`run ${claimed.run.id} is of a symbol that is not stored`)
  const read = await deps.bars.newest({ symbolId, to: asOfSession ?? undefined }, barsToRead([recipe]))
  const problem = problemRequestOf(read, { key: symbol.code, recipe, seed })
  return { claimed, signal, read, problem, symbol }
}

/**
 * Stores the version and the forecast of the champion in force for the target session, also in a replay. A retrain
 * never promotes.
 */
async function record(
  deps: RunRetrainDeps,
  { claimed, read, symbol }: Work,
  {
    engine,
    chosen,
    outcome,
  }: { readonly engine: RunEngine; readonly chosen: Engine; readonly outcome: BuiltModelVersion },
): Promise<void> {
  const { id } = symbol
  const target = deps.calendar.nextSession(outcome.version.windowLast)
  const market = createMarketBounds(deps.walkForwards)
  for (let attempt = 1; ; attempt += 1) {
    const head = (await deps.promotions.heads([id])).get(id) ?? EMPTY_LEDGER
    const served = await serve(deps, {
      ...decisionInForce(await deps.promotions.inForce(id, target)),
      engine: () => Promise.resolve(chosen),
      symbol,
      read,
      market,
      fitted: [outcome],
      basis: head.entries,
      isNight: false,
    })
    try {
      await deps.log.recordSuccess(claimed, engine, { fit: outcome, served })
      return
    } catch (error) {
      if (!(error instanceof LedgerMovedError) || attempt >= MAX_ATTEMPTS_TO_SERVE) throw error
    }
  }
}

async function fitWithProgress(
  deps: RunRetrainDeps,
  engine: Engine,
  work: Work,
): Promise<ModelFit<ProblemRequest>> {
  const { problem } = work
  const lost = new AbortController()
  const progress = createProgress(deps, work, (error) => lost.abort(error))
  const signal = AbortSignal.any([work.signal, lost.signal])
  try {
    for await (const result of fitModels(engine, [problem], { signal, onProgress: progress.report })) {
      if (result.kind === 'model') return result
      throw new KospigraphError(result.code, result.message)
    }
    throw new Error(`the engine returned no result for ${problem.key}`)
  } catch (error) {
    lost.signal.throwIfAborted()
    throw error
  } finally {
    await progress.end()
  }
}

/** Publishes progress: one write at a time, at most every {@link PROGRESS_MS}; reports in between are skipped. */
function createProgress(
  { runs, clock }: RunRetrainDeps,
  { claimed, problem }: Work,
  onClaimLost: (error: ClaimLostError) => void,
): { readonly report: (progress: FitProgress) => void; end(): Promise<void> } {
  const { epochs, members } = problem.recipe
  const lastEpochs = new Map<string, FitProgress>()
  let publishedMs = performance.now()
  let publishing: Promise<void> = Promise.resolve()
  let busy = false
  return {
    report(progress) {
      lastEpochs.set(progress.key, progress)
      const nowMs = performance.now()
      if (busy || nowMs - publishedMs < PROGRESS_MS) return
      publishedMs = nowMs
      busy = true
      const all = [...lastEpochs.values()]
      const sum = (of: (one: FitProgress) => number): number => all.reduce((total, one) => total + of(one), 0)
      publishing = runs
        .progress(
          claimed,
          {
            status: 'RUNNING',
            epoch: sum(({ epoch }) => epoch),
            epochs: epochs * members,
            loss: sum(({ loss }) => loss) / all.length,
          },
          clock.now(),
        )
        .catch((error: unknown) => {
          // Storing the result reports an unreachable database.
          if (error instanceof ClaimLostError) onClaimLost(error)
        })
        .finally(() => (busy = false))
    },
    end: () => publishing,
  }
}
