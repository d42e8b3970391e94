/**
 * Cancels nights. The night's row is the fence: outcomes are written under a lock on it that a cancellation waits for, so
 * none is written after the cancellation has committed.
 */
import { ClaimLostError } from '../../domain/queue/job.js'
import type { NightKey, NightRecord } from '../../domain/nights/night-record.js'
import type { Session } from '../../domain/calendar/session.js'
import { toDbDate } from '../postgres/dates.js'
import type { Prisma, PrismaClient } from '../generated/client.js'
import { removeNightJobs } from './night-jobs.js'
import { TRANSACTION_LIMITS } from '../symbol-lock.js'

export interface NightCancellation {
  /** Ends a night of real symbols that has not ended, and takes its waiting jobs away. @returns false where there is none */
  cancel(date: Session, reason: string, at: Date): Promise<boolean>
  /** Whether it still goes on, and has not been begun anew meanwhile. */
  isOpen(night: Pick<NightRecord, keyof NightKey | 'requestedAt'>): Promise<boolean>
}

export function createNightCancellation(prisma: PrismaClient): NightCancellation {
  return {
    cancel: (date, reason, at) =>
      prisma.$transaction(async (tx) => {
        // The clock of the worker that started it may be ahead of this one.
        const count = await tx.$executeRaw`
          UPDATE night SET status = 'CANCELLED', reason = ${reason}, claim = claim + 1,
            finished_at = greatest(${at}, started_at), next_try_at = NULL
          WHERE date = ${date}::date AND NOT simulated AND finished_at IS NULL`
        if (count === 0) return false
        await removeNightJobs(tx, date)
        return true
      }, TRANSACTION_LIMITS),

    async isOpen({ session: date, simulated, requestedAt }) {
      const where = { date: toDbDate(date), simulated, requestedAt, finishedAt: null }
      return (await prisma.night.count({ where })) > 0
    },
  }
}

/**
 * Locks the night's row against a cancellation. A transaction that writes an outcome calls this before it locks the
 * symbol, because plans lock in this order too.
 * @throws ClaimLostError where the night has ended
 */
export async function requireOpenNight(
  tx: Prisma.TransactionClient,
  { session: date, simulated }: NightKey,
): Promise<void> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM night WHERE date = ${date}::date AND simulated = ${simulated} AND finished_at IS NULL FOR SHARE`
  if (rows.length === 0) throw new ClaimLostError(`the night of ${date}`, 'has ended meanwhile')
}
