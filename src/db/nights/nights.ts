/** Reading nights and what they came to, through Prisma. */
import { NO_OUTCOMES } from '../../domain/nights/night-record.js'
import type {
  NightCounts,
  NightOutcome,
  NightOutcomeStatus,
  NightRecord,
} from '../../domain/nights/night-record.js'
import { cutPage } from '../../domain/page.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { Session } from '../../domain/calendar/session.js'
import { toDbDate, toSession } from '../postgres/dates.js'
import type { PrismaClient } from '../generated/client.js'
import type { Prisma } from '../generated/client.js'
import { fromDormantJson } from './dormant-symbols.js'

export interface OutcomeCursor {
  readonly symbolId: number
  readonly recipeName: string
}

export interface OutcomeFilter {
  readonly session: Session
  readonly status?: NightOutcomeStatus | undefined
}

export interface NightStore {
  byDate(date: Session): Promise<NightRecord | undefined>
  /** The newest date that has a record. */
  newestDate(): Promise<Session | null>
  /** Newest first; the page's keys are dates. */
  page(request: PageRequest<Session>): Promise<Page<NightRecord>>
  /** In order of symbol and recipe. */
  outcomes(filter: OutcomeFilter, request: PageRequest<OutcomeCursor>): Promise<Page<NightOutcome>>
  /** One query for any number of nights, in their order. */
  counts(dates: readonly Session[]): Promise<NightCounts[]>
}

export function createNightStore(prisma: PrismaClient): NightStore {
  return {
    async byDate(date) {
      const row = await prisma.night.findUnique({ where: { date: toDbDate(date) } })
      return row ? toNight(row) : undefined
    },
    async newestDate() {
      const { _max } = await prisma.night.aggregate({ _max: { date: true } })
      return _max.date && toSession(_max.date)
    },
    async page(request) {
      const rows = await prisma.night.findMany({
        where: {
          AND: [
            request.after === undefined ? {} : { date: { lt: toDbDate(request.after) } },
            request.before === undefined ? {} : { date: { gt: toDbDate(request.before) } },
          ],
        },
        orderBy: { date: request.fromEnd ? 'asc' : 'desc' },
        take: request.limit + 1,
      })
      return cutPage(rows.map(toNight), request)
    },
    async outcomes({ session, status }, request) {
      const rows = await prisma.nightOutcome.findMany({
        where: {
          date: toDbDate(session),
          ...(status !== undefined && { status }),
          AND: [
            request.after ? beyond(request.after, 'gt') : {},
            request.before ? beyond(request.before, 'lt') : {},
          ],
        },
        orderBy: request.fromEnd
          ? [{ symbolId: 'desc' }, { recipeName: 'desc' }]
          : [{ symbolId: 'asc' }, { recipeName: 'asc' }],
        take: request.limit + 1,
      })
      return cutPage(
        rows.map(({ date, ...row }) => ({ ...row, session: toSession(date) })),
        request,
      )
    },
    async counts(dates) {
      const groups = await prisma.nightOutcome.groupBy({
        by: ['date', 'status'],
        where: { date: { in: dates.map(toDbDate) } },
        _count: true,
      })
      return dates.map((date) => ({
        ...NO_OUTCOMES,
        ...Object.fromEntries(
          groups
            .filter((group) => toSession(group.date) === date)
            .map(({ status, _count }) => [status, _count]),
        ),
      }))
    },
  }
}

function beyond({ symbolId, recipeName }: OutcomeCursor, side: 'gt' | 'lt'): Prisma.NightOutcomeWhereInput {
  return { OR: [{ symbolId: { [side]: symbolId } }, { symbolId, recipeName: { [side]: recipeName } }] }
}

export function toNight({ claim: _, date, dormant, ...row }: Prisma.NightGetPayload<object>): NightRecord {
  return { ...row, session: toSession(date), dormant: fromDormantJson(dormant) }
}
