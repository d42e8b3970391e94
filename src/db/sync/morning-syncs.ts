/** Stores which mornings a sync was requested for, and queues its job in the same transaction. */
import type { Session } from '../../domain/calendar/session.js'
import { toDbDate } from '../postgres/dates.js'
import type { PrismaClient } from '../generated/client.js'
import { addJobSql } from '../queue/add-job.js'

export interface MorningSyncStore {
  /** Queues the sync of a morning. @returns false where it has been requested before */
  request(date: Session, at: Date): Promise<boolean>
}

export function createMorningSyncStore(prisma: PrismaClient): MorningSyncStore {
  return {
    request: (date, at) =>
      prisma.$transaction(async (tx) => {
        const data = [{ date: toDbDate(date), requestedAt: at }]
        const { count } = await tx.morningSync.createMany({ data, skipDuplicates: true })
        if (count === 0) return false
        const { text, values } = addJobSql('morningSync', { date }, `morningSync:${date}`)
        await tx.$queryRawUnsafe(text, ...values)
        return true
      }),
  }
}
