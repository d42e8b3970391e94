/** Reads backtests, their rows and leak certificates, and stores certificates. */
import type pg from 'pg'
import type {
  Backtest,
  BacktestRow,
  BacktestSettings,
  LeakCertificate,
} from '../../domain/backtests/backtest.js'
import { cutPage } from '../../domain/page.js'
import type { Page, PageRequest } from '../../domain/page.js'
import { toSession } from '../postgres/dates.js'
import type { Prisma, PrismaClient } from '../generated/client.js'

export interface BacktestCursor {
  readonly requestedAt: string
  readonly id: string
}

export interface BacktestStore {
  byId(id: string): Promise<Backtest | undefined>
  /** Newest first, of one symbol or of all. */
  page(symbolId: number | undefined, request: PageRequest<BacktestCursor>): Promise<Page<Backtest>>
  /** The stored metrics as parsed JSON, by backtest id; null until a backtest has ended. */
  metrics(ids: readonly string[]): Promise<Map<string, unknown>>
  /** In session order; the page's keys are ordinals. */
  rows(id: string, request: PageRequest<number>): Promise<Page<BacktestRow>>
  /** The newest `limit` of each, newest first, by backtest id. */
  certificates(ids: readonly string[], limit: number): Promise<Map<string, LeakCertificate[]>>
  addCertificate(certificate: Omit<LeakCertificate, 'id'>): Promise<LeakCertificate>
}

const ROW_COLUMNS = `ordinal, fold, session, part, actual_close AS "actualClose", previous_close AS "previousClose",
  predicted_close AS "predictedClose", scaled_output AS "scaledOutput", saturated, lower80, upper80, lower95, upper95,
  target, "order", unfilled_reason AS "unfilledReason", fill_price AS "fillPrice", position, turnover, trading_costs AS "tradingCosts", tax,
  gross_equity AS "grossEquity", net_equity AS "netEquity", hold_gross_equity AS "holdGrossEquity",
  hold_net_equity AS "holdNetEquity"`

export function createBacktestStore(prisma: PrismaClient, pool: pg.Pool): BacktestStore {
  return {
    async byId(id) {
      const row = await prisma.backtest.findUnique({ where: { id }, omit: { metrics: true } })
      return row ? toBacktest(row) : undefined
    },

    async page(symbolId, request) {
      const rows = await prisma.backtest.findMany({
        where: {
          ...(symbolId !== undefined && { symbolId }),
          AND: [
            request.after ? beyond(request.after, 'lt') : {},
            request.before ? beyond(request.before, 'gt') : {},
          ],
        },
        omit: { metrics: true },
        orderBy: request.fromEnd
          ? [{ requestedAt: 'asc' }, { id: 'asc' }]
          : [{ requestedAt: 'desc' }, { id: 'desc' }],
        take: request.limit + 1,
      })
      return cutPage(rows.map(toBacktest), request)
    },

    async metrics(ids) {
      const rows = await prisma.backtest.findMany({
        where: { id: { in: [...ids] } },
        select: { id: true, metrics: true },
      })
      return new Map(rows.map(({ id, metrics }) => [id, metrics]))
    },

    async rows(id, request) {
      const { rows } = await pool.query<BacktestRow>({
        name: `backtest-rows-${request.fromEnd ? 'end' : 'start'}`,
        text: `SELECT ${ROW_COLUMNS} FROM backtest_row
               WHERE backtest_id = $1 AND ordinal > coalesce($2::int, -1) AND ordinal < coalesce($3::int, 2147483647)
               ORDER BY ordinal ${request.fromEnd ? 'DESC' : 'ASC'} LIMIT $4`,
        values: [id, request.after, request.before, request.limit + 1],
      })
      return cutPage(rows, request)
    },

    async certificates(ids, limit) {
      const { rows } = await pool.query<LeakCertificate>(
        `SELECT certificate.* FROM unnest($1::uuid[]) AS asked(id), LATERAL (
           SELECT id, backtest_id AS "backtestId", session, passed, corrupted_bars AS "corruptedBars",
                  compared_rows AS "comparedRows", first_difference AS "firstDifference",
                  differing_field AS "differingField", engine_version AS "engineVersion", duration_ms AS "durationMs", at
           FROM backtest_certificate WHERE backtest_id = asked.id ORDER BY at DESC, id DESC LIMIT $2
         ) AS certificate`,
        [ids, limit],
      )
      const found = new Map<string, LeakCertificate[]>()
      for (const certificate of rows) {
        const own = found.get(certificate.backtestId)
        if (own) own.push(certificate)
        else found.set(certificate.backtestId, [certificate])
      }
      return found
    },

    async addCertificate({ session, firstDifference, ...certificate }) {
      const row = await prisma.backtestCertificate.create({
        data: {
          ...certificate,
          session: new Date(session),
          firstDifference: firstDifference && new Date(firstDifference),
        },
      })
      return toCertificate(row)
    },
  }
}

function beyond(cursor: BacktestCursor, side: 'lt' | 'gt'): Prisma.BacktestWhereInput {
  const requestedAt = new Date(cursor.requestedAt)
  return { OR: [{ requestedAt: { [side]: requestedAt } }, { requestedAt, id: { [side]: cursor.id } }] }
}

export type StoredBacktest = Prisma.BacktestGetPayload<{ omit: { metrics: true } }>

export function toBacktest(row: StoredBacktest): Backtest {
  const { claim: _, cancelRequested: __, ...rest } = row
  return {
    ...rest,
    // This program wrote it from the same type, and checked it when the backtest was requested.
    settings: row.settings as unknown as BacktestSettings,
    fromSession: toSession(row.fromSession),
    toSession: toSession(row.toSession),
    breaks: row.breaks.map(toSession),
  }
}

function toCertificate(row: Prisma.BacktestCertificateGetPayload<object>): LeakCertificate {
  return {
    ...row,
    session: toSession(row.session),
    firstDifference: row.firstDifference && toSession(row.firstDifference),
  }
}
