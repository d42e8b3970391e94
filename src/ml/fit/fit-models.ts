/**
 * Fits models: turns a stream of requests (a symbol's bars and a recipe) into a stream of results.
 *
 * Every request gives one model or one failure, in the order of the requests. All fits share one stream over the
 * engine.
 */
import { setImmediate } from 'node:timers/promises'
import { KospigraphError } from '../../errors.js'
import type { ErrorCode } from '../../errors.js'
import type { Engine, FitFailureCode, FitOptions, FitResult } from '../engine/engine.js'
import type { FitProblem } from '../fit-problem.js'
import type { FittedModel } from './prediction.js'
import { buildFitProblems } from './problem.js'
import type { BuiltProblems, ProblemRequest, TrainingWindow } from './problem.js'

/**
 * Bound on requests taken and not yet answered. The engine bounds the fits; this bounds requests that failed
 * before they needed one. It is above what any engine has in flight.
 */
const WAITING_LIMIT = 8192

export interface MemberFit {
  readonly seed: number
  readonly weights: Float32Array
  /** Mean loss of every epoch. */
  readonly losses: Float64Array
}

export interface ModelFit<Request> {
  readonly kind: 'model'
  readonly request: Request
  readonly model: FittedModel
  readonly members: readonly MemberFit[]
  readonly window: TrainingWindow
  /** Sum over the members' fits. */
  readonly durationMs: number
}

export interface ModelFailure<Request> {
  readonly kind: 'failure'
  readonly request: Request
  readonly code: ErrorCode | FitFailureCode
  readonly message: string
}

export type ModelResult<Request> = ModelFit<Request> | ModelFailure<Request>

/** A request without a result yet: its problems, or the failure to build them. */
interface Waiting<Request> {
  readonly request: Request
  readonly built: BuiltProblems | ModelFailure<Request>
  readonly results: FitResult[]
}

function build<Request extends ProblemRequest>(request: Request): Waiting<Request>['built'] {
  try {
    return buildFitProblems(request)
  } catch (error) {
    if (!(error instanceof KospigraphError)) throw error
    return { kind: 'failure', request, code: error.code, message: error.message }
  }
}

/** Returns the request's result. The first member that failed fails the whole request. */
function conclude<Request extends ProblemRequest>({
  request,
  built,
  results,
}: Waiting<Request>): ModelResult<Request> {
  if ('kind' in built) return built
  const members: MemberFit[] = []
  let durationMs = 0
  for (const [member, result] of results.entries()) {
    if (result.kind === 'failure') {
      return { kind: 'failure', request, code: result.code, message: result.message }
    }
    members.push({ seed: request.seed + member, weights: result.weights, losses: result.losses })
    durationMs += result.durationMs
  }
  const model = {
    recipe: request.recipe,
    scaler: built.scaler,
    members: members.map(({ weights }) => weights),
  }
  return { kind: 'model', request, model, members, window: built.window, durationMs }
}

function isComplete({ request, built, results }: Waiting<ProblemRequest>): boolean {
  return 'kind' in built || results.length === request.recipe.members
}

type Arrival =
  | { readonly kind: 'next'; readonly next: IteratorResult<FitResult, unknown> }
  | { readonly kind: 'error'; readonly error: unknown }

/**
 * Fits one model for each request and yields the results in order.
 *
 * Takes the next request only when the engine has room for another fit, as `Engine.fit` does. A request that
 * cannot be built, for example with too few bars, yields a failure in its place, and the others go on.
 * @throws KospigraphError ABORTED where the signal aborts
 */
export async function* fitModels<Request extends ProblemRequest>(
  engine: Engine,
  requests: Iterable<Request> | AsyncIterable<Request>,
  options: FitOptions = {},
): AsyncGenerator<ModelResult<Request>, void, void> {
  const waiting: Waiting<Request>[] = []
  // One wake-up for the reader and one for the source, as in engine/in-order.ts.
  let wakeReader = (): void => undefined
  let wakeSource = (): void => undefined

  const leaving = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, leaving.signal]) : leaving.signal

  async function* problems(): AsyncGenerator<FitProblem, void, void> {
    for await (const request of requests) {
      while (waiting.length >= WAITING_LIMIT && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wakeSource = resolve
        })
      }
      const built = build(request)
      waiting.push({ request, built, results: [] })
      if (!('kind' in built)) yield* built.problems
      else {
        wakeReader()
        // A failed request waits for no fit, so let the event loop run: an abort or a query may be waiting.
        await setImmediate()
      }
      // An endless source of failures never yields to the engine, so stop here on abort.
      if (signal.aborted) return
    }
  }

  const results = engine.fit(problems(), { ...options, signal })[Symbol.asyncIterator]()
  let arrival: Arrival | undefined
  let asking: Promise<void> | undefined
  const ask = async (): Promise<void> => {
    try {
      arrival = { kind: 'next', next: await results.next() }
    } catch (error) {
      arrival = { kind: 'error', error }
    }
    wakeReader()
  }

  try {
    for (;;) {
      while (waiting[0] !== undefined && isComplete(waiting[0])) {
        const done = waiting.shift()
        wakeSource()
        if (done !== undefined) yield conclude(done)
      }
      if (arrival !== undefined) {
        const arrived: Arrival = arrival
        arrival = asking = undefined
        if (arrived.kind === 'error') throw arrived.error
        if (arrived.next.done === true) {
          const [rest] = waiting
          if (rest === undefined) return
          if (isComplete(rest)) continue
          throw new Error(`the engine returned no result for ${rest.request.key}`)
        }
        // Results come in the order of the problems, so each belongs to the first request that lacks one.
        const result = arrived.next.value
        const owner = waiting.find((candidate) => !isComplete(candidate))
        if (owner === undefined) {
          throw new Error(`the engine returned a result for ${result.key}, which was not requested`)
        }
        owner.results.push(result)
        continue
      }
      asking ??= ask()
      await new Promise<void>((resolve) => {
        wakeReader = resolve
      })
    }
  } finally {
    // When the reader leaves early, stop the running fits and wait until they have ended.
    leaving.abort()
    wakeSource()
    await asking
    await results.return?.()
  }
}
