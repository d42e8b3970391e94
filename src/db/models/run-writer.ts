/**
 * Stores the states of a run: requested, claimed by a worker, in progress, cancelled, failed. `retrain-writer.ts`
 * stores success together with the model version.
 *
 * A claim is a fencing token. Each worker that takes the run raises it, and every later write requires the writer's own
 * claim, so a worker that was wrongly considered dead can no longer write.
 */
import { ABANDONED, ClaimLostError } from '../../domain/queue/job.js'
import type { VersionOrigin } from '../../domain/models/model-version.js'
import type { Run, RunProgress } from '../../domain/models/run.js'
import type { Session } from '../../domain/calendar/session.js'
import { toDbDate } from '../postgres/dates.js'
import { APPEND_EVENTS, eventsJson } from '../queue/events.js'
import type { Prisma, PrismaClient } from '../generated/client.js'
import { addJobSql } from '../queue/add-job.js'
import { toRun } from './runs.js'

export interface NewRun {
  readonly origin: VersionOrigin
  readonly symbolId: number
  readonly recipeName: string
  readonly seed: number
  readonly asOfSession: Session | null
  readonly requestedAt: Date
}

export interface Claimed {
  readonly run: Run
  readonly claim: number
}

/** The engine that executes the fits of a run. */
export interface RunEngine {
  readonly engine: string
  readonly device: string
  readonly engineReason: string
}

export interface RunWriter {
  /** Stores the run and its job together. */
  request(run: NewRun): Promise<Run>
  /** Marks the run as running under a new claim. @returns undefined where it does not exist or has ended */
  claim(id: string, at: Date): Promise<Claimed | undefined>
  /**
   * Fails an unfinished run with code ABORTED; its worker loses the claim.
   * @returns false where it does not exist or has ended
   */
  cancel(id: string, at: Date): Promise<boolean>
  /**
   * Fails runs whose job is gone or has no attempt left because every worker that claimed it died.
   * @returns their ids
   */
  failAbandoned(at: Date): Promise<readonly string[]>
  /** Publishes progress. @throws ClaimLostError */
  progress(claimed: Claimed, progress: RunProgress, at: Date): Promise<void>
  /** @throws ClaimLostError */
  fail(
    claimed: Claimed,
    engine: RunEngine | null,
    failure: { readonly code: string; readonly message: string; readonly at: Date },
  ): Promise<Run>
}

type Transaction = Prisma.TransactionClient

export function createRunWriter(prisma: PrismaClient): RunWriter {
  return {
    request: (run) =>
      prisma.$transaction(async (tx) => {
        const row = await tx.run.create({
          data: {
            ...run,
            kind: 'RETRAIN',
            status: 'QUEUED',
            asOfSession: run.asOfSession && toDbDate(run.asOfSession),
          },
        })
        const { text, values } = addJobSql('retrain', { runId: row.id }, `run:${row.id}`)
        await tx.$queryRawUnsafe(text, ...values)
        return toRun(row)
      }),

    claim: (id, at) =>
      prisma.$transaction(async (tx) => {
        const [row] = await tx.run.updateManyAndReturn({
          where: { id, status: { in: ['QUEUED', 'RUNNING'] } },
          data: { status: 'RUNNING', startedAt: at, claim: { increment: 1 } },
        })
        if (!row) return undefined
        await publishProgress(tx, id, { status: 'RUNNING', epoch: 0, epochs: 0, loss: null }, at)
        return { run: toRun(row), claim: row.claim }
      }),

    cancel: (id, at) =>
      prisma.$transaction(async (tx) => {
        // The clock of the worker that started it may be ahead of this one.
        const count = await tx.$executeRaw`
          UPDATE run SET status = 'FAILED', claim = claim + 1, finished_at = greatest(${at}, started_at),
            error_code = 'ABORTED', error_message = 'it was cancelled'
          WHERE id = ${id}::uuid AND status IN ('QUEUED', 'RUNNING')`
        if (count === 0) return false
        // A running job ends by itself, because its claim is lost.
        await tx.$queryRaw`
          SELECT id FROM graphile_worker.complete_jobs(ARRAY(
            SELECT id FROM graphile_worker.jobs WHERE key = ${`run:${id}`} AND locked_at IS NULL))`
        await publishProgress(tx, id, { status: 'FAILED', epoch: 0, epochs: 0, loss: null }, at)
        return true
      }),

    failAbandoned: (at) =>
      prisma.$transaction(async (tx) => {
        const rows = await tx.$queryRaw<{ id: string }[]>`
          UPDATE run SET status = 'FAILED', claim = claim + 1, finished_at = greatest(${at}, started_at), error_code = 'INTERNAL',
            error_message = ${ABANDONED}
          WHERE status IN ('QUEUED', 'RUNNING') AND NOT EXISTS (
            SELECT FROM graphile_worker.jobs
            WHERE key = 'run:' || run.id AND (locked_at IS NOT NULL OR attempts < max_attempts)
          ) RETURNING id`
        for (const { id } of rows) {
          await publishProgress(tx, id, { status: 'FAILED', epoch: 0, epochs: 0, loss: null }, at)
        }
        return rows.map(({ id }) => id)
      }),

    progress: (claimed, progress, at) =>
      prisma.$transaction(async (tx) => {
        await requireClaim(tx, claimed, {})
        await publishProgress(tx, claimed.run.id, progress, at)
      }),

    fail: (claimed, engine, { code, message, at }) =>
      prisma.$transaction((tx) =>
        finishRun(tx, claimed, at, {
          ...engine,
          status: 'FAILED',
          errorCode: code,
          errorMessage: message,
        }),
      ),
  }
}

/** Ends the run and publishes its end. @throws ClaimLostError */
export async function finishRun(
  tx: Transaction,
  claimed: Claimed,
  at: Date,
  data: Prisma.RunUncheckedUpdateManyInput & { readonly status: 'SUCCEEDED' | 'FAILED' },
): Promise<Run> {
  const { startedAt } = claimed.run
  // The clock may have been set back since the start.
  const finishedAt = startedAt !== null && startedAt > at ? startedAt : at
  const run = await requireClaim(tx, claimed, { ...data, finishedAt })
  await publishProgress(tx, run.id, { status: data.status, epoch: 0, epochs: 0, loss: null }, at)
  return run
}

/** Locks and updates the run. @throws ClaimLostError where another worker claimed it, or it has ended */
async function requireClaim(
  tx: Transaction,
  { run, claim }: Claimed,
  data: Prisma.RunUncheckedUpdateManyInput,
): Promise<Run> {
  const [row] = await tx.run.updateManyAndReturn({
    where: { id: run.id, claim, status: 'RUNNING' },
    // An update of nothing would lock nothing.
    data: { claim, ...data },
  })
  if (!row) throw new ClaimLostError(`run ${run.id}`)
  return toRun(row)
}

/** Appends a progress event. The caller holds the run's row lock, so no other writer can take the same `seq`. */
async function publishProgress(
  tx: Transaction,
  runId: string,
  payload: RunProgress,
  at: Date,
): Promise<void> {
  const newest = await tx.event.aggregate({ where: { topic: 'run', subject: runId }, _max: { seq: true } })
  const seq = (newest._max.seq ?? 0) + 1
  await tx.$queryRawUnsafe(APPEND_EVENTS, eventsJson([{ topic: 'run', subject: runId, seq, payload, at }]))
}
