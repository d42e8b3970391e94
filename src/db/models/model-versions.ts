/** Reads model versions and recipes through Prisma. */
import type {
  ModelMember,
  ModelVersion,
  StoredScaler,
  TrainingMetrics,
} from '../../domain/models/model-version.js'
import { cutPage } from '../../domain/page.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { Session } from '../../domain/calendar/session.js'
import { toDbDate, toSession } from '../postgres/dates.js'
import type { PrismaClient } from '../generated/client.js'
import type { Prisma } from '../generated/client.js'

export interface ModelVersionFilter {
  readonly symbolId: number
  readonly recipeName?: string
}

export interface VersionCursor {
  readonly recipeName: string
  readonly number: number
}

/** A model version and the final training loss of its fit. */
export interface VersionLoss {
  readonly id: string
  readonly number: number
  readonly contentHash: string
  readonly finalLoss: number
}

export interface ModelVersionStore {
  byIds(ids: readonly string[]): Promise<ModelVersion[]>
  /** The recipe's stored configuration as parsed JSON; undefined where the hash is unknown. */
  recipeConfig(hash: string): Promise<unknown>
  /**
   * Versions with no bar before `since`, the last break of the series, none after `to`, and no back-adjustment of their bars
   * since the fit, newest window first.
   */
  recent(
    filter: {
      readonly symbolId: number
      readonly recipeName: string
      readonly recipeHash: string | undefined
      readonly since: Session | undefined
      readonly to: Session
    },
    limit: number,
  ): Promise<VersionLoss[]>
  /** By recipe name, newest version first. */
  page(filter: ModelVersionFilter, request: PageRequest<VersionCursor>): Promise<Page<ModelVersion>>
}

const WITH_MEMBERS = { members: { orderBy: { ordinal: 'asc' } } } as const
type VersionRow = Prisma.ModelVersionGetPayload<{ include: typeof WITH_MEMBERS }>

export function createModelVersionStore(prisma: PrismaClient): ModelVersionStore {
  return {
    async byIds(ids) {
      const rows = await prisma.modelVersion.findMany({
        where: { id: { in: [...ids] } },
        include: WITH_MEMBERS,
      })
      return rows.map(toModelVersion)
    },
    async recipeConfig(hash) {
      const row = await prisma.recipe.findUnique({ where: { hash }, select: { config: true } })
      return row?.config
    },
    async recent({ symbolId, recipeName, recipeHash, since, to }, limit) {
      const rows = await prisma.modelVersion.findMany({
        where: {
          symbolId,
          recipeName,
          windowLast: { lte: toDbDate(to) },
          adjustedVersion: null,
          ...(since !== undefined && { windowFirst: { gte: toDbDate(since) } }),
          ...(recipeHash !== undefined && { recipeHash }),
        },
        orderBy: [{ windowLast: 'desc' }, { number: 'desc' }],
        take: limit,
        select: { id: true, number: true, contentHash: true, metrics: true },
      })
      return rows.map(({ metrics, ...row }) => ({
        ...row,
        finalLoss: (metrics as unknown as TrainingMetrics).finalLoss,
      }))
    },
    async page({ symbolId, recipeName }, request) {
      const beyond = (cursor: VersionCursor, after: boolean): Prisma.ModelVersionWhereInput => ({
        OR: [
          { recipeName: after ? { gt: cursor.recipeName } : { lt: cursor.recipeName } },
          { recipeName: cursor.recipeName, number: after ? { lt: cursor.number } : { gt: cursor.number } },
        ],
      })
      const rows = await prisma.modelVersion.findMany({
        where: {
          symbolId,
          ...(recipeName !== undefined && { recipeName }),
          AND: [
            request.after ? beyond(request.after, true) : {},
            request.before ? beyond(request.before, false) : {},
          ],
        },
        orderBy: request.fromEnd
          ? [{ recipeName: 'desc' }, { number: 'asc' }]
          : [{ recipeName: 'asc' }, { number: 'desc' }],
        take: request.limit + 1,
        include: WITH_MEMBERS,
      })
      return cutPage(rows.map(toModelVersion), request)
    },
  }
}

function toModelVersion(row: VersionRow): ModelVersion {
  const { members, windowFirst, windowLast, night, scaler, metrics, ...rest } = row
  return {
    ...rest,
    windowFirst: toSession(windowFirst),
    windowLast: toSession(windowLast),
    night: night && toSession(night),
    // Only `forecast-writer.ts` writes these columns, from these types.
    scaler: scaler as unknown as StoredScaler,
    metrics: metrics as unknown as TrainingMetrics,
    members: members.map(({ ordinal, seed, weights, losses }): ModelMember => ({
      ordinal,
      seed,
      weights,
      losses,
    })),
  }
}
