/** `kospigraph migrate`: the database as this program needs it, before anything serves. */
import { count } from './terminal/terminal.js'
import type { CommandContext, CommandMigration } from './command-context.js'

/** @returns the exit code */
export async function runMigrate(
  migration: CommandMigration,
  { terminal, version }: Pick<CommandContext, 'terminal' | 'version'>,
): Promise<0> {
  terminal.print(`Kospigraph ${version} on ${migration.database}`)
  const { applied, queue } = await migration.migrate()
  for (const name of applied) terminal.print(`applied  ${name}`)
  if (queue > 0) terminal.print(`applied  ${count(queue)} of the job queue`)
  if (applied.length === 0 && queue === 0) terminal.print('Nothing to do: the database is up to date.')
  return 0
}
