/** Reads bar revisions (bars that were replaced or withdrawn), directly through `pg`. */
import type pg from 'pg'
import type { DateRange } from '../../domain/calendar/date-range.js'
import type { BarRevision } from '../../domain/bars/delivery.js'
import { basisOfBar } from '../../domain/bars/price-basis.js'
import type { PriceBasis } from '../../domain/bars/price-basis.js'
import type { SymbolKind } from '../../domain/symbol.js'
import { cutPage } from '../../domain/page.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { Session } from '../../domain/calendar/session.js'

export interface RevisionCursor {
  readonly session: Session
  readonly dataVersion: number
}

export interface BarRevisionStore {
  /** By session, then by data version. */
  page(symbolId: number, range: DateRange, request: PageRequest<RevisionCursor>): Promise<Page<BarRevision>>
}

export function createBarRevisionStore(pool: pg.Pool): BarRevisionStore {
  return {
    async page(symbolId, { from, to }, request) {
      const direction = request.fromEnd ? 'DESC' : 'ASC'
      const { after, before } = request
      const { rows } = await pool.query<
        Omit<BarRevision, 'volume' | 'basis'> & PriceBasis & { volume: string; kind: SymbolKind }
      >(
        `SELECT session, open, high, low, close, volume, flags, bar_revision.known_at AS "knownAt",
                bar_revision.data_version AS "dataVersion",
                brought.source || ':' || brought.label AS source, reason,
                replacing.source || ':' || replacing.label AS "replacedBy", replaced_at AS "replacedAt",
                replaced_version AS "replacedVersion", kind, coalesce(version.close_basis, 'UNKNOWN') AS "closeBasis",
                coalesce(version.volume_basis, 'UNKNOWN') AS "volumeBasis",
                coalesce(version.adjustment, 'UNKNOWN') AS adjustment
         FROM bar_revision JOIN symbol ON symbol.id = symbol_id
         LEFT JOIN data_version AS version
           ON version.symbol_id = bar_revision.symbol_id AND version.version = bar_revision.data_version
         LEFT JOIN ingestion AS brought ON brought.id = bar_revision.ingestion_id
         LEFT JOIN ingestion AS replacing ON replacing.id = replaced_ingestion_id
         WHERE bar_revision.symbol_id = $1 AND session >= coalesce($2::date, '-infinity') AND session <= coalesce($3::date, 'infinity')
           AND (session, bar_revision.data_version) > (coalesce($4::date, '-infinity'), coalesce($5::int, 0))
           AND (session, bar_revision.data_version) < (coalesce($6::date, 'infinity'), coalesce($7::int, 0))
         ORDER BY session ${direction}, bar_revision.data_version ${direction} LIMIT $8`,
        [
          ...[symbolId, from, to],
          ...[after?.session, after?.dataVersion],
          ...[before?.session, before?.dataVersion],
          request.limit + 1,
        ],
      )
      return cutPage(
        rows.map(({ volume, kind, closeBasis, volumeBasis, adjustment, ...row }) => {
          const stated = { closeBasis, volumeBasis, adjustment }
          return { ...row, volume: BigInt(volume), basis: basisOfBar(stated, { ...row, kind }) }
        }),
        request,
      )
    },
  }
}
