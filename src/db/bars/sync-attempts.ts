/** Stores the requests to providers and their outcomes through Prisma, and keeps the newest 1,000 of each symbol. */
import { cutPage } from '../../domain/page.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { NewSyncAttempt, SyncAttempt } from '../../domain/bars/sync-attempt.js'
import { toDbDate, toSession } from '../postgres/dates.js'
import type { PrismaClient } from '../generated/client.js'
import type { Prisma } from '../generated/client.js'

/** Attempts kept of each symbol: two years at two providers a night. */
export const KEPT_ATTEMPTS = 1_000

export interface SyncAttemptStore {
  /** Records an attempt and deletes the surplus ones of its symbol. */
  add(attempt: NewSyncAttempt): Promise<SyncAttempt>
  /** Newest first; the page's keys are ids. */
  page(symbol: string | undefined, request: PageRequest<number>): Promise<Page<SyncAttempt>>
  /** Whether an answer with this checksum has already been stored with new or corrected bars. */
  hasStored(checksum: string): Promise<boolean>
}

export function createSyncAttemptStore(prisma: PrismaClient): SyncAttemptStore {
  return {
    async add({ fromSession, toSession: to, ...attempt }) {
      const data = { ...attempt, fromSession: toDbDate(fromSession), toSession: toDbDate(to) }
      const row = await prisma.syncAttempt.create({ data })
      const surplus = await prisma.syncAttempt.findFirst({
        where: { symbol: attempt.symbol },
        orderBy: { id: 'desc' },
        skip: KEPT_ATTEMPTS,
        select: { id: true },
      })
      if (surplus) {
        await prisma.syncAttempt.deleteMany({ where: { symbol: attempt.symbol, id: { lte: surplus.id } } })
      }
      return toSyncAttempt(row)
    },

    async page(symbol, request) {
      const rows = await prisma.syncAttempt.findMany({
        where: {
          ...(symbol !== undefined && { symbol }),
          AND: [
            request.after === undefined ? {} : { id: { lt: request.after } },
            request.before === undefined ? {} : { id: { gt: request.before } },
          ],
        },
        orderBy: { id: request.fromEnd ? 'asc' : 'desc' },
        take: request.limit + 1,
      })
      return cutPage(rows.map(toSyncAttempt), request)
    },

    async hasStored(checksum) {
      const found = await prisma.ingestion.findFirst({
        where: {
          checksum,
          source: 'PROVIDER',
          OR: [{ storedRows: { gt: 0 } }, { correctedRows: { gt: 0 } }],
        },
        select: { id: true },
      })
      return found !== null
    },
  }
}

function toSyncAttempt(row: Prisma.SyncAttemptGetPayload<object>): SyncAttempt {
  return { ...row, fromSession: toSession(row.fromSession), toSession: toSession(row.toSession) }
}
