/** Declares `kospigraph forecast`. */
import type { Command } from 'commander'
import type { CommandContext } from '../command-context.js'
import { limitOption } from '../terminal/option-values.js'

export function registerForecast(program: Command, { terminal, withPlatform }: CommandContext): void {
  program
    .command('forecast')
    .description(
      'Print the newest forecast of a symbol with its intervals, who serves it and why; or of every symbol.',
    )
    .argument('[symbol]', "the symbol's code (default: every symbol, one line each)")
    .addOption(limitOption())
    .action(async (symbol: string | undefined, { limit }: { limit: number }) => {
      const { listForecasts, showForecast } = await import('./forecast.js')
      await withPlatform({ quiet: true }, ({ services }) =>
        symbol === undefined
          ? listForecasts(services, terminal, limit)
          : showForecast(services, terminal, symbol),
      )
    })
}
