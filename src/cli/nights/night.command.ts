/** Declares `kospigraph night`. */
import type { Command } from 'commander'
import type { CommandContext } from '../command-context.js'

export function registerNight(program: Command, { terminal, signal, withPlatform }: CommandContext): void {
  program
    .command('night')
    .description(
      'Run the night of the newest session now: fetch bars, fit every recipe to every symbol, issue the forecasts.',
    )
    .option(
      '--cancel <reason>',
      'end the night that runs or waits for bars instead; forecasts that it has issued stand',
    )
    .action(async ({ cancel }: { cancel?: string }) => {
      const { cancelNight, runNight } = await import('./night.js')
      await withPlatform({ quiet: true }, async (platform) => {
        if (cancel !== undefined) return cancelNight(platform.services, terminal, cancel)
        // Whichever workers are free do it: those of processes that serve, or this process.
        await platform.work({ tasks: ['night', 'nightChunk'] })
        return runNight(platform.services, terminal, { signal })
      })
    })
}
