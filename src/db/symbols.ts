/** Reads symbols through Prisma. */
import { cutPage } from '../domain/page.js'
import type { Page, PageRequest } from '../domain/page.js'
import { MAX_SYMBOLS } from '../domain/symbol.js'
import type { Market, StoredSymbol, SymbolKind } from '../domain/symbol.js'
import type { Prisma, PrismaClient } from './generated/client.js'
import { toSession } from './postgres/dates.js'

export interface SymbolFilter {
  /** Part of the code or of a name, in any case, or the whole ISIN. */
  readonly search?: string
  readonly kind?: SymbolKind
  readonly market?: Market
  readonly simulated?: boolean
}

export type NamedSymbol = Pick<StoredSymbol, 'code' | 'name' | 'nameKo' | 'nameEn'>

const MAX_NAMED = 2 * MAX_SYMBOLS

export interface SymbolStore {
  byCode(code: string): Promise<StoredSymbol | undefined>
  /** By the ISIN that the symbol master gave it. */
  byIsin(isin: string): Promise<StoredSymbol | undefined>
  /** Codes and names of everything with bars or in the symbol master: at most {@link MAX_NAMED}. */
  names(): Promise<readonly NamedSymbol[]>
  /** One query for any number of ids; in any order, unknown ids left out. */
  byIds(ids: readonly number[]): Promise<StoredSymbol[]>
  /** In order of code; the page's keys are codes. */
  page(filter: SymbolFilter, request: PageRequest<string>): Promise<Page<StoredSymbol>>
  isEmpty(): Promise<boolean>
}

export function createSymbolStore(prisma: PrismaClient): SymbolStore {
  return {
    async byCode(code) {
      const row = await prisma.symbol.findUnique({ where: { code } })
      return row ? toStored(row) : undefined
    },
    async byIsin(isin) {
      const row = await prisma.symbol.findFirst({ where: { isin } })
      return row ? toStored(row) : undefined
    },
    names: () => prisma.$queryRaw<NamedSymbol[]>`
      SELECT code, name, name_ko AS "nameKo", name_en AS "nameEn" FROM symbol WHERE NOT simulated
      UNION ALL SELECT code, coalesce(name_ko, name_en, code), name_ko, name_en FROM listing
        WHERE NOT EXISTS (SELECT FROM symbol WHERE symbol.code = listing.code)
      LIMIT ${MAX_NAMED}`,
    async byIds(ids) {
      return (await prisma.symbol.findMany({ where: { id: { in: [...ids] } } })).map(toStored)
    },
    async page(filter, request) {
      const { kind, market, simulated } = filter
      // Prisma does not escape LIKE's wildcards.
      const search = filter.search?.replace(/[\\%_]/g, '\\$&')
      const rows = await prisma.symbol.findMany({
        where: {
          ...(kind && { kind }),
          ...(market && { market }),
          ...(simulated !== undefined && { simulated }),
          ...(search && {
            OR: [
              { code: { contains: search, mode: 'insensitive' } },
              { name: { contains: search, mode: 'insensitive' } },
              { nameKo: { contains: search, mode: 'insensitive' } },
              { nameEn: { contains: search, mode: 'insensitive' } },
              { isin: { equals: search.toUpperCase() } },
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
      return cutPage(rows.map(toStored), request)
    },
    async isEmpty() {
      return (await prisma.symbol.findFirst({ select: { id: true } })) === null
    },
  }
}

function toStored(row: Prisma.SymbolGetPayload<object>): StoredSymbol {
  const { listedOn, delistedOn } = row
  return {
    ...row,
    listedOn: listedOn && toSession(listedOn),
    delistedOn: delistedOn && toSession(delistedOn),
  }
}
