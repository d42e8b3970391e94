/** Declares `kospigraph migrate`. */
import type { Command } from 'commander'
import type { CommandContext } from './command-context.js'

export function registerMigrate(program: Command, context: CommandContext): void {
  program
    .command('migrate')
    .description(
      'Bring the database and its job queue to what this version needs, and end; serve does so too.',
    )
    .action(async () => {
      const { runMigrate } = await import('./migrate.js')
      await context.withMigration((migration) => runMigrate(migration, context))
    })
}
