/** Reads and appends the promotion ledger, which records the serving contender of every symbol. */
import type pg from 'pg'
import type { Champion, Evaluation, NewPromotion, Promotion } from '../../domain/forecasts/promotion.js'
import { LedgerMovedError, VERSION_ZERO, standingAfter } from '../../domain/forecasts/promotion.js'
import { cutPage } from '../../domain/page.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { Session } from '../../domain/calendar/session.js'
import { toDbDate, toSession } from '../postgres/dates.js'
import type { Prisma, PrismaClient } from '../generated/client.js'
import { TRANSACTION_LIMITS, lockSymbol } from '../symbol-lock.js'

/** The state of a symbol's ledger that a decision needs. */
export interface LedgerHead {
  /** Number of entries; a decision is valid only while it has not changed. */
  readonly entries: number
  readonly champion: Champion
  /** The newest entry; undefined where persistence has served from the start. */
  readonly newest: Promotion | undefined
  /** For each recipe whose takeover was rolled back, the first session that counts again. */
  readonly probation: ReadonlyMap<string, Session>
}

export const EMPTY_LEDGER: LedgerHead = {
  entries: 0,
  champion: VERSION_ZERO,
  newest: undefined,
  probation: new Map<string, Session>(),
}

export interface PromotionStore {
  /** By symbol id; symbols without entries are left out. */
  heads(symbolIds: readonly number[]): Promise<ReadonlyMap<number, LedgerHead>>
  /** The entry in force for the forecast of a session; undefined where persistence has served from the start. */
  inForce(symbolId: number, session: Session): Promise<Promotion | undefined>
  entry(symbolId: number, number: number): Promise<Promotion | undefined>
  /** Newest first; the page's keys are numbers. */
  page(symbolId: number, request: PageRequest<number>): Promise<Page<Promotion>>
  /**
   * Locks the symbol, calls `decide` with the ledger and the newest target session of an issued forecast, and stores the
   * entry that it returns. An error from `decide` rolls back.
   */
  append(symbolId: number, at: Date, decide: Decide): Promise<Promotion>
}

type RestoringPromotion = NewPromotion & { readonly restores: number | null }

export type Decide = (
  head: LedgerHead,
  newestIssued: Session | undefined,
  entry: (number: number) => Promise<Promotion | undefined>,
) => Promise<RestoringPromotion> | RestoringPromotion

type Transaction = Prisma.TransactionClient

/** One row a symbol: Prisma's `distinct` would read whole ledgers. */
const NEWEST = `
  SELECT newest.* FROM unnest($1::int[]) AS wanted (id) CROSS JOIN LATERAL (
    SELECT symbol_id AS "symbolId", number FROM promotion
    WHERE symbol_id = wanted.id ORDER BY number DESC LIMIT 1
  ) AS newest`

/** For each recipe whose takeover was rolled back, the first session that counts again. */
const PROBATION = `
  SELECT undone.symbol_id AS "symbolId", undone.contender, max(rollback.effective_from)::text AS since
  FROM promotion AS rollback
  JOIN promotion AS undone ON undone.symbol_id = rollback.symbol_id AND undone.number = rollback.replaces
  WHERE rollback.kind = 'ROLLBACK' AND undone.kind = 'TAKEOVER' AND rollback.symbol_id = ANY($1)
  GROUP BY undone.symbol_id, undone.contender`

export function createPromotionStore(prisma: PrismaClient, pool: pg.Pool): PromotionStore {
  const heads: PromotionStore['heads'] = async (symbolIds) => {
    const { rows: keys } = await pool.query<{ symbolId: number; number: number }>(NEWEST, [symbolIds])
    if (keys.length === 0) return new Map()
    const newest = await prisma.promotion.findMany({ where: { OR: keys } })
    const { rows } = await pool.query<{ symbolId: number; contender: string; since: Session }>(PROBATION, [
      newest.map(({ symbolId }) => symbolId),
    ])
    return new Map(
      newest.map((row) => {
        const own = rows.filter(({ symbolId }) => symbolId === row.symbolId)
        return [row.symbolId, headOf(toPromotion(row), own)]
      }),
    )
  }
  return {
    heads,
    async inForce(symbolId, session) {
      const row = await prisma.promotion.findFirst({
        where: { symbolId, effectiveFrom: { lte: toDbDate(session) } },
        orderBy: { number: 'desc' },
      })
      return row ? toPromotion(row) : undefined
    },
    async entry(symbolId, number) {
      const row = await prisma.promotion.findUnique({ where: { symbolId_number: { symbolId, number } } })
      return row ? toPromotion(row) : undefined
    },
    async page(symbolId, request) {
      const rows = await prisma.promotion.findMany({
        where: {
          symbolId,
          AND: [
            request.after === undefined ? {} : { number: { lt: request.after } },
            request.before === undefined ? {} : { number: { gt: request.before } },
          ],
        },
        orderBy: { number: request.fromEnd ? 'asc' : 'desc' },
        take: request.limit + 1,
      })
      return cutPage(rows.map(toPromotion), request)
    },
    append: (symbolId, at, decide) =>
      prisma.$transaction(async (tx) => {
        await lockSymbol(tx, symbolId)
        const newest = await newestOf(tx, symbolId)
        const head = newest ? headOf(newest, []) : EMPTY_LEDGER
        const { _max } = await tx.forecast.aggregate({
          where: { symbolId, origin: 'ISSUED' },
          _max: { targetSession: true },
        })
        const issued = _max.targetSession ? toSession(_max.targetSession) : undefined
        const decided = await decide(head, issued, async (number) => {
          const row = await tx.promotion.findUnique({ where: { symbolId_number: { symbolId, number } } })
          return row ? toPromotion(row) : undefined
        })
        return insert(tx, symbolId, newest, decided, at)
      }, TRANSACTION_LIMITS),
  }
}

/**
 * Appends a night's decision, if there is one; the caller holds the symbol's lock.
 * @param basis number of entries when the decision was made
 * @throws LedgerMovedError where the ledger has grown since
 */
export async function keepPromotion(
  tx: Transaction,
  symbolId: number,
  basis: number,
  promotion: NewPromotion | null,
  at: Date,
): Promise<void> {
  const newest = await newestOf(tx, symbolId)
  if ((newest?.number ?? 0) !== basis) throw new LedgerMovedError(symbolId)
  if (promotion) await insert(tx, symbolId, newest, { ...promotion, restores: null }, at)
}

async function newestOf(tx: Transaction, symbolId: number): Promise<Promotion | undefined> {
  const row = await tx.promotion.findFirst({ where: { symbolId }, orderBy: { number: 'desc' } })
  return row ? toPromotion(row) : undefined
}

async function insert(
  tx: Transaction,
  symbolId: number,
  newest: Promotion | undefined,
  { effectiveFrom, evaluation, ...decided }: RestoringPromotion,
  at: Date,
): Promise<Promotion> {
  const row = await tx.promotion.create({
    data: {
      ...decided,
      symbolId,
      number: (newest?.number ?? 0) + 1,
      replaces: standingAfter(newest),
      at,
      effectiveFrom: toDbDate(effectiveFrom),
      ...(evaluation && { evaluation: { ...evaluation } }),
    },
  })
  return toPromotion(row)
}

function headOf(
  newest: Promotion,
  probation: readonly { readonly contender: string; readonly since: Session }[],
): LedgerHead {
  const { contender, pinnedVersionId, number } = newest
  return {
    entries: number,
    newest,
    champion: { contender, pinnedVersionId },
    probation: new Map(probation.map(({ contender: recipe, since }) => [recipe, since])),
  }
}

function toPromotion({ effectiveFrom, evaluation, ...row }: Prisma.PromotionGetPayload<object>): Promotion {
  return {
    ...row,
    effectiveFrom: toSession(effectiveFrom),
    // Only `insert` writes this column, from this type.
    evaluation: evaluation as unknown as Evaluation | null,
  }
}
