/** Declares `kospigraph backtests`. */
import type { Command } from 'commander'
import type { CommandContext } from '../command-context.js'
import { limitOption } from '../terminal/option-values.js'

export function registerBacktests(program: Command, { terminal, withPlatform }: CommandContext): void {
  program
    .command('backtests')
    .description('List backtests, newest first.')
    .argument('[symbol]', "the symbol's code (default: every symbol)")
    .addOption(limitOption())
    .action(async (symbol: string | undefined, { limit }: { limit: number }) => {
      const { runBacktests } = await import('./backtests.js')
      await withPlatform({ quiet: true }, ({ services }) =>
        runBacktests(services, terminal, { symbol, limit }),
      )
    })
}
