/** Reads runs through Prisma. */
import { cutPage } from '../../domain/page.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { Run } from '../../domain/models/run.js'
import { toSession } from '../postgres/dates.js'
import type { PrismaClient } from '../generated/client.js'
import type { Prisma } from '../generated/client.js'

export interface RunCursor {
  readonly requestedAt: string
  readonly id: string
}

export interface RunStore {
  byId(id: string): Promise<Run | undefined>
  /** Newest first. */
  page(request: PageRequest<RunCursor>): Promise<Page<Run>>
}

export function createRunStore(prisma: PrismaClient): RunStore {
  return {
    async byId(id) {
      const row = await prisma.run.findUnique({ where: { id } })
      return row ? toRun(row) : undefined
    },
    async page(request) {
      const rows = await prisma.run.findMany({
        where: {
          AND: [
            request.after ? beyond(request.after, 'lt') : {},
            request.before ? beyond(request.before, 'gt') : {},
          ],
        },
        orderBy: request.fromEnd
          ? [{ requestedAt: 'asc' }, { id: 'asc' }]
          : [{ requestedAt: 'desc' }, { id: 'desc' }],
        take: request.limit + 1,
      })
      return cutPage(rows.map(toRun), request)
    },
  }
}

function beyond(cursor: RunCursor, side: 'lt' | 'gt'): Prisma.RunWhereInput {
  const requestedAt = new Date(cursor.requestedAt)
  return { OR: [{ requestedAt: { [side]: requestedAt } }, { requestedAt, id: { [side]: cursor.id } }] }
}

export function toRun({ claim: _, asOfSession, ...row }: Prisma.RunGetPayload<object>): Run {
  return { ...row, asOfSession: asOfSession && toSession(asOfSession) }
}
