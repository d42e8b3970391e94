/** Declares `kospigraph migrate`. */
import type { Command } from 'commander'
import type { CommandContext } from './command-context.js'

export function registerMigrate(program: Command, context: CommandContext): void {
  program
    .command('migrate')
    .description('Apply the migrations that the database lacks, and end; serve applies them too.')
    .action(async () => {
      const { runMigrate } = await import('./migrate.js')
      await context.withMigration((migration) => runMigrate(migration, context))
    })
}
