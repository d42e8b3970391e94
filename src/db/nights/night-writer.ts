/**
 * Writes the rows of nights and their jobs. The row of a night makes it happen once: it is inserted in the transaction
 * that adds its job, and a second insert adds none. The database refuses a worker's writes under an old claim (see
 * `run-writer.ts`), and a second outcome of one symbol and recipe by its key.
 *
 * A writer writes either the nights of real symbols or those of simulated ones. Simulated nights have no jobs in the
 * queue: the process that plays them does their work.
 */
import { NO_OUTCOMES } from '../../domain/nights/night-record.js'
import type { DormantSymbols } from '../../domain/nights/dormant-symbols.js'
import type { NightCounts, NightKey, NightRecord } from '../../domain/nights/night-record.js'
import { ClaimLostError } from '../../domain/queue/job.js'
import type { JobPayloads, TaskName } from '../../domain/queue/job.js'
import type { NightStatus } from '../../domain/nights/night.js'
import type { Session } from '../../domain/calendar/session.js'
import type { StoredSymbol } from '../../domain/symbol.js'
import { toDbDate } from '../postgres/dates.js'
import { Prisma } from '../generated/client.js'
import type { PrismaClient } from '../generated/client.js'
import { readDormantSymbols, toDormantJson } from './dormant-symbols.js'
import { requireOpenNight } from './night-cancellation.js'
import { removeNightJobs } from './night-jobs.js'
import { recordOutcome } from './record-outcome.js'
import type { NightFailure, SymbolOutcome } from './record-outcome.js'
import { toNight } from './nights.js'
import { addJobSql } from '../queue/add-job.js'
import { TRANSACTION_LIMITS } from '../symbol-lock.js'

export type NewNight = Pick<NightRecord, 'session' | 'trigger' | 'recipes' | 'requestedAt'>

export interface ClaimedNight {
  readonly night: NightRecord
  readonly claim: number
}

/** A symbol that a night may fit. */
export interface NightSymbol extends Pick<
  StoredSymbol,
  'id' | 'code' | 'simulated' | 'kind' | 'market' | 'decimals'
> {
  /** Its newest bar up to the night's session. */
  readonly lastSession: Session
  /** Recipes that already have an outcome. */
  readonly doneRecipes: readonly string[]
}

/** The next step of a night. */
export interface NightPlan {
  readonly expected: number
  /** Symbols to fit, by the key of their job. */
  readonly chunks: ReadonlyMap<string, readonly number[]>
  /** When to look again for missing bars; null where the night does not. */
  readonly retry: { readonly at: Date; readonly delayMs: number; readonly reason: string } | null
  /** Symbols that this night can no longer fit, and why. */
  readonly givenUp: readonly (NightFailure & { readonly symbolId: number })[]
}

export interface NightWriter {
  /** Whether it writes nights of simulated symbols; otherwise those of real ones. */
  readonly simulated: boolean
  /** Stores the night and its job together. @returns false where there is a record of it already */
  start(night: NewNight): Promise<boolean>
  /** Restarts a recorded night that was not completed. @returns false where it runs or has succeeded */
  restart(night: NewNight): Promise<boolean>
  /** Records nights that will not run; a recorded night stays unchanged. */
  recordUndone(
    dates: readonly Session[],
    status: 'MISSED' | 'SKIPPED',
    night: Omit<NewNight, 'session'> & { readonly reason: string },
  ): Promise<void>
  /** Marks the night as running under a new claim. @returns undefined where it does not exist or has ended */
  claim(date: Session, at: Date): Promise<ClaimedNight | undefined>
  /** The night with its latest claim; undefined where it has ended. */
  open(date: Session): Promise<ClaimedNight | undefined>
  /** The writer's symbols, real or simulated, with a bar up to the night's session and not before `since`, in order of id. */
  symbols(date: Session, since: Session): Promise<NightSymbol[]>
  /** Real symbols with a bar up to the night's session and none from `since` on. */
  dormant(date: Session, since: Session): Promise<DormantSymbols>
  /** Stores which symbols the night leaves out. @throws ClaimLostError */
  recordDormant(claimed: ClaimedNight, dormant: DormantSymbols): Promise<void>
  /** Stores the plan and its jobs. @throws ClaimLostError */
  plan(claimed: ClaimedNight, plan: NightPlan, at: Date): Promise<void>
  /**
   * Stores one symbol's versions, forecast, decision and an outcome for every recipe in one transaction. A recipe that
   * already has an outcome stays unchanged.
   * @throws ClaimLostError where the night has ended
   * @throws LedgerMovedError where the ledger has grown since the decision
   * @throws FitRefusedError where one of the versions must not be stored
   */
  recordOutcome(date: Session, symbolId: number, outcome: SymbolOutcome): Promise<void>
  /**
   * Records why a symbol and recipe has no version; an existing outcome stays unchanged.
   * @throws ClaimLostError where the night has ended
   */
  fail(date: Session, symbolId: number, recipeName: string, failure: NightFailure, at: Date): Promise<void>
  /** Ends the night once all expected outcomes are stored; does nothing under an older claim. */
  finish(claimed: ClaimedNight, at: Date): Promise<void>
  /** Ends the night with a reason, even where outcomes are missing. @throws ClaimLostError */
  end(claimed: ClaimedNight, status: 'FAILED' | 'SKIPPED', reason: string, at: Date): Promise<void>
}

type Transaction = Prisma.TransactionClient

/** Statuses of a night that can be restarted. */
const UNDONE = ['STALE', 'FAILED', 'MISSED', 'SKIPPED', 'CANCELLED'] as const satisfies readonly NightStatus[]

export const nightJobKey = (date: Session): string => `night:${date}`

export function createNightWriter(prisma: PrismaClient, { simulated = false } = {}): NightWriter {
  const addJob = simulated ? noJob : addQueuedJob
  return {
    simulated,

    start: ({ session: date, recipes, ...night }) =>
      prisma.$transaction(async (tx) => {
        const { count } = await tx.night.createMany({
          data: [{ ...night, recipes: [...recipes], date: toDbDate(date), simulated, status: 'RUNNING' }],
          skipDuplicates: true,
        })
        if (count > 0) await addJob(tx, 'night', { date }, nightJobKey(date))
        return count > 0
      }),

    restart: ({ session: date, recipes, ...night }) =>
      prisma.$transaction(async (tx) => {
        const { count } = await tx.night.updateMany({
          where: { date: toDbDate(date), simulated, status: { in: [...UNDONE] } },
          data: {
            ...night,
            recipes: [...recipes],
            status: 'RUNNING',
            claim: { increment: 1 },
            reason: null,
            expected: null,
            dormant: Prisma.DbNull,
            startedAt: null,
            finishedAt: null,
            nextTryAt: null,
          },
        })
        if (count === 0) return false
        // Stale and failed outcomes are tried again; issued forecasts stand.
        await tx.nightOutcome.deleteMany({
          where: { date: toDbDate(date), simulated, status: { in: ['STALE', 'FAILED'] } },
        })
        if (!simulated) await removeNightJobs(tx, date)
        await addJob(tx, 'night', { date }, nightJobKey(date))
        return true
      }, TRANSACTION_LIMITS),

    async recordUndone(dates, status, { recipes, ...night }) {
      await prisma.night.createMany({
        data: dates.map((date) => ({
          ...night,
          date: toDbDate(date),
          simulated,
          status,
          recipes: [...recipes],
          finishedAt: night.requestedAt,
        })),
        skipDuplicates: true,
      })
    },

    claim: (date, at) =>
      prisma.$transaction(async (tx) => {
        const where = {
          date: toDbDate(date),
          simulated,
          status: { in: ['RUNNING', 'STALE'] as NightStatus[] },
          finishedAt: null,
        }
        await tx.night.updateMany({ where: { ...where, startedAt: null }, data: { startedAt: at } })
        const [row] = await tx.night.updateManyAndReturn({
          where,
          data: {
            status: 'RUNNING',
            claim: { increment: 1 },
            reason: null,
            expected: null,
            nextTryAt: null,
          },
        })
        return row && { night: toNight(row), claim: row.claim }
      }, TRANSACTION_LIMITS),

    async open(date) {
      const row = await prisma.night.findFirst({
        where: { date: toDbDate(date), simulated, finishedAt: null },
      })
      return row ? { night: toNight(row), claim: row.claim } : undefined
    },

    symbols: (date, since) => prisma.$queryRaw<NightSymbol[]>`
      SELECT symbol.id, symbol.code, symbol.simulated, symbol.kind::text, symbol.market::text, symbol.decimals, newest.session::text AS "lastSession",
             ARRAY(SELECT recipe_name FROM night_outcome
                   WHERE date = ${date}::date AND symbol_id = symbol.id) AS "doneRecipes"
      FROM symbol CROSS JOIN LATERAL (
        SELECT max(session) AS session FROM bar WHERE symbol_id = symbol.id AND session <= ${date}::date
      ) AS newest
      WHERE symbol.simulated = ${simulated} AND newest.session >= ${since}::date
      ORDER BY symbol.id`,

    dormant: (date, since) =>
      simulated ? Promise.resolve({ count: 0, listed: [] }) : readDormantSymbols(prisma, date, since),

    recordDormant: (claimed, dormant) => requireClaim(prisma, claimed, { dormant: toDormantJson(dormant) }),

    plan: (claimed, { expected, chunks, retry, givenUp }, at) =>
      prisma.$transaction(async (tx) => {
        const { session: date, recipes } = claimed.night
        await requireClaim(tx, claimed, {
          expected,
          ...(retry && { status: 'STALE', reason: retry.reason, nextTryAt: retry.at }),
        })
        await tx.nightOutcome.createMany({
          data: givenUp.flatMap(({ symbolId, status, code, message }) =>
            recipes.map((recipeName) => ({
              date: toDbDate(date),
              simulated,
              symbolId,
              recipeName,
              status,
              at,
              errorCode: code,
              errorMessage: message,
            })),
          ),
          skipDuplicates: true,
        })
        for (const [key, symbolIds] of chunks) await addJob(tx, 'nightChunk', { date, symbolIds }, key)
        if (retry) await addJob(tx, 'night', { date }, nightJobKey(date), retry.delayMs)
      }, TRANSACTION_LIMITS),

    recordOutcome: (date, symbolId, outcome) =>
      prisma.$transaction(
        (tx) => recordOutcome(tx, { session: date, simulated }, symbolId, outcome),
        TRANSACTION_LIMITS,
      ),

    async fail(date, symbolId, recipeName, { status, code, message }, at) {
      const outcome = { status, errorCode: code, errorMessage: message, at }
      await prisma.$transaction(async (tx) => {
        await requireOpenNight(tx, { session: date, simulated })
        await tx.nightOutcome.createMany({
          data: [{ date: toDbDate(date), simulated, symbolId, recipeName, ...outcome }],
          skipDuplicates: true,
        })
      }, TRANSACTION_LIMITS)
    },

    finish: (claimed, at) =>
      prisma.$transaction(async (tx) => {
        const date = toDbDate(claimed.night.session)
        const row = await tx.night.findFirst({
          where: { date, simulated, claim: claimed.claim, status: 'RUNNING', expected: { not: null } },
          select: { expected: true, recipes: true },
        })
        if (row?.expected == null) return
        const counts = await countOutcomes(tx, claimed.night, row.recipes)
        const done = Object.values(counts).reduce((sum, count) => sum + count, 0)
        if (done < row.expected) return
        await tx.night.updateMany({
          where: { date, simulated, claim: claimed.claim, status: 'RUNNING' },
          data: { ...endOf(counts), finishedAt: at },
        })
      }, TRANSACTION_LIMITS),

    async end(claimed, status, reason, at) {
      const data = { status, reason, finishedAt: at }
      await prisma.$transaction((tx) => requireClaim(tx, claimed, data), TRANSACTION_LIMITS)
    },
  }
}

/** Of the recipes that the night fits: one that was begun again may have outcomes of others, which it does not wait for. */
export async function countOutcomes(
  tx: Transaction,
  { session: date, simulated }: NightKey,
  recipes: readonly string[],
): Promise<NightCounts> {
  const groups = await tx.nightOutcome.groupBy({
    by: ['status'],
    where: { date: toDbDate(date), simulated, recipeName: { in: [...recipes] } },
    _count: true,
  })
  return { ...NO_OUTCOMES, ...Object.fromEntries(groups.map(({ status, _count }) => [status, _count])) }
}

/** @returns the final status of a night whose outcomes are complete */
export function endOf({ SUCCEEDED, ALREADY_ISSUED, STALE, FAILED }: NightCounts): {
  readonly status: 'SUCCEEDED' | 'STALE' | 'FAILED'
  readonly reason: string | null
} {
  if (SUCCEEDED + ALREADY_ISSUED > 0) return { status: 'SUCCEEDED', reason: null }
  if (FAILED === 0 && STALE > 0) {
    return { status: 'STALE', reason: 'no symbol had a bar of this session before the next one opened' }
  }
  return { status: 'FAILED', reason: `none of ${FAILED} fits succeeded; nightOutcomes lists the reasons` }
}

const noJob = (): Promise<void> => Promise.resolve()

async function addQueuedJob<Task extends TaskName>(
  tx: Transaction,
  task: Task,
  payload: JobPayloads[Task],
  key: string,
  delayMs = 0,
): Promise<void> {
  const { text, values } = addJobSql(task, payload, key, delayMs)
  await tx.$queryRawUnsafe(text, ...values)
}

async function requireClaim(
  tx: Pick<Transaction, 'night'>,
  { night: { session: date, simulated }, claim }: ClaimedNight,
  data: Prisma.NightUncheckedUpdateManyInput,
): Promise<void> {
  const { count } = await tx.night.updateMany({
    where: { date: toDbDate(date), simulated, claim, status: 'RUNNING' },
    data,
  })
  if (count === 0) throw new ClaimLostError(`the night of ${date}`)
}
