/** Sets the clock of the simulated machines; `clock.ts` reads it in the processes. */
import { renameSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

/** Environment variable with the file that programs read. */
export const CLOCK_VARIABLE = 'SIMULATED_CLOCK'
/** Longest time until programs read the file again. */
export const SEEN_AFTER_MS = 50

export interface MachineTime {
  now(): Date
  /**
   * Sets the clock of every machine. Moved forwards, it also shortens the delays of waiting jobs, which use the
   * database's clock. Moved backwards, it leaves the queue alone.
   */
  set(to: Date): Promise<void>
}

export function createMachineTime(file: string, database: pg.Client, start: Date): MachineTime {
  let offsetMs = 0
  const write = (to: Date): void => {
    offsetMs = to.getTime() - Date.now()
    // Written at once, so that readers never see part of a number.
    writeFileSync(`${file}.new`, String(offsetMs))
    renameSync(`${file}.new`, file)
  }
  write(start)
  const now = (): Date => new Date(Date.now() + offsetMs)
  return {
    now,
    async set(to) {
      const passedMs = to.getTime() - now().getTime()
      write(to)
      await sleep(2 * SEEN_AFTER_MS)
      if (passedMs <= 0) return
      await database.query(
        `UPDATE graphile_worker._private_jobs SET run_at = run_at - $1::float8 * interval '1 millisecond'
         WHERE locked_at IS NULL AND run_at > now()`,
        [passedMs],
      )
    },
  }
}
