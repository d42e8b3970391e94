/** Following runs: how far one has come, from any place on, until it ends. */
import { sanitizeText } from '../../domain/sanitize-text.js'
import { isId } from '../../domain/id.js'
import { isFinished } from '../../domain/models/run.js'
import type { Run, RunProgress } from '../../domain/models/run.js'
import type { RunStore } from '../../db/models/runs.js'
import { KospigraphError } from '../../errors.js'
import type { EventFeed } from '../queue/event-feed.js'
import { followToEnd } from '../queue/follow-to-end.js'
import type { Retraining, RetrainRequest } from './retrain.js'

export interface RunEvent extends RunProgress {
  readonly runId: string
  /** Place among the events of the run, from 1. */
  readonly seq: number
}

export interface FollowOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (progress: RunProgress) => void
}

export interface Runs {
  /**
   * Events after a place, ending with the one that says that the run has ended.
   * @throws KospigraphError BAD_USER_INPUT where there is no such run
   */
  follow(id: string, seq: number): AsyncIterableIterator<RunEvent>
  /** Waits for the end. @throws KospigraphError ABORTED by the signal; the run goes on without whoever followed it */
  untilFinished(id: string, options?: FollowOptions): Promise<Run>
  /** The run once it has ended, or as it is after so long. */
  atMost(id: string, ms: number): Promise<Run>
  /** Ends it. @throws KospigraphError BAD_USER_INPUT where there is no such run, or it has ended */
  cancel(id: string): Promise<Run>
  /** Asks for a retrain and waits for its end, which takes a worker. Whoever stops waiting cancels it. */
  retrain(request: RetrainRequest, options?: FollowOptions): Promise<Run>
}

export function createRuns(deps: {
  readonly runs: RunStore
  readonly feed: EventFeed
  readonly retraining: Retraining
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
  return {
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
      const isCancelled = await deps.retraining.cancel(id)
      const run = await runOf(id)
      if (isCancelled) return run
      throw new KospigraphError('BAD_USER_INPUT', `id: run ${id} has ended already, as ${run.status}`)
    },
    async retrain(request, options) {
      const { id } = await deps.retraining.request(request)
      try {
        return await untilFinished(id, options)
      } catch (error) {
        if (options?.signal?.aborted) await deps.retraining.cancel(id)
        throw error
      }
    },
  }
}
