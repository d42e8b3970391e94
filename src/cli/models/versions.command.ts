/** Declares `kospigraph versions`. */
import type { Command } from 'commander'
import type { CommandContext } from '../command-context.js'
import { limitOption } from '../terminal/option-values.js'

export function registerVersions(program: Command, { terminal, withPlatform }: CommandContext): void {
  program
    .command('versions')
    .description('List the model versions of a symbol by recipe, newest first.')
    .argument('<symbol>', "the symbol's code")
    .option('--recipe <name>', 'only versions of this recipe')
    .addOption(limitOption())
    .action(async (symbol: string, { recipe, limit }: { recipe?: string; limit: number }) => {
      const { runVersions } = await import('./versions.js')
      await withPlatform({ quiet: true }, ({ services }) =>
        runVersions(services.models, terminal, { symbol, recipe, limit }),
      )
    })
}
