/**
 * Stores the states, rows and events of a backtest. Rows, progress and events of several folds commit together, and only
 * under the latest claim; `models/run-writer.ts` explains claims.
 */
import type pg from 'pg'
import type {
  Backtest,
  BacktestProgress,
  BacktestRow,
  BacktestStatus,
} from '../../domain/backtests/backtest.js'
import { ABANDONED, ClaimLostError } from '../../domain/queue/job.js'
import { toDbDate } from '../postgres/dates.js'
import { APPEND_EVENTS, eventsJson } from '../queue/events.js'
import type { Prisma, PrismaClient } from '../generated/client.js'
import { toBacktest } from './backtests.js'
import { addJobSql } from '../queue/add-job.js'
import { inTransaction } from '../postgres/transaction.js'

/** The fields that are known when a backtest is requested. */
export type NewBacktest = Pick<
  Backtest,
  | 'symbolId'
  | 'settings'
  | 'recipeHash'
  | 'dataVersion'
  | 'asOf'
  | 'fingerprint'
  | 'fromSession'
  | 'toSession'
  | 'sessions'
  | 'folds'
  | 'leaky'
  | 'optimistic'
  | 'breaks'
  | 'requestedAt'
>

export interface ClaimedBacktest {
  readonly backtest: Backtest
  readonly claim: number
}

export interface BacktestEngine {
  readonly engine: string
  readonly engineVersion: string
  readonly device: string
  readonly engineReason: string
}

/** A finished fold: the event for followers and all of its rows. */
export interface DoneFold {
  readonly progress: BacktestProgress
  readonly rows: readonly BacktestRow[]
}

/** How a backtest ended. */
export interface BacktestEnd {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'CANCELLED'
  readonly error?: { readonly code: string; readonly message: string }
  readonly metrics: unknown
  readonly progress: BacktestProgress
  readonly at: Date
}

export interface BacktestWriter {
  /** Stores the backtest and its job together. */
  request(backtest: NewBacktest): Promise<Backtest>
  /** Marks the backtest as running under a new claim. @returns undefined where it does not exist or has ended */
  claim(id: string, at: Date): Promise<ClaimedBacktest | undefined>
  /** Stores the engine that executes its fits. @throws ClaimLostError */
  chose(claimed: ClaimedBacktest, engine: BacktestEngine): Promise<void>
  /**
   * Stores the rows of folds, in order, and publishes an event for each.
   * @returns whether to continue: false where a cancellation was requested, and nothing was stored
   * @throws ClaimLostError
   */
  addFolds(claimed: ClaimedBacktest, folds: readonly DoneFold[], at: Date): Promise<boolean>
  /** Stores the mean loss of every epoch of a fixed split's fit. @throws ClaimLostError */
  setLossCurve(claimed: ClaimedBacktest, lossCurve: readonly number[]): Promise<void>
  /** True also where the backtest does not exist. */
  isCancelled(id: string): Promise<boolean>
  /** Ends the backtest and publishes its end. @throws ClaimLostError */
  end(claimed: ClaimedBacktest, end: BacktestEnd): Promise<void>
  /**
   * Fails backtests whose job is gone or has no attempt left because every worker that claimed it died.
   * @param progress the event published for each, with its own counts filled in
   * @returns their ids
   */
  failAbandoned(progress: BacktestProgress, at: Date): Promise<readonly string[]>
  /** Cancels a queued backtest; asks the worker of a running one to end it. @returns false where it has ended already */
  cancel(id: string, progress: BacktestProgress, at: Date): Promise<boolean>
}

const ROW_FIELDS = `ordinal int, fold int, session date, part text, "actualClose" float8, "previousClose" float8,
  "predictedClose" float8, "scaledOutput" float8, saturated bool, lower80 float8, upper80 float8, lower95 float8,
  upper95 float8, target int2, "order" text, "unfilledReason" text, "fillPrice" float8, position int2, turnover float8, "tradingCosts" float8,
  tax float8, "grossEquity" float8, "netEquity" float8, "holdGrossEquity" float8, "holdNetEquity" float8`

/** Passes the numbers as JSON, which represents every double exactly. */
const ADD_ROWS = `
  INSERT INTO backtest_row (backtest_id, ordinal, fold, session, part, actual_close, previous_close, predicted_close,
    scaled_output, saturated, lower80, upper80, lower95, upper95, target, "order", unfilled_reason, fill_price, position, turnover,
    trading_costs, tax, gross_equity, net_equity, hold_gross_equity, hold_net_equity)
  SELECT $1::uuid, ordinal, fold, session, part::"BacktestPart", "actualClose", "previousClose", "predictedClose",
    "scaledOutput", saturated, lower80, upper80, lower95, upper95, target, "order"::"OrderOutcome", "unfilledReason"::"UnfilledReason", "fillPrice", position,
    turnover, "tradingCosts", tax, "grossEquity", "netEquity", "holdGrossEquity", "holdNetEquity"
  FROM json_to_recordset($2::json) AS row(${ROW_FIELDS})`

export function createBacktestWriter(prisma: PrismaClient, pool: pg.Pool): BacktestWriter {
  return {
    request: ({ settings, fromSession, toSession, breaks, ...backtest }) =>
      prisma.$transaction(async (tx) => {
        const row = await tx.backtest.create({
          data: {
            ...backtest,
            status: 'QUEUED',
            settings: JSON.parse(JSON.stringify(settings)) as Prisma.InputJsonObject,
            fromSession: toDbDate(fromSession),
            toSession: toDbDate(toSession),
            breaks: breaks.map(toDbDate),
          },
          omit: { metrics: true },
        })
        const { text, values } = addJobSql('backtest', { backtestId: row.id }, `backtest:${row.id}`)
        await tx.$queryRawUnsafe(text, ...values)
        return toBacktest(row)
      }),

    async claim(id, at) {
      const [row] = await prisma.backtest.updateManyAndReturn({
        where: { id, status: { in: ['QUEUED', 'RUNNING'] } },
        data: { status: 'RUNNING', startedAt: at, claim: { increment: 1 } },
        omit: { metrics: true },
      })
      return row && { backtest: toBacktest(row), claim: row.claim }
    },

    async chose({ backtest: { id }, claim }, engine) {
      const { count } = await prisma.backtest.updateMany({
        where: { id, claim, status: 'RUNNING' },
        data: engine,
      })
      if (count === 0) throw new ClaimLostError(`backtest ${id}`)
    },

    async setLossCurve({ backtest: { id }, claim }, lossCurve) {
      // Prisma rounds the elements of a float list to 16 digits.
      const { rowCount } = await pool.query(
        `UPDATE backtest SET loss_curve = $3::float8[] WHERE id = $1 AND claim = $2 AND status = 'RUNNING'`,
        [id, claim, lossCurve],
      )
      if (rowCount === 0) throw new ClaimLostError(`backtest ${id}`)
    },

    addFolds: (claimed, folds, at) =>
      inTransaction(pool, async (client) => {
        const { id } = claimed.backtest
        const last = folds.at(-1)?.progress
        if (last === undefined) return true
        const { rows } = await client.query<{ cancelled: boolean }>({
          name: 'backtest-progress',
          text: `UPDATE backtest SET done_folds = CASE WHEN cancel_requested THEN done_folds ELSE $3 END,
                   done_sessions = CASE WHEN cancel_requested THEN done_sessions ELSE $4 END
                 WHERE id = $1 AND claim = $2 AND status = 'RUNNING' RETURNING cancel_requested AS cancelled`,
          values: [id, claimed.claim, last.doneFolds, last.doneSessions],
        })
        const [written] = rows
        if (!written) throw new ClaimLostError(`backtest ${id}`)
        if (written.cancelled) return false
        const added: readonly BacktestRow[] = folds.flatMap((fold) => fold.rows)
        await client.query({ name: 'backtest-rows-add', text: ADD_ROWS, values: [id, JSON.stringify(added)] })
        await appendEvents(
          client,
          id,
          folds.map(({ progress }) => progress),
          at,
        )
        return true
      }),

    async isCancelled(id) {
      const { rows } = await pool.query<{ cancelled: boolean }>({
        name: 'backtest-cancelled',
        text: 'SELECT cancel_requested AS cancelled FROM backtest WHERE id = $1',
        values: [id],
      })
      return rows[0]?.cancelled ?? true
    },

    end: ({ backtest: { id }, claim }, { status, error, metrics, progress, at }) =>
      inTransaction(pool, async (client) => {
        const { rowCount } = await client.query(
          `UPDATE backtest SET status = $3::"BacktestStatus", error_code = $4, error_message = $5, metrics = $6, finished_at = $7
           WHERE id = $1 AND claim = $2 AND status = 'RUNNING'`,
          [id, claim, status, error?.code, error?.message, JSON.stringify(metrics), at],
        )
        if (rowCount === 0) throw new ClaimLostError(`backtest ${id}`)
        await appendEvents(client, id, [progress], at)
      }),

    failAbandoned: (progress, at) =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<{ id: string; doneFolds: number; doneSessions: number }>(
          `UPDATE backtest SET status = 'FAILED', claim = claim + 1, finished_at = $1, error_code = 'INTERNAL', error_message = $2
           WHERE status IN ('QUEUED', 'RUNNING') AND NOT EXISTS (
             SELECT FROM graphile_worker.jobs
             WHERE key = 'backtest:' || backtest.id AND (locked_at IS NOT NULL OR attempts < max_attempts)
           ) RETURNING id, done_folds AS "doneFolds", done_sessions AS "doneSessions"`,
          [at, ABANDONED],
        )
        for (const { id, ...done } of rows) await appendEvents(client, id, [{ ...progress, ...done }], at)
        return rows.map(({ id }) => id)
      }),

    cancel: (id, progress, at) =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<{ status: BacktestStatus }>(
          `UPDATE backtest SET cancel_requested = true,
             status = CASE status WHEN 'QUEUED' THEN 'CANCELLED' ELSE status END,
             finished_at = CASE status WHEN 'QUEUED' THEN $2::timestamptz ELSE finished_at END
           WHERE id = $1 AND status IN ('QUEUED', 'RUNNING') RETURNING status`,
          [id, at],
        )
        if (rows[0]?.status === 'CANCELLED') await appendEvents(client, id, [progress], at)
        return rows.length > 0
      }),
  }
}

/** Appends events. The `seq` of a fold is its number from 1; the end follows the last finished fold. */
async function appendEvents(
  client: pg.PoolClient,
  id: string,
  progress: readonly BacktestProgress[],
  at: Date,
): Promise<void> {
  const events = progress.map((one) => {
    const seq = one.fold === null ? one.doneFolds + 1 : one.doneFolds
    return { topic: 'backtest' as const, subject: id, seq, payload: one, at }
  })
  await client.query({ name: 'events-append', text: APPEND_EVENTS, values: [eventsJson(events)] })
}
