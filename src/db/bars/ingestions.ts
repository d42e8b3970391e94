/** Reads ingestions: their counts, their excluded rows and the symbols they changed. */
import type pg from 'pg'
import type { ChangedCodes, Ingestion } from '../../domain/bars/delivery.js'
import { cutPage } from '../../domain/page.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { BarField, ExcludedRow, RowCode, RowOutcome } from '../../domain/bars/row-outcome.js'
import type { Prisma, PrismaClient } from '../generated/client.js'

/** An excluded row as stored. */
export interface KeptRow extends ExcludedRow {
  /** Its position among the excluded rows of the delivery. */
  readonly ordinal: number
  readonly outcome: RowOutcome
}

export interface IngestionStore {
  byId(id: number): Promise<Ingestion | undefined>
  /** Newest first; the page's keys are ids. */
  page(symbolId: number | undefined, request: PageRequest<number>): Promise<Page<Ingestion>>
  /** In stored order: rejected rows, then dropped ones, each by row number. The page's keys are ordinals. */
  excludedRows(
    ingestionId: number,
    outcome: RowOutcome | undefined,
    request: PageRequest<number>,
  ): Promise<Page<KeptRow>>
  /** At most `limit` codes a delivery, with the full count; a delivery that changed no symbol is not in the map. */
  changedCodes(ids: readonly number[], limit: number): Promise<Map<number, ChangedCodes>>
}

export function createIngestionStore(prisma: PrismaClient, pool: pg.Pool): IngestionStore {
  return {
    async byId(id) {
      return (await prisma.ingestion.findUnique({ where: { id } })) ?? undefined
    },

    async page(symbolId, request) {
      // The index of data versions by symbol finds a symbol's deliveries without reading all others.
      const { rows } = await pool.query<{ id: number }>(
        `SELECT id FROM ${symbolId === undefined ? 'ingestion' : '(SELECT ingestion_id AS id FROM data_version WHERE symbol_id = $4) AS of_symbol'}
         WHERE id < coalesce($1, 2147483647) AND id > coalesce($2, 0)
         ORDER BY id ${request.fromEnd ? 'ASC' : 'DESC'} LIMIT $3`,
        [request.after, request.before, request.limit + 1, ...(symbolId === undefined ? [] : [symbolId])],
      )
      const found = await prisma.ingestion.findMany({ where: { id: { in: rows.map(({ id }) => id) } } })
      const byId = new Map(found.map((ingestion) => [ingestion.id, ingestion]))
      return cutPage(
        rows.flatMap(({ id }) => byId.get(id) ?? []),
        request,
      )
    },

    async excludedRows(ingestionId, outcome, request) {
      const rows = await prisma.excludedRow.findMany({
        where: {
          ingestionId,
          ...(outcome && { outcome }),
          AND: [
            request.after === undefined ? {} : { ordinal: { gt: request.after } },
            request.before === undefined ? {} : { ordinal: { lt: request.before } },
          ],
        },
        orderBy: { ordinal: request.fromEnd ? 'desc' : 'asc' },
        take: request.limit + 1,
      })
      return cutPage(rows.map(toKeptRow), request)
    },

    async changedCodes(ids, limit) {
      const { rows } = await pool.query<ChangedCodes & { id: number }>(
        `SELECT ingestion_id AS id, count(*)::int AS count, (array_agg(code ORDER BY code))[:$2] AS codes
         FROM data_version JOIN symbol ON symbol.id = symbol_id
         WHERE ingestion_id = ANY($1) GROUP BY ingestion_id`,
        [ids, limit],
      )
      return new Map(rows.map(({ id, count, codes }) => [id, { count, codes }]))
    },
  }
}

function toKeptRow({
  field,
  code,
  symbol,
  session,
  value,
  ...row
}: Prisma.ExcludedRowGetPayload<object>): KeptRow {
  return {
    ...row,
    symbol: symbol ?? '',
    session: session ?? '',
    value: value ?? '',
    field: field as BarField,
    code: code as RowCode,
  }
}
