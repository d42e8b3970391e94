/** The time that the simulated machines say, set by the harness: see `clock.ts` for the other end. */
import { renameSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

/** Names the file through which programs are told. */
export const CLOCK_VARIABLE = 'SIMULATED_CLOCK'
/** Programs read the file again after this long at most. */
export const SEEN_AFTER_MS = 50

export interface MachineTime {
  now(): Date
  /**
   * Sets the clock of every machine. Where it moves on, what waits in the queue waits that much less: delays there go by
   * the database's clock, and time is to pass for it too. Where it is set back, the queue does not notice.
   */
  set(to: Date): Promise<void>
}

export function createMachineTime(file: string, database: pg.Client, start: Date): MachineTime {
  let offsetMs = 0
  const write = (to: Date): void => {
    offsetMs = to.getTime() - Date.now()
    // Whoever reads it meanwhile reads a whole number.
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
