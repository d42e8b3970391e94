/** Declares `kospigraph nights`. */
import type { Command } from 'commander'
import type { CommandContext } from '../command-context.js'
import { limitOption } from '../terminal/option-values.js'

export function registerNights(program: Command, { terminal, withPlatform }: CommandContext): void {
  program
    .command('nights')
    .description('List nights with their outcomes, newest first; skipped and missed ones too.')
    .addOption(limitOption())
    .action(async ({ limit }: { limit: number }) => {
      const { runNights } = await import('./nights.js')
      await withPlatform({ quiet: true }, ({ services }) => runNights(services.nights, terminal, limit))
    })
}
