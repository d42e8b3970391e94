/** `kospigraph migrate`: brings the database to the version of this program. */
import { counted } from './terminal/numbers.js'
import type { CommandContext, CommandMigration } from './command-context.js'

/** @returns the exit code */
export async function runMigrate(
  migration: CommandMigration,
  { terminal, version }: Pick<CommandContext, 'terminal' | 'version'>,
): Promise<0> {
  terminal.print(`Kospigraph ${version} on ${migration.database}`)
  const { applied, queue } = await migration.migrate()
  terminal.print(applied.map((name) => `applied  ${name}`))
  if (queue > 0) terminal.print(`applied  ${counted(queue, 'migration')} of the job queue`)
  if (applied.length === 0 && queue === 0) terminal.print('Nothing to do: the database is up to date.')
  terminal.result({ version, database: migration.database, applied, queueMigrations: queue })
  return 0
}
