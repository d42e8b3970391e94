/** Reads forecasts, their predictions and track records. */
import type pg from 'pg'
import { hitRatesOf, NO_HIT_RATES } from '../../domain/forecasts/hit-rate.js'
import type { HitCounts, HitRates } from '../../domain/forecasts/hit-rate.js'
import type { Drift } from '../../domain/forecasts/drift.js'
import type { DateRange } from '../../domain/calendar/date-range.js'
import type { Forecast, Prediction, TrackRecord } from '../../domain/forecasts/forecast.js'
import { cutPage } from '../../domain/page.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { Session } from '../../domain/calendar/session.js'
import { toDbDate, toSession } from '../postgres/dates.js'
import type { PrismaClient } from '../generated/client.js'
import type { Prisma } from '../generated/client.js'

export interface ForecastRange {
  readonly symbolId: number
  readonly from?: Session | undefined
  readonly to?: Session | undefined
}

export interface ForecastCursor {
  readonly targetSession: Session
  readonly createdAt: string
  readonly id: string
}

export interface ForecastStore {
  byIds(ids: readonly string[]): Promise<Forecast[]>
  /** The forecast of the latest target session; of several, an issued one before replays, then the newest. */
  latest(symbolId: number): Promise<Forecast | undefined>
  /** Latest target session first. */
  page(range: ForecastRange, request: PageRequest<ForecastCursor>): Promise<Page<Forecast>>
  /** Predictions of all contenders, by forecast id. */
  candidates(forecastIds: readonly string[]): Promise<Map<string, Prediction[]>>
  /** Records of issued forecasts whose target session lies in the range, in the order of the symbols. */
  trackRecords(symbolIds: readonly number[], range: DateRange): Promise<TrackRecord[]>
  /** Predictions of versions for sessions, in no order; at most one for each pair. */
  byVersions(pairs: readonly VersionSession[]): Promise<Prediction[]>
}

export interface VersionSession {
  readonly modelVersionId: string
  readonly targetSession: Session
}

/** Errors and coverage of issued forecasts, and the counts of `domain/forecasts/hit-rate.ts`. */
const TRACK_RECORD = `
  SELECT symbol_id AS "symbolId", count(actual_close)::int AS forecasts,
         sqrt(avg((predicted_close - actual_close) ^ 2)) AS rmse,
         sqrt(avg((persistence_close - actual_close) ^ 2)) AS "persistenceRmse",
         count(*) FILTER (WHERE predicted_close <> persistence_close AND actual_close <> persistence_close)::int AS counted,
         count(*) FILTER (WHERE (predicted_close > persistence_close AND actual_close > persistence_close)
           OR (predicted_close < persistence_close AND actual_close < persistence_close))::int AS hits,
         count(*) FILTER (WHERE predicted_close <> persistence_close AND actual_close > persistence_close)::int AS rises,
         avg((actual_close BETWEEN lower80 AND upper80)::int)::float8 AS "coverage80",
         avg((actual_close BETWEEN lower95 AND upper95)::int)::float8 AS "coverage95",
         count(*) FILTER (WHERE served_by = 'MODEL' AND actual_close IS NOT NULL)::int AS "servedByModel",
         count(*) FILTER (WHERE unscored = 'BREAK')::int AS breaks
  FROM forecast
  WHERE symbol_id = ANY($1) AND origin = 'ISSUED' AND (actual_close IS NOT NULL OR unscored IS NOT NULL)
    AND target_session >= coalesce($2::date, '-infinity') AND target_session <= coalesce($3::date, 'infinity')
  GROUP BY symbol_id`

type CountedRecord = Omit<TrackRecord, 'skill' | keyof HitRates> & HitCounts & { readonly symbolId: number }

const NO_RECORD: TrackRecord = {
  forecasts: 0,
  rmse: null,
  persistenceRmse: null,
  skill: null,
  ...NO_HIT_RATES,
  coverage80: null,
  coverage95: null,
  servedByModel: 0,
  breaks: 0,
}

export function createForecastStore(prisma: PrismaClient, pool: pg.Pool): ForecastStore {
  return {
    async trackRecords(symbolIds, { from, to }) {
      const { rows } = await pool.query<CountedRecord>(TRACK_RECORD, [symbolIds, from, to])
      const bySymbol = new Map(rows.map(({ symbolId, ...record }) => [symbolId, record]))
      return symbolIds.map((id) => {
        const record = bySymbol.get(id)
        if (!record) return NO_RECORD
        const { counted, hits, rises, ...errors } = record
        const { rmse, persistenceRmse } = errors
        const comparable = rmse !== null && persistenceRmse !== null && persistenceRmse !== 0
        return {
          ...errors,
          ...hitRatesOf({ counted, hits, rises }),
          skill: comparable ? 1 - rmse / persistenceRmse : null,
        }
      })
    },

    async byIds(ids) {
      const rows = await prisma.forecast.findMany({ where: { id: { in: [...ids] } } })
      return rows.map(toForecast)
    },

    async latest(symbolId) {
      const row = await prisma.forecast.findFirst({
        where: { symbolId },
        // PostgreSQL orders an enum by declaration, and ISSUED comes before REPLAY.
        orderBy: [{ targetSession: 'desc' }, { origin: 'asc' }, { createdAt: 'desc' }],
      })
      return row ? toForecast(row) : undefined
    },

    async page({ symbolId, from, to }, request) {
      const rows = await prisma.forecast.findMany({
        where: {
          symbolId,
          targetSession: { ...(from && { gte: toDbDate(from) }), ...(to && { lte: toDbDate(to) }) },
          AND: [
            request.after ? beyond(request.after, 'lt') : {},
            request.before ? beyond(request.before, 'gt') : {},
          ],
        },
        orderBy: (['targetSession', 'createdAt', 'id'] as const).map((key) => ({
          [key]: request.fromEnd ? ('asc' as const) : ('desc' as const),
        })),
        take: request.limit + 1,
      })
      return cutPage(rows.map(toForecast), request)
    },

    async candidates(forecastIds) {
      const rows = await prisma.prediction.findMany({
        where: { forecastId: { in: [...forecastIds] } },
        orderBy: { id: 'asc' },
      })
      const byForecast = new Map<string, Prediction[]>()
      for (const row of rows) {
        if (row.forecastId === null) continue
        byForecast.set(row.forecastId, [...(byForecast.get(row.forecastId) ?? []), toPrediction(row)])
      }
      return byForecast
    },

    async byVersions(pairs) {
      const rows = await prisma.prediction.findMany({
        where: {
          OR: pairs.map(({ modelVersionId, targetSession }) => ({
            modelVersionId,
            targetSession: toDbDate(targetSession),
          })),
        },
      })
      return rows.map(toPrediction)
    },
  }
}

function beyond(cursor: ForecastCursor, side: 'lt' | 'gt'): Prisma.ForecastWhereInput {
  const targetSession = toDbDate(cursor.targetSession)
  const createdAt = new Date(cursor.createdAt)
  return {
    OR: [
      { targetSession: { [side]: targetSession } },
      { targetSession, createdAt: { [side]: createdAt } },
      { targetSession, createdAt, id: { [side]: cursor.id } },
    ],
  }
}

function toPrediction(row: Prisma.PredictionGetPayload<object>): Prediction {
  return { ...row, id: String(row.id), targetSession: toSession(row.targetSession) }
}

type ForecastRow = Prisma.ForecastGetPayload<object>

export function toForecast(row: ForecastRow): Forecast {
  return {
    ...row,
    // Only `forecast-writer.ts` writes this column, from this type.
    drift: row.drift as unknown as Drift | null,
    targetSession: toSession(row.targetSession),
    basedOnSession: toSession(row.basedOnSession),
  }
}
