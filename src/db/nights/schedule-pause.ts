/** Stores whether the schedule is paused, and why, in one row for all schedulers. */
import type { PrismaClient } from '../generated/client.js'

export interface SchedulePause {
  /** The reason of the pause; undefined where the schedule is not paused. */
  reason(): Promise<string | undefined>
  /** @param reason null resumes it */
  set(reason: string | null, at: Date): Promise<void>
}

export function createSchedulePause(prisma: PrismaClient): SchedulePause {
  return {
    async reason() {
      const row = await prisma.scheduleState.findUnique({ where: { id: 1 } })
      return row?.reason ?? undefined
    },

    async set(reason, at) {
      const state = { paused: reason !== null, reason, at }
      await prisma.scheduleState.upsert({ where: { id: 1 }, create: { id: 1, ...state }, update: state })
    },
  }
}
