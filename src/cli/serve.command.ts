/** Declares `kospigraph serve`. */
import { Option } from 'commander'
import type { Command } from 'commander'
import type { CommandContext } from './command-context.js'
import { ROLES } from './role.js'
import type { Role } from './role.js'

export function registerServe(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('Serve GraphQL; an empty database gets a simulated sample market first.')
    .option('--no-sample', 'leave an empty database empty')
    .addOption(
      new Option(
        '--role <role>',
        'serve GraphQL (api), take jobs from the queue (worker), start nights (scheduler), or all of it',
      )
        .choices(ROLES)
        .default('all'),
    )
    .action(async ({ sample, role }: { sample: boolean; role: Role }) => {
      const { runServe } = await import('./serve.js')
      const listens =
        role === 'all' || role === 'api' ? (['graphql', 'health'] as const) : (['health'] as const)
      await context.withPlatform({ quiet: false, listens }, (platform) =>
        runServe(platform, context, { sample, role }),
      )
    })
}
