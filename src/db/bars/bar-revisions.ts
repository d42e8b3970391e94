/** Reads bar revisions (bars that were replaced or withdrawn), directly through `pg`. */
import type pg from 'pg'
import type { DateRange } from '../../domain/calendar/date-range.js'
import type { BarRevision } from '../../domain/bars/delivery.js'
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
      const { rows } = await pool.query<BarRevision & { volume: string }>(
        `SELECT session, open, high, low, close, volume, flags, known_at AS "knownAt", data_version AS "dataVersion",
                brought.source || ':' || brought.label AS source, reason,
                replacing.source || ':' || replacing.label AS "replacedBy", replaced_at AS "replacedAt",
                replaced_version AS "replacedVersion"
         FROM bar_revision
         LEFT JOIN ingestion AS brought ON brought.id = ingestion_id
         LEFT JOIN ingestion AS replacing ON replacing.id = replaced_ingestion_id
         WHERE symbol_id = $1 AND session >= coalesce($2::date, '-infinity') AND session <= coalesce($3::date, 'infinity')
           AND (session, data_version) > (coalesce($4::date, '-infinity'), coalesce($5::int, 0))
           AND (session, data_version) < (coalesce($6::date, 'infinity'), coalesce($7::int, 0))
         ORDER BY session ${direction}, data_version ${direction} LIMIT $8`,
        [
          ...[symbolId, from, to],
          ...[after?.session, after?.dataVersion],
          ...[before?.session, before?.dataVersion],
          request.limit + 1,
        ],
      )
      return cutPage(
        rows.map((row) => ({ ...row, volume: BigInt(row.volume) })),
        request,
      )
    },
  }
}
