/** Removes the jobs of a night from the queue. */
import type { Session } from '../../domain/calendar/session.js'
import type { Prisma } from '../generated/client.js'

/**
 * Removes waiting jobs and dead letters of a night that restarts or has ended. A running job ends by itself: its writes
 * are refused, and another attempt finds nothing to do.
 */
export async function removeNightJobs(tx: Prisma.TransactionClient, date: Session): Promise<void> {
  await tx.$queryRaw`
    SELECT count(*) FROM (
      SELECT graphile_worker.complete_jobs(array_agg(id)) FROM graphile_worker.jobs
      WHERE (key = ${`night:${date}`} OR starts_with(key, ${`nightChunk:${date}:`})) AND locked_at IS NULL
    ) AS removed`
}
