/**
 * The night's two tasks. The first fetches bars, looks which symbols have one of the session, and gives them out in
 * chunks; those that have none yet are looked at again later. The second fits a chunk as one batch and records every
 * result by itself: a symbol that cannot be fitted fails alone, and persistence serves it.
 *
 * Either may be killed anywhere, and both begin with what is not done yet.
 */
import type { Calendar } from '../../domain/calendar.js'
import type { Clock } from '../../domain/clock.js'
import { ClaimLostError, MAX_ATTEMPTS } from '../../domain/job.js'
import { nextRetry } from '../../domain/night.js'
import type { NightRecord } from '../../domain/night-record.js'
import { requireRecipe } from '../../domain/recipe.js'
import type { Recipe } from '../../domain/recipe.js'
import type { Session } from '../../domain/session.js'
import type { BarStore, NewestBars } from '../../db/bars.js'
import type { ClaimedNight, NightFailure, NightLog, NightPlan, NightSymbol } from '../../db/night-log.js'
import { KospigraphError, messageOf } from '../../errors.js'
import type { Engines } from '../../ml/engine/engines.js'
import { fitModels } from '../../ml/fit-models.js'
import type { ModelResult } from '../../ml/fit-models.js'
import { buildFitProblems, sampleProblem } from '../../ml/problem.js'
import type { ProblemRequest } from '../../ml/problem.js'
import { barsToRead, fitSource, intervalsOf, persistenceOutcome, retrainOutcome } from '../retrain-outcome.js'
import type { FitSource } from '../retrain-outcome.js'
import type { SyncBars } from '../sync-bars.js'

/** Symbols that are one batch of fits, and one job. */
const CHUNK_SYMBOLS = 64
/** A symbol whose newest bar is older has left the market, or is not kept up: nothing is expected of it. */
const DORMANT_SESSIONS = 10
/** Every night fits with the same seed, so that a night that is repeated gives the same bytes. */
const SEED = 0
/** Symbols whose results are written at a time, beside the fits. */
const SETTLING = 2

export interface NightJob {
  readonly signal: AbortSignal
  /** Whether an unexpected error ends the night, or the chunk's part in it: nobody will try again. */
  readonly lastAttempt: boolean
}

export interface RunNight {
  /** @throws ClaimLostError where another worker has taken the night up */
  night(date: Session, job: NightJob): Promise<void>
  /** @throws KospigraphError ABORTED, with the rest left to whoever takes it up next */
  chunk(date: Session, symbolIds: readonly number[], job: NightJob): Promise<void>
}

export interface RunNightDeps {
  readonly log: NightLog
  readonly bars: BarStore
  readonly engines: Engines
  readonly recipes: readonly Recipe[]
  readonly calendar: Calendar
  readonly clock: Clock
  /** Null where no provider is configured. */
  readonly syncBars: SyncBars | null
  readonly warn: (line: string) => void
}

interface NightRequest extends ProblemRequest {
  readonly symbolId: number
  readonly source: FitSource
}

export function createRunNight(deps: RunNightDeps): RunNight {
  const { log, clock } = deps
  return {
    async night(date, { signal, lastAttempt }) {
      const claimed = await log.claim(date, clock.now())
      if (!claimed) return
      try {
        await sync(deps, date, signal)
        await planNight(deps, claimed)
        await log.finish(claimed, clock.now())
      } catch (error) {
        if (lastAttempt && !isNotOurs(error, signal)) {
          await log.end(
            claimed,
            'FAILED',
            `it failed ${MAX_ATTEMPTS} times: ${messageOf(error)}`,
            clock.now(),
          )
        }
        throw error
      }
    },

    async chunk(date, symbolIds, { signal, lastAttempt }) {
      const opened = await log.open(date)
      if (!opened) return
      const symbols = (await membersOf(deps, date)).filter(({ id }) => symbolIds.includes(id))
      try {
        await fitChunk(deps, opened.night, symbols, signal)
      } catch (error) {
        if (!lastAttempt || isNotOurs(error, signal)) throw error
        const message = `it failed ${MAX_ATTEMPTS} times for reasons that are in the log of the workers`
        await failRest(deps, opened.night, symbolIds, { status: 'FAILED', code: 'INTERNAL', message })
        await log.finish(opened, clock.now())
        throw error
      }
      await log.finish(opened, clock.now())
    },
  }
}

/** An error that ends this worker's part and not the night. */
function isNotOurs(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || error instanceof ClaimLostError
}

async function sync({ syncBars, calendar, clock, warn }: RunNightDeps, date: Session, signal: AbortSignal) {
  if (!syncBars || clock.now() >= targetOpen(calendar, date)) return
  try {
    await syncBars({ signal })
  } catch (error) {
    signal.throwIfAborted()
    // What providers did is on record; what is stored is forecast from all the same.
    if (!(error instanceof KospigraphError)) throw error
    warn(`the night of ${date} goes on without new bars: ${error.message}`)
  }
}

function targetOpen(calendar: Calendar, date: Session): Date {
  return calendar.sessionOpen(calendar.nextSession(date))
}

/** Symbols that the night is about: not those of a simulated market that has stopped, nor those that have left. */
async function membersOf({ log, calendar }: RunNightDeps, date: Session): Promise<NightSymbol[]> {
  let since = date
  for (let sessions = 0; sessions < DORMANT_SESSIONS; sessions += 1) since = calendar.previousSession(since)
  const symbols = await log.symbols(date, since)
  return symbols.filter(({ simulated, lastSession }) => !simulated || lastSession === date)
}

async function planNight(deps: RunNightDeps, claimed: ClaimedNight): Promise<void> {
  const { log, calendar, clock } = deps
  const { date, recipes, startedAt } = claimed.night
  const now = clock.now()
  const targetOpensAt = targetOpen(calendar, date)
  const isOpen = now >= targetOpensAt
  const members = await membersOf(deps, date)
  if (members.length === 0) {
    const reason = `no symbol has a bar of the last ${DORMANT_SESSIONS} sessions; bring bars in, or set PROVIDERS`
    await log.end(claimed, 'SKIPPED', reason, now)
    return
  }
  const undone = members.filter(({ doneRecipes }) => recipes.some((name) => !doneRecipes.includes(name)))
  const stale = undone.filter(({ lastSession }) => lastSession !== date)
  const retryAt = stale.length === 0 ? null : nextRetry({ targetOpensAt }, startedAt ?? now, now)
  const fitted = new Set(isOpen ? [] : undone.filter(({ lastSession }) => lastSession === date))
  const chunks = new Map<string, number[]>()
  // By place among all members, so that a night that is taken over gives the same chunks out under the same keys.
  for (const [place, symbol] of members.entries()) {
    if (!fitted.has(symbol)) continue
    const key = `nightChunk:${date}:${Math.floor(place / CHUNK_SYMBOLS)}`
    chunks.set(key, [...(chunks.get(key) ?? []), symbol.id])
  }
  const plan: NightPlan = {
    expected: members.length * recipes.length,
    chunks,
    retry: retryAt && {
      at: retryAt,
      delayMs: retryAt.getTime() - now.getTime(),
      reason: `${stale.length} of ${members.length} symbols have no bar of ${date} yet`,
    },
    givenUp: undone
      .filter((symbol) => !fitted.has(symbol) && (retryAt === null || symbol.lastSession === date))
      .map(({ id, lastSession }) => ({
        symbolId: id,
        ...(lastSession === date ? tooLate(date) : noBar(date, lastSession)),
      })),
  }
  await log.plan(claimed, plan, now)
}

function noBar(date: Session, lastSession: Session | undefined): NightFailure & { readonly status: 'STALE' } {
  const message = `its newest bar is of ${lastSession ?? 'before'}, and that of ${date} did not come in time`
  return { status: 'STALE', code: 'NO_BAR', message }
}

function tooLate(date: Session): NightFailure & { readonly status: 'FAILED' } {
  const message = `the session after ${date} had opened before it was its turn, so no forecast was issued`
  return { status: 'FAILED', code: 'TARGET_OPENED', message }
}

async function fitChunk(
  deps: RunNightDeps,
  night: NightRecord,
  symbols: readonly NightSymbol[],
  signal: AbortSignal,
): Promise<void> {
  const { clock, calendar } = deps
  const requests: NightRequest[] = []
  for (const symbol of symbols) {
    signal.throwIfAborted()
    requests.push(...(await requestsOf(deps, night, symbol)))
  }
  if (requests.length === 0) return
  if (clock.now() >= targetOpen(calendar, night.date)) {
    for (const request of requests) await failOne(deps, night.date, request, tooLate(night.date))
    return
  }
  const fits = requests.reduce((sum, { recipe }) => sum + recipe.members, 0)
  const sample = () => sampleProblem(requests.find(canBeFitted) ?? requests[0] ?? raise())
  const { engine } = await deps.engines.choose({ fits, sample, signal })

  const settle = async (results: readonly ModelResult<NightRequest>[]): Promise<void> => {
    const failures: [NightRequest, NightFailure][] = []
    for (const result of results) {
      const { request } = result
      if (result.kind === 'failure') {
        failures.push([request, { status: 'FAILED', code: result.code, message: result.message }])
        continue
      }
      try {
        const made = { origin: 'NIGHT', night: night.date } as const
        const outcome = await retrainOutcome(deps, engine, result, request.source, made)
        await deps.log.succeed(night.date, request.symbolId, outcome)
      } catch (error) {
        if (!(error instanceof KospigraphError) || error.code === 'ABORTED') throw error
        failures.push([request, { status: 'FAILED', code: error.code, message: error.message }])
      }
    }
    // Last, so that persistence alone is weighed only where no recipe of the symbol could be fitted.
    for (const [request, failure] of failures) await failOne(deps, night.date, request, failure)
  }

  const settling = new Set<Promise<void>>()
  const begin = async (results: readonly ModelResult<NightRequest>[]): Promise<void> => {
    if (settling.size >= SETTLING) await Promise.race(settling)
    const one = settle(results)
    settling.add(one)
    void one.then(
      () => settling.delete(one),
      () => undefined,
    )
  }
  let ofSymbol: ModelResult<NightRequest>[] = []
  try {
    for await (const result of fitModels(engine, requests, { signal })) {
      if (ofSymbol[0] && ofSymbol[0].request.symbolId !== result.request.symbolId) {
        await begin(ofSymbol)
        ofSymbol = []
      }
      ofSymbol.push(result)
    }
    await begin(ofSymbol)
    await Promise.all(settling)
  } finally {
    await Promise.allSettled(settling)
  }
}

/** Fits of one symbol that have no outcome yet; what cannot become one is recorded here. */
async function requestsOf(
  { log, bars, recipes: known, clock }: RunNightDeps,
  night: NightRecord,
  { id, code, lastSession, doneRecipes }: NightSymbol,
): Promise<NightRequest[]> {
  const { date } = night
  const wanted: Recipe[] = []
  for (const recipeName of night.recipes.filter((name) => !doneRecipes.includes(name))) {
    try {
      // The recipes of the worker may be others than those of the scheduler.
      wanted.push(requireRecipe(known, recipeName))
    } catch (error) {
      if (!(error instanceof KospigraphError)) throw error
      const failure = { status: 'FAILED', code: error.code, message: error.message } as const
      await log.fail(date, { symbolId: id, recipeName }, failure, null, clock.now())
    }
  }
  if (wanted.length === 0) return []
  const read: NewestBars = await bars.newest({ symbolId: id, to: date }, barsToRead(wanted))
  if (read.bars.sessions.at(-1) !== date) {
    for (const { name: recipeName } of wanted) {
      await log.fail(date, { symbolId: id, recipeName }, noBar(date, lastSession), null, clock.now())
    }
    return []
  }
  const intervals = intervalsOf(read)
  return wanted.map((recipe) => {
    const source = fitSource(read, { key: code, recipe, seed: SEED }, intervals)
    return { ...source.problem, symbolId: id, source }
  })
}

async function failOne(
  deps: RunNightDeps,
  date: Session,
  { symbolId, recipe, source }: NightRequest,
  failure: NightFailure,
): Promise<void> {
  const reason = `recipe ${recipe.name} could not be fitted (${failure.code}), so persistence serves`
  const of = { symbolId, recipeName: recipe.name }
  await deps.log.fail(date, of, failure, persistenceOutcome(deps, source, reason), deps.clock.now())
}

async function failRest(
  { log, clock }: RunNightDeps,
  { date, recipes }: NightRecord,
  symbolIds: readonly number[],
  failure: NightFailure,
): Promise<void> {
  for (const symbolId of symbolIds) {
    for (const recipeName of recipes) {
      await log.fail(date, { symbolId, recipeName }, failure, null, clock.now())
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

function raise(): never {
  throw new Error('a chunk without fits asks for no engine')
}
