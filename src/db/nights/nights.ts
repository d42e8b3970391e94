/** Reads nights and their outcomes through Prisma. */
import { NO_OUTCOMES } from '../../domain/nights/night-record.js'
import type {
  NightCounts,
  NightKey,
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

export interface OutcomeFilter extends NightKey {
  readonly status?: NightOutcomeStatus | undefined
}

export interface NightStore {
  byKey(key: NightKey): Promise<NightRecord | undefined>
  /** The newest date that has a record of real symbols, or of simulated ones. */
  newestDate(simulated: boolean): Promise<Session | null>
  /**
   * Newest first; of one session, that of real symbols first.
   * @param simulated which there are; both kinds where left out
   */
  page(request: PageRequest<NightKey>, simulated?: boolean): Promise<Page<NightRecord>>
  /** In order of symbol and recipe. */
  outcomes(filter: OutcomeFilter, request: PageRequest<OutcomeCursor>): Promise<Page<NightOutcome>>
  /** One query for any number of nights of real symbols, or of simulated ones, in their order. */
  counts(dates: readonly Session[], simulated: boolean): Promise<NightCounts[]>
}

export function createNightStore(prisma: PrismaClient): NightStore {
  return {
    async byKey({ session, simulated }) {
      const key = { date: toDbDate(session), simulated }
      const row = await prisma.night.findUnique({ where: { date_simulated: key } })
      return row ? toNight(row) : undefined
    },
    async newestDate(simulated) {
      const { _max } = await prisma.night.aggregate({ where: { simulated }, _max: { date: true } })
      return _max.date && toSession(_max.date)
    },
    async page(request, simulated) {
      const rows = await prisma.night.findMany({
        where: {
          ...(simulated !== undefined && { simulated }),
          AND: [
            request.after === undefined ? {} : furtherOn(request.after),
            request.before === undefined ? {} : furtherBack(request.before),
          ],
        },
        orderBy: request.fromEnd
          ? [{ date: 'asc' }, { simulated: 'desc' }]
          : [{ date: 'desc' }, { simulated: 'asc' }],
        take: request.limit + 1,
      })
      return cutPage(rows.map(toNight), request)
    },
    async outcomes({ session, simulated, status }, request) {
      const rows = await prisma.nightOutcome.findMany({
        where: {
          date: toDbDate(session),
          simulated,
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
        rows.map(({ date, simulated: _, ...row }) => ({ ...row, session: toSession(date) })),
        request,
      )
    },
    async counts(dates, simulated) {
      const groups = await prisma.nightOutcome.groupBy({
        by: ['date', 'status'],
        where: { simulated, date: { in: dates.map(toDbDate) } },
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

/** In the order of the list, newest first. */
function furtherOn({ session, simulated }: NightKey): Prisma.NightWhereInput {
  const date = toDbDate(session)
  return simulated ? { date: { lt: date } } : { OR: [{ date: { lt: date } }, { date, simulated: true }] }
}

function furtherBack({ session, simulated }: NightKey): Prisma.NightWhereInput {
  const date = toDbDate(session)
  return simulated ? { OR: [{ date: { gt: date } }, { date, simulated: false }] } : { date: { gt: date } }
}

function beyond({ symbolId, recipeName }: OutcomeCursor, side: 'gt' | 'lt'): Prisma.NightOutcomeWhereInput {
  return { OR: [{ symbolId: { [side]: symbolId } }, { symbolId, recipeName: { [side]: recipeName } }] }
}

export function toNight({ claim: _, date, dormant, ...row }: Prisma.NightGetPayload<object>): NightRecord {
  return { ...row, session: toSession(date), dormant: fromDormantJson(dormant) }
}
