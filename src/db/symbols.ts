/** Reads symbols through Prisma. */
import { cutPage } from '../domain/page.js'
import type { Page, PageRequest } from '../domain/page.js'
import type { StoredSymbol, SymbolKind } from '../domain/symbol.js'
import type { PrismaClient } from './generated/client.js'

export interface SymbolFilter {
  /** Part of the code or the name, in any case. */
  readonly search?: string
  readonly kind?: SymbolKind
  readonly simulated?: boolean
}

export interface SymbolStore {
  byCode(code: string): Promise<StoredSymbol | undefined>
  /** One query for any number of ids; in any order, unknown ids left out. */
  byIds(ids: readonly number[]): Promise<StoredSymbol[]>
  /** In order of code; the page's keys are codes. */
  page(filter: SymbolFilter, request: PageRequest<string>): Promise<Page<StoredSymbol>>
  isEmpty(): Promise<boolean>
}

export function createSymbolStore(prisma: PrismaClient): SymbolStore {
  return {
    async byCode(code) {
      return (await prisma.symbol.findUnique({ where: { code } })) ?? undefined
    },
    byIds: (ids) => prisma.symbol.findMany({ where: { id: { in: [...ids] } } }),
    async page(filter, request) {
      const { kind, simulated } = filter
      // Prisma does not escape LIKE's wildcards.
      const search = filter.search?.replace(/[\\%_]/g, '\\$&')
      const rows = await prisma.symbol.findMany({
        where: {
          ...(kind && { kind }),
          ...(simulated !== undefined && { simulated }),
          ...(search && {
            OR: [
              { code: { contains: search, mode: 'insensitive' } },
              { name: { contains: search, mode: 'insensitive' } },
            ],
          }),
          AND: [
            request.after === undefined ? {} : { code: { gt: request.after } },
            request.before === undefined ? {} : { code: { lt: request.before } },
          ],
        },
        orderBy: { code: request.fromEnd ? 'desc' : 'asc' },
        take: request.limit + 1,
      })
      return cutPage(rows, request)
    },
    async isEmpty() {
      return (await prisma.symbol.findFirst({ select: { id: true } })) === null
    },
  }
}
