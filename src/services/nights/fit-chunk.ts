/**
 * Fits a chunk of a night's symbols: reads their bars, backfills missing walk-forward points, fits all symbols as one batch,
 * and stores each symbol's decision and forecast on its own. A symbol that cannot be fitted fails alone, and
 * persistence serves it.
 */
import type { NightRecord } from '../../domain/nights/night-record.js'
import { LedgerMovedError } from '../../domain/forecasts/promotion.js'
import { requireRecipe, windowBars } from '../../domain/models/recipe.js'
import type { Recipe } from '../../domain/models/recipe.js'
import type { NewestBars } from '../../db/bars/bar-reader.js'
import type { NightWriter, NightSymbol } from '../../db/nights/night-writer.js'
import { FitRefusedError } from '../../db/nights/record-outcome.js'
import type { NightFailure } from '../../db/nights/record-outcome.js'
import { EMPTY_LEDGER } from '../../db/forecasts/promotions.js'
import type { LedgerHead, PromotionStore } from '../../db/forecasts/promotions.js'
import type { WalkForwards } from '../../db/forecasts/walk-forwards.js'
import { ClaimLostError } from '../../domain/queue/job.js'
import { KospigraphError, messageOf } from '../../errors.js'
import type { Engine } from '../../ml/engine/engine.js'
import type { Engines } from '../../ml/engine/engines.js'
import { fitModels } from '../../ml/fit/fit-models.js'
import type { ModelResult } from '../../ml/fit/fit-models.js'
import { buildFitProblems, sampleProblem } from '../../ml/fit/problem.js'
import type { ProblemRequest } from '../../ml/fit/problem.js'
import { evaluate } from '../../ml/forecasts/promotion-decision.js'
import { buildModelVersion, problemRequestOf } from '../models/build-model-version.js'
import type { BuiltModelVersion } from '../models/build-model-version.js'
import { barsToRead, createMarketBounds } from '../forecasts/serving-intervals.js'
import type { MarketBounds } from '../forecasts/serving-intervals.js'
import { serve } from '../forecasts/serve-forecast.js'
import type { ServingDeps } from '../forecasts/serve-forecast.js'
import { decideChampion, judgedSince } from '../forecasts/champion-decision.js'
import { noBar, targetOpen, tooLate } from './night-failures.js'
import { backfill, historyOf, missingFolds, trailingPoints } from '../forecasts/walk-forward-backfill.js'
import type { Judged } from '../forecasts/walk-forward-backfill.js'

/** Every night fits with the same seed, so that a repeated night gives the same bytes. */
const SEED = 0
/** Symbols whose results are stored concurrently, while fits continue. */
const MAX_CONCURRENT_RECORDS = 2
/** After this many symbols that cannot be stored, the cause is probably common, and the chunk waits for its next attempt. */
const MAX_UNRECORDED = 3
/** Decisions made for one symbol while its ledger keeps changing. */
const MAX_DECISIONS = 5

export interface FitChunkDeps extends ServingDeps {
  readonly log: NightWriter
  readonly promotions: PromotionStore
  readonly engines: Pick<Engines, 'choose'>
  readonly recipes: readonly Recipe[]
  readonly warn: (line: string) => void
}

interface ChunkSymbol extends Judged {
  readonly stored: NightSymbol
}

interface NightRequest extends ProblemRequest {
  readonly symbol: ChunkSymbol
}

/** Shared inputs for storing the symbols of a chunk. */
interface RecordingContext {
  readonly night: NightRecord
  readonly engine: () => Promise<Engine>
  readonly heads: ReadonlyMap<number, LedgerHead>
  readonly points: WalkForwards
  readonly market: MarketBounds
}

/** Fits the symbols' recipes that have no outcome yet, and stores an outcome for each. */
export async function fitChunk(
  deps: FitChunkDeps,
  night: NightRecord,
  symbols: readonly NightSymbol[],
  signal: AbortSignal,
): Promise<void> {
  const chunk: ChunkSymbol[] = []
  for (const symbol of symbols) {
    signal.throwIfAborted()
    const found = await readSymbol(deps, night, symbol)
    if (found) chunk.push(found)
  }
  const requests = chunk.flatMap((symbol): NightRequest[] =>
    symbol.recipes.map((recipe) => ({
      ...problemRequestOf(symbol.read, { key: symbol.code, recipe, seed: SEED }),
      symbol,
    })),
  )
  if (requests.length === 0) return
  if (deps.clock.now() >= targetOpen(deps.calendar, night.session)) {
    for (const { symbol, recipe } of requests) {
      await deps.log.fail(
        night.session,
        symbol.symbolId,
        recipe.name,
        tooLate(night.session),
        deps.clock.now(),
      )
    }
    return
  }
  const recording = await prepare(deps, night, chunk, requests, signal)
  await recordEach(
    fitModels(await recording.engine(), requests, { signal }),
    (results) => recordOutcome(deps, recording, results),
    deps.warn,
  )
}

/** Reads a symbol and records recipes that cannot be fitted. @returns undefined where no recipe is left to fit */
async function readSymbol(
  { log, bars, recipes: known, clock, rules }: FitChunkDeps,
  { session: date, recipes }: NightRecord,
  symbol: NightSymbol,
): Promise<ChunkSymbol | undefined> {
  const { id: symbolId, code, lastSession, doneRecipes } = symbol
  const wanted: Recipe[] = []
  for (const recipeName of recipes.filter((name) => !doneRecipes.includes(name))) {
    try {
      // This worker may have other recipes than the scheduler.
      wanted.push(requireRecipe(known, recipeName))
    } catch (error) {
      if (!(error instanceof KospigraphError)) throw error
      const failure = { status: 'FAILED', code: error.code, message: error.message } as const
      await log.fail(date, symbolId, recipeName, failure, clock.now())
    }
  }
  if (wanted.length === 0) return undefined
  const read: NewestBars = await bars.newest({ symbolId, to: date }, barsToRead(wanted, rules.sessions))
  if (read.bars.sessions.at(-1) !== date) {
    for (const { name } of wanted) {
      await log.fail(date, symbolId, name, noBar(date, lastSession), clock.now())
    }
    return undefined
  }
  return { symbolId, code, stored: symbol, read, recipes: wanted }
}

/** Backfills missing walk-forward points and reads the shared inputs. */
async function prepare(
  deps: FitChunkDeps,
  night: NightRecord,
  chunk: readonly ChunkSymbol[],
  requests: readonly NightRequest[],
  signal: AbortSignal,
): Promise<RecordingContext> {
  const { walkForwards, rules, clock } = deps
  const { sessions } = rules
  let points = await trailingPoints(walkForwards, chunk, sessions)
  const fits = requests.reduce(
    (sum, { recipe, symbol }) => sum + recipe.members * (1 + countMissing(symbol, recipe, points, sessions)),
    0,
  )
  let chosen: Promise<Engine> | undefined
  const engine = (): Promise<Engine> => {
    const sample = () => sampleProblem(requests.find(canBeFitted) ?? requests[0] ?? raise())
    chosen ??= deps.engines.choose({ fits, sample, signal }).then((choice) => choice.engine)
    return chosen
  }
  const now = (): Date => clock.now()
  const made = await backfill(walkForwards, engine, chunk, { points, sessions, seed: SEED, now, signal })
  if (made > 0) points = await trailingPoints(walkForwards, chunk, sessions)
  return {
    night,
    engine,
    points,
    market: createMarketBounds(walkForwards),
    heads: await deps.promotions.heads(chunk.map(({ symbolId }) => symbolId)),
  }
}

function countMissing(
  { symbolId, read }: ChunkSymbol,
  recipe: Recipe,
  points: WalkForwards,
  sessions: number,
): number {
  const known = points.get(symbolId)?.get(recipe.name) ?? []
  const targets = new Set(known.map(({ targetSession }) => targetSession))
  return missingFolds(read, targets, windowBars(recipe), sessions).length
}

/**
 * Passes each symbol's results on together, a few symbols at a time, while fits continue. An error of one symbol is thrown
 * once the others are stored, so that the next attempt has only that symbol left.
 */
async function recordEach(
  all: AsyncIterable<ModelResult<NightRequest>>,
  record: (results: readonly ModelResult<NightRequest>[]) => Promise<void>,
  warn: (line: string) => void,
): Promise<void> {
  const recording = new Set<Promise<void>>()
  const unrecorded: unknown[] = []
  const recordOrNote = async (results: readonly ModelResult<NightRequest>[]): Promise<void> => {
    try {
      await record(results)
    } catch (error) {
      const isAborted = error instanceof KospigraphError && error.code === 'ABORTED'
      if (isAborted || error instanceof ClaimLostError) throw error
      unrecorded.push(error)
      warn(`${results[0]?.request.key ?? ''}: storing its outcome failed: ${messageOf(error)}`)
      if (unrecorded.length >= MAX_UNRECORDED) throw error
    }
  }
  const begin = async (results: readonly ModelResult<NightRequest>[]): Promise<void> => {
    if (recording.size >= MAX_CONCURRENT_RECORDS) await Promise.race(recording)
    const one = recordOrNote(results)
    recording.add(one)
    void one.then(
      () => recording.delete(one),
      () => undefined,
    )
  }
  let ofSymbol: ModelResult<NightRequest>[] = []
  try {
    for await (const result of all) {
      if (ofSymbol[0] && ofSymbol[0].request.symbol !== result.request.symbol) {
        await begin(ofSymbol)
        ofSymbol = []
      }
      ofSymbol.push(result)
    }
    await begin(ofSymbol)
    await Promise.all(recording)
    if (unrecorded.length > 0) throw unrecorded[0]
  } finally {
    await Promise.allSettled(recording)
  }
}

async function recordOutcome(
  deps: FitChunkDeps,
  { night, engine, heads, points, market }: RecordingContext,
  results: readonly ModelResult<NightRequest>[],
): Promise<void> {
  const { log, promotions, rules, calendar } = deps
  const { session: date } = night
  const symbol = (results[0] ?? raise()).request.symbol
  const { symbolId: id, read, recipes } = symbol
  const fits = new Map<string, BuiltModelVersion>()
  const failures = new Map<string, NightFailure>()
  const refuse = (
    recipeName: string,
    { code, message }: { readonly code: string; readonly message: string },
  ): void => {
    fits.delete(recipeName)
    failures.set(recipeName, { status: 'FAILED', code, message })
  }
  for (const result of results) {
    const { name } = result.request.recipe
    if (result.kind === 'failure') {
      refuse(name, result)
      continue
    }
    try {
      const made = { origin: 'NIGHT', night: date, dataVersion: read.dataVersion } as const
      fits.set(name, await buildModelVersion(await engine(), result, made))
    } catch (error) {
      if (!(error instanceof KospigraphError) || error.code === 'ABORTED') throw error
      refuse(name, error)
    }
  }
  let head = heads.get(id) ?? EMPTY_LEDGER
  for (let decisions = 1; ; decisions += 1) {
    const ledger = head
    const contenders = recipes.map(({ name }) => {
      const trail = points.get(id)?.get(name) ?? []
      const evaluation = evaluate(historyOf(read, trail, rules.sessions, judgedSince(ledger, name)))
      return { name, evaluation, failure: failures.get(name)?.code ?? null }
    })
    const target = calendar.nextSession(date)
    const standing = decideChampion(head, contenders, { nightRecipes: night.recipes, target, rules })
    const served = await serve(deps, {
      ...standing,
      engine,
      symbol: symbol.stored,
      read,
      market,
      fitted: [...fits.values()],
      basis: head.entries,
      isNight: true,
    })
    try {
      await log.recordOutcome(date, id, {
        fits: [...fits].map(([recipeName, outcome]) => ({ recipeName, outcome })),
        failures: [...failures].map(([recipeName, failure]) => ({ recipeName, failure })),
        served,
      })
      const { drift, contender } = served.forecast
      if (drift && drift.warnings.length > 0) {
        deps.warn(
          `${symbol.code}: the serving version of recipe ${contender} has drifted: ${drift.warnings.join('; ')}`,
        )
      }
      return
    } catch (error) {
      if (error instanceof FitRefusedError) refuse(error.recipeName, error.refusal)
      else if (!(error instanceof LedgerMovedError) || decisions >= MAX_DECISIONS) throw error
      head = (await promotions.heads([id])).get(id) ?? EMPTY_LEDGER
    }
  }
}

function canBeFitted(request: NightRequest): boolean {
  try {
    buildFitProblems(request)
    return true
  } catch (error) {
    if (error instanceof KospigraphError) return false
    throw error
  }
}

/** For states that cannot occur: chunks without fits return early. */
function raise(): never {
  throw new Error('a chunk without fits needs no engine')
}
