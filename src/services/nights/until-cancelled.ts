/** Runs work for a night and stops it soon after the night has been cancelled. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ClaimLostError } from '../../domain/queue/job.js'
import type { NightRecord } from '../../domain/nights/night-record.js'
import type { NightCancellation } from '../../db/nights/night-cancellation.js'

/** Time between two checks of the night. Work that ends before the first check queries nothing. */
const CHECK_MS = 1_000

/**
 * Runs `work` with a signal that aborts when `signal` does, or within a second after the night's end.
 * @throws ClaimLostError where the night ended while `work` ran
 */
export async function untilCancelled<Result>(
  nights: Pick<NightCancellation, 'isOpen'>,
  night: NightRecord,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ended = new AbortController()
  const done = new AbortController()
  const watch = async (): Promise<void> => {
    for (;;) {
      await sleep(CHECK_MS, undefined, { signal: done.signal })
      // Storing the outcomes reports an unreachable database.
      if (await nights.isOpen(night).catch(() => true)) continue
      ended.abort(new ClaimLostError(`the night of ${night.session}`, 'has ended meanwhile'))
      return
    }
  }
  const watching = watch().catch(() => undefined)
  try {
    return await work(AbortSignal.any([signal, ended.signal]))
  } catch (error) {
    ended.signal.throwIfAborted()
    throw error
  } finally {
    done.abort()
    await watching
  }
}
