/** The use cases of runs: request a retrain, read it, follow it to its end, and cancel it. */
import { sanitizeText } from '../../domain/sanitize-text.js'
import { isId } from '../../domain/id.js'
import { isFinished } from '../../domain/models/run.js'
import type { Run, RunProgress } from '../../domain/models/run.js'
import { requireRecipe } from '../../domain/models/recipe.js'
import type { Recipe } from '../../domain/models/recipe.js'
import { requireSeed } from '../../domain/models/seed.js'
import type { VersionOrigin } from '../../domain/models/model-version.js'
import type { Session } from '../../domain/calendar/session.js'
import type { Clock } from '../../domain/clock.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { RunCursor, RunStore } from '../../db/models/runs.js'
import type { RunWriter } from '../../db/models/run-writer.js'
import type { SymbolStore } from '../../db/symbols.js'
import { KospigraphError } from '../../errors.js'
import type { EventFeed } from '../queue/event-feed.js'
import { followToEnd } from '../queue/follow-to-end.js'
import { requireStoredSymbol } from '../stored-symbol.js'

export type { RunCursor }

export interface RetrainRequest {
  readonly symbol: string
  readonly recipe: string
  readonly seed: number
  /** The fit reads no bar after this session. */
  readonly asOfSession?: Session | undefined
  readonly origin: VersionOrigin
}

export interface RunEvent extends RunProgress {
  readonly runId: string
  /** Number among the events of the run, from 1. */
  readonly seq: number
}

export interface FollowOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (progress: RunProgress) => void
}

export interface Runs {
  byId(id: string): Promise<Run | undefined>
  /** Newest first. */
  page(request: PageRequest<RunCursor>): Promise<Page<Run>>
  /**
   * Queues a retrain.
   * @throws KospigraphError BAD_USER_INPUT for an unknown symbol or recipe, or a seed out of range
   */
  request(request: RetrainRequest): Promise<Run>
  /**
   * Yields events with a number above `seq`, up to the one that reports the end.
   * @throws KospigraphError BAD_USER_INPUT where there is no such run
   */
  follow(id: string, seq: number): AsyncIterableIterator<RunEvent>
  /** Waits for the end. @throws KospigraphError ABORTED where the signal ends the wait; the run itself continues */
  untilFinished(id: string, options?: FollowOptions): Promise<Run>
  /** Waits for the end for at most `ms` milliseconds, then returns the run as it is. */
  atMost(id: string, ms: number): Promise<Run>
  /**
   * Fails an unfinished run with the code ABORTED. A worker that executes it can no longer write.
   * @throws KospigraphError BAD_USER_INPUT where there is no such run, or it has ended
   */
  cancel(id: string): Promise<Run>
  /** Queues a retrain and waits until a worker has ended it. The signal cancels the run. */
  retrain(request: RetrainRequest, options?: FollowOptions): Promise<Run>
}

export function createRuns(deps: {
  readonly symbols: SymbolStore
  readonly runs: RunStore
  readonly writer: RunWriter
  readonly feed: EventFeed
  readonly recipes: readonly Recipe[]
  readonly clock: Clock
}): Runs {
  const runOf = async (id: string): Promise<Run> => {
    const run = isId(id) ? await deps.runs.byId(id) : undefined
    if (run) return run
    throw new KospigraphError('BAD_USER_INPUT', `id: there is no run "${sanitizeText(id)}"; runs lists them`)
  }
  const follow: Runs['follow'] = (id, seq) =>
    followToEnd<RunProgress, RunEvent>(deps.feed, {
      topic: 'run',
      id,
      seq,
      isEnd: isFinished,
      hasEnded: async () => isFinished(await runOf(id)),
      toEvent: (progress, place) => ({ ...progress, runId: id, seq: place }),
    })
  const untilFinished: Runs['untilFinished'] = async (id, { signal, onProgress } = {}) => {
    const events = follow(id, 0)
    const leave = (): void => void events.return?.()
    signal?.addEventListener('abort', leave)
    try {
      signal?.throwIfAborted()
      for await (const event of events) onProgress?.(event)
    } finally {
      signal?.removeEventListener('abort', leave)
    }
    signal?.throwIfAborted()
    return runOf(id)
  }
  const request: Runs['request'] = async ({
    symbol: code,
    recipe: recipeName,
    seed,
    asOfSession,
    origin,
  }) => {
    const recipe = requireRecipe(deps.recipes, recipeName)
    requireSeed(seed, recipe)
    const symbol = await requireStoredSymbol(deps.symbols, code)
    return deps.writer.request({
      origin,
      symbolId: symbol.id,
      recipeName: recipe.name,
      seed,
      asOfSession: asOfSession ?? null,
      requestedAt: deps.clock.now(),
    })
  }
  return {
    byId: (id) => deps.runs.byId(id),
    page: (page) => deps.runs.page(page),
    request,
    follow,
    untilFinished,
    async atMost(id, ms) {
      const enough = AbortSignal.timeout(ms)
      await untilFinished(id, { signal: enough }).catch((error: unknown) => {
        if (!enough.aborted) throw error
      })
      return runOf(id)
    },
    async cancel(id) {
      await runOf(id)
      const isCancelled = await deps.writer.cancel(id, deps.clock.now())
      const run = await runOf(id)
      if (isCancelled) return run
      throw new KospigraphError('BAD_USER_INPUT', `id: run ${id} has ended already, as ${run.status}`)
    },
    async retrain(retrain, options) {
      const { id } = await request(retrain)
      try {
        return await untilFinished(id, options)
      } catch (error) {
        if (options?.signal?.aborted) await deps.writer.cancel(id, deps.clock.now())
        throw error
      }
    },
  }
}
