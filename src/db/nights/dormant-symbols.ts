/** Reads which symbols a night leaves out as dormant, and converts the list that it stores. */
import { MAX_LISTED_DORMANT } from '../../domain/nights/dormant-symbols.js'
import type { DormantSymbol, DormantSymbols } from '../../domain/nights/dormant-symbols.js'
import type { Session } from '../../domain/calendar/session.js'
import type { Prisma, PrismaClient } from '../generated/client.js'

/** Real symbols whose newest bar up to `date` is older than `since`. */
export async function readDormantSymbols(
  prisma: PrismaClient,
  date: Session,
  since: Session,
): Promise<DormantSymbols> {
  const rows = await prisma.$queryRaw<(DormantSymbol & { readonly count: number })[]>`
    SELECT symbol.id AS "symbolId", newest.session::text AS "lastSession", (count(*) OVER ())::int AS count
    FROM symbol CROSS JOIN LATERAL (
      SELECT max(session) AS session FROM bar WHERE symbol_id = symbol.id AND session <= ${date}::date
    ) AS newest
    WHERE NOT symbol.simulated AND newest.session < ${since}::date
    ORDER BY newest.session DESC, symbol.id
    LIMIT ${MAX_LISTED_DORMANT}`
  return {
    count: rows[0]?.count ?? 0,
    listed: rows.map(({ symbolId, lastSession }) => ({ symbolId, lastSession })),
  }
}

export function toDormantJson({ count, listed }: DormantSymbols): Prisma.InputJsonObject {
  return { count, listed: listed.map(({ symbolId, lastSession }) => ({ symbolId, lastSession })) }
}

/** The list as {@link toDormantJson} stored it. */
export function fromDormantJson(stored: Prisma.JsonValue): DormantSymbols | null {
  return stored as unknown as DormantSymbols | null
}
