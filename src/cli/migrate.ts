/** `kospigraph migrate`: the database as this program needs it, before anything serves. */
import { count } from './terminal/terminal.js'
import type { Terminal } from './terminal/terminal.js'

export interface MigrateOptions {
  readonly terminal: Terminal
  readonly version: string
  readonly database: string
  /** Applies what is missing. */
  readonly migrate: () => Promise<{
    /** Names of the migrations, in order. */
    readonly applied: readonly string[]
    /** How many of the job queue's own. */
    readonly queue: number
  }>
}

/** @returns the exit code */
export async function runMigrate({ terminal, version, database, migrate }: MigrateOptions): Promise<0> {
  terminal.print(`Kospigraph ${version} on ${database}`)
  const { applied, queue } = await migrate()
  for (const name of applied) terminal.print(`applied  ${name}`)
  if (queue > 0) terminal.print(`applied  ${count(queue)} of the job queue`)
  if (applied.length === 0 && queue === 0) terminal.print('Nothing to do: the database is up to date.')
  return 0
}
