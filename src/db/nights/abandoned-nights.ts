/**
 * Finds and ends nights of real symbols that no worker will end: they wait for outcomes, and none of their jobs can still
 * run, because every worker that claimed one died. Simulated nights have no jobs; the next start continues them.
 */
import type { Session } from '../../domain/calendar/session.js'
import { toDbDate, toSession } from '../postgres/dates.js'
import { Prisma } from '../generated/client.js'
import type { PrismaClient } from '../generated/client.js'
import { countOutcomes, endOf } from './night-writer.js'
import { TRANSACTION_LIMITS } from '../symbol-lock.js'

/** The failure recorded for each symbol and recipe without an outcome. */
export interface Abandonment {
  readonly code: string
  readonly message: string
}

export interface AbandonedNights {
  /** Oldest first. */
  dates(): Promise<Session[]>
  /**
   * Records the missing outcomes as failures and ends the night as failed; where none is missing, with its normal status.
   * @param symbolIds the symbols of the night
   * @returns false where a job exists again that can end it
   */
  end(date: Session, symbolIds: readonly number[], abandonment: Abandonment, at: Date): Promise<boolean>
}

const IS_ABANDONED = Prisma.sql`
  finished_at IS NULL AND NOT simulated AND NOT EXISTS (
    SELECT FROM graphile_worker.jobs
    WHERE (key = 'night:' || to_char(date, 'YYYY-MM-DD') OR starts_with(key, 'nightChunk:' || to_char(date, 'YYYY-MM-DD') || ':'))
      AND (locked_at IS NOT NULL OR attempts < max_attempts)
  )`

export function createAbandonedNights(prisma: PrismaClient): AbandonedNights {
  return {
    async dates() {
      const rows = await prisma.$queryRaw<{ date: Date }[]>`
        SELECT date FROM night WHERE ${IS_ABANDONED} ORDER BY date`
      return rows.map(({ date }) => toSession(date))
    },

    end: (date, symbolIds, { code, message }, at) =>
      prisma.$transaction(async (tx) => {
        const where = { date: toDbDate(date), simulated: false }
        // A worker that is alive after all holds an old claim, so its writes are refused.
        const [night] = await tx.$queryRaw<{ recipes: string[]; expected: number | null }[]>`
          UPDATE night SET claim = claim + 1 WHERE date = ${date}::date AND ${IS_ABANDONED}
          RETURNING recipes, expected`
        if (!night) return false
        const { count: missing } = await tx.nightOutcome.createMany({
          data: symbolIds.flatMap((symbolId) =>
            night.recipes.map((recipeName) => ({
              ...where,
              symbolId,
              recipeName,
              at,
              status: 'FAILED' as const,
              errorCode: code,
              errorMessage: message,
            })),
          ),
          skipDuplicates: true,
        })
        const counts = await countOutcomes(tx, { session: date, simulated: false }, night.recipes)
        const all = Object.values(counts).reduce((sum, one) => sum + one, 0)
        const end =
          missing === 0 && all > 0
            ? endOf(counts)
            : { status: 'FAILED' as const, reason: `${missing} of ${all} outcomes are missing: ${message}` }
        await tx.night.updateMany({
          where,
          data: { ...end, expected: night.expected ?? all, finishedAt: at, nextTryAt: null },
        })
        return true
      }, TRANSACTION_LIMITS),
  }
}
