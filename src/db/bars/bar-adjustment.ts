/**
 * Finds back-adjustments among the staged rows (`domain/bars/back-adjustment.ts`), reports them, and keeps their rows
 * only if the caller accepts them.
 */
import type pg from 'pg'
import type { Adjustment } from '../../domain/bars/delivery.js'
import { createBackAdjustmentDetector } from '../../domain/bars/back-adjustment.js'
import type { AdjustmentStep, BackAdjustmentDetector } from '../../domain/bars/back-adjustment.js'
import { AFTER_MARKET_FROM } from '../../domain/bars/price-basis.js'
import type { TradingHoursBasis } from '../../domain/trading-hours-basis.js'
import type { RejectionCode } from '../../domain/bars/row-outcome.js'
import type { Session } from '../../domain/calendar/session.js'
import { stageSteps } from './actions/adjustment-steps.js'
import { IS_REGULAR_ONLY, SYMBOL_CLOSE_BASIS } from './close-basis.js'
import { NO_EXCLUDED_ROWS } from './excluded-rows.js'
import type { ExcludedRows } from './excluded-rows.js'

/** Rows fetched at once, which bounds the memory for a delivery in which every close differs. */
const FETCH_ROWS = 10_000

/** False where the close is known to cover other hours than the stored one: then it differs without any adjustment. */
const COVERS_SAME_HOURS = (stated: string): string => `NOT coalesce(
    given.session >= '${AFTER_MARKET_FROM}' AND NOT ${IS_REGULAR_ONLY} AND ${SYMBOL_CLOSE_BASIS} <> ${stated}::"TradingHoursBasis"
    AND 'UNKNOWN' NOT IN (${SYMBOL_CLOSE_BASIS}, ${stated}::"TradingHoursBasis"), false)`

/** Symbols with at least three differing closes, the fewest that make a step; only these are read row by row. */
const SUSPECTS = `
  SELECT ordinal FROM staged_bar AS given JOIN staged_symbol USING (ordinal) JOIN symbol ON symbol.id = symbol_id
  JOIN bar AS kept USING (symbol_id, session)
  WHERE given.close <> kept.close AND ${COVERS_SAME_HOURS('$1')} GROUP BY ordinal HAVING count(*) >= 3`

const OVERLAP = `
  DECLARE overlap NO SCROLL CURSOR FOR
  SELECT ordinal, decimals, session, given.close AS given, kept.close AS kept
  FROM staged_bar AS given JOIN staged_symbol USING (ordinal) JOIN symbol ON symbol.id = symbol_id
  JOIN bar AS kept USING (symbol_id, session)
  WHERE ordinal = ANY($1) AND ${COVERS_SAME_HOURS('$2')} ORDER BY ordinal, session`

const ADJUSTED = `
  WITH delivered AS (
    SELECT ordinal, count(*)::int AS rows, min(session) AS first FROM staged_bar
    WHERE ordinal = ANY($1) GROUP BY ordinal
  ), begun AS (
    SELECT ordinal, array_agg(row ORDER BY place) AS rows
    FROM unnest($2::int[], $3::date[]) WITH ORDINALITY AS step(ordinal, session, place)
    JOIN staged_bar USING (ordinal, session) GROUP BY ordinal
  )
  SELECT ordinal, code AS symbol, delivered.rows AS "stagedRows", begun.rows,
         (SELECT count(*)::int FROM bar WHERE bar.symbol_id = symbol.id AND session < delivered.first) AS "barsBefore"
  FROM delivered JOIN begun USING (ordinal) JOIN staged_symbol USING (ordinal) JOIN symbol ON symbol.id = symbol_id
  ORDER BY code`

export interface AdjustmentRequest {
  readonly accepted: boolean
  /** The hours that the delivery's closes cover, as its source states them. */
  readonly statedClose: TradingHoursBasis
  /** Rows reported; all are counted. */
  readonly limit: number
}

interface Overlap {
  readonly ordinal: number
  readonly decimals: number
  readonly session: Session
  readonly given: number
  readonly kept: number
}

interface AdjustedSymbol {
  readonly ordinal: number
  readonly symbol: string
  readonly stagedRows: number
  readonly barsBefore: number
  /** The first row of each step. */
  readonly rows: readonly number[]
}

/**
 * Settles back-adjusted symbols. If accepted, it marks them and keeps their rows staged. Otherwise it removes all rows of
 * such a symbol: new bars on another price scale would show a jump that never happened.
 */
export async function settleAdjustments(
  client: pg.PoolClient,
  { accepted, statedClose, limit }: AdjustmentRequest,
): Promise<{ readonly adjustments: readonly Adjustment[]; readonly rejected: ExcludedRows<RejectionCode> }> {
  const found = await findSteps(client, statedClose)
  const ordinals = [...found.keys()]
  if (ordinals.length === 0) return { adjustments: [], rejected: NO_EXCLUDED_ROWS }
  const steps = [...found].flatMap(([ordinal, of]) => of.map((step) => ({ ordinal, step })))
  const { rows: symbols } = await client.query<AdjustedSymbol>(ADJUSTED, [
    ordinals,
    steps.map(({ ordinal }) => ordinal),
    steps.map(({ step }) => step.firstSession),
  ])
  await client.query(
    accepted
      ? 'UPDATE staged_symbol SET adjusted = true WHERE ordinal = ANY($1)'
      : 'DELETE FROM staged_bar WHERE ordinal = ANY($1)',
    [ordinals],
  )
  if (accepted) await stageSteps(client, steps)
  const reports = symbols.flatMap(({ ordinal, symbol, barsBefore, rows }) =>
    (found.get(ordinal) ?? []).map(({ sessions, ...step }, at) => ({
      row: rows[at] ?? 0,
      adjustment: { symbol, ...step, bars: sessions, barsBefore, accepted },
    })),
  )
  const adjustments = reports.map(({ adjustment }) => adjustment)
  if (accepted) return { adjustments, rejected: NO_EXCLUDED_ROWS }
  return {
    adjustments,
    rejected: {
      count: symbols.reduce((sum, { stagedRows }) => sum + stagedRows, 0),
      rows: reports.slice(0, limit).map(({ row, adjustment }) => {
        const { symbol, ratio, firstSession, lastSession, bars } = adjustment
        return {
          row,
          symbol,
          session: firstSession,
          field: 'close' as const,
          value: ratio.toPrecision(6),
          code: 'BACK_ADJUSTMENT' as const,
          message:
            `${bars} closes of ${symbol} from ${firstSession} to ${lastSession} are the stored ones times ` +
            `${ratio.toPrecision(6)}: a back-adjustment; accept it to replace them, or deliver unadjusted prices`,
        }
      }),
    },
  }
}

/** @returns the steps of every back-adjusted symbol, by its ordinal */
async function findSteps(
  client: pg.PoolClient,
  statedClose: TradingHoursBasis,
): Promise<Map<number, readonly AdjustmentStep[]>> {
  const found = new Map<number, readonly AdjustmentStep[]>()
  const { rows: suspects } = await client.query<{ ordinal: number }>(SUSPECTS, [statedClose])
  if (suspects.length === 0) return found
  await client.query(OVERLAP, [suspects.map(({ ordinal }) => ordinal), statedClose])
  let watched: { readonly ordinal: number; readonly watch: BackAdjustmentDetector } | undefined
  const finish = (): void => {
    const steps = watched?.watch.steps() ?? []
    if (watched !== undefined && steps.length > 0) found.set(watched.ordinal, steps)
  }
  for (;;) {
    const { rows } = await client.query<Overlap>(`FETCH ${FETCH_ROWS} FROM overlap`)
    for (const { ordinal, decimals, session, given, kept } of rows) {
      if (watched?.ordinal !== ordinal) {
        finish()
        watched = { ordinal, watch: createBackAdjustmentDetector(10 ** -decimals) }
      }
      watched.watch.see(session, given, kept)
    }
    if (rows.length < FETCH_ROWS) break
  }
  finish()
  await client.query('CLOSE overlap')
  return found
}
