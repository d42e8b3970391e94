/** Declares `kospigraph data`. */
import type { Command } from 'commander'
import type { CommandContext } from '../command-context.js'

export function registerData(program: Command, { terminal, withPlatform }: CommandContext): void {
  program
    .command('data')
    .description('Print what is stored of a symbol, what is missing, and where it came from.')
    .argument('<symbol>', "the symbol's code")
    .action(async (symbol: string) => {
      const { runData } = await import('./data.js')
      await withPlatform({ quiet: true }, ({ services: { market }, calendar }) =>
        runData({ market, calendar }, terminal, { symbol }),
      )
    })
}
