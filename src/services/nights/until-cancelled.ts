/** Work for a night that stops soon after the night has been ended by somebody. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ClaimLostError } from '../../domain/queue/job.js'
import type { NightRecord } from '../../domain/nights/night-record.js'
import type { NightCancellation } from '../../db/nights/night-cancellation.js'

/** Between two looks at the night. Work that ends before the first look asks nothing. */
const LOOK_MS = 1_000

/**
 * @param work given a signal that aborts where `signal` does, or within a second of the night's end
 * @throws ClaimLostError where the night has ended meanwhile
 */
export async function untilCancelled<Result>(
  nights: Pick<NightCancellation, 'isOpen'>,
  night: NightRecord,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ended = new AbortController()
  const done = new AbortController()
  const look = async (): Promise<void> => {
    for (;;) {
      await sleep(LOOK_MS, undefined, { signal: done.signal })
      // What is wrong with the database shows where the outcomes are written.
      if (await nights.isOpen(night).catch(() => true)) continue
      ended.abort(new ClaimLostError(`the night of ${night.session}`, 'has ended meanwhile'))
      return
    }
  }
  const looking = look().catch(() => undefined)
  try {
    return await work(AbortSignal.any([signal, ended.signal]))
  } catch (error) {
    ended.signal.throwIfAborted()
    throw error
  } finally {
    done.abort()
    await looking
  }
}
