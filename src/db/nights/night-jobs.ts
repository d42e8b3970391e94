/** The jobs of a night in the queue, by their keys. */
import type { Session } from '../../domain/calendar/session.js'
import type { Prisma } from '../generated/client.js'

/**
 * Takes those away that no worker is at, given up ones too, before the night is planned anew or because it is over. One
 * that is at work ends by itself: what it writes is refused, and a next attempt finds nothing to do.
 */
export async function removeNightJobs(tx: Prisma.TransactionClient, date: Session): Promise<void> {
  await tx.$queryRaw`
    SELECT count(*) FROM (
      SELECT graphile_worker.complete_jobs(array_agg(id)) FROM graphile_worker.jobs
      WHERE (key = ${`night:${date}`} OR starts_with(key, ${`nightChunk:${date}:`})) AND locked_at IS NULL
    ) AS removed`
}
