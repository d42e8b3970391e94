/** Declares `kospigraph sync`. */
import { Option } from 'commander'
import type { Command } from 'commander'
import type { Session } from '../../domain/calendar/session.js'
import type { CommandContext } from '../command-context.js'
import { parseDate } from '../terminal/option-values.js'

interface SyncFlags {
  readonly symbol?: readonly string[]
  readonly from?: Session
  readonly full: boolean
  readonly acceptAdjustments: boolean
}

export function registerSync(program: Command, { terminal, signal, withPlatform }: CommandContext): void {
  program
    .command('sync')
    .description(
      'Fetch bars from the providers that PROVIDERS names, up to the newest session that has closed.',
    )
    .option('--symbol <code...>', 'only these; otherwise every symbol that has a provider')
    .addOption(
      new Option(
        '--from <date>',
        'where to begin, if not a few sessions before the last stored bar',
      ).argParser(parseDate),
    )
    .option('--full', 'ask for the whole history', false)
    .option(
      '--accept-adjustments',
      'let back-adjusted prices, as after a split, replace all stored ones of a symbol',
      false,
    )
    .action(async ({ symbol: symbols, ...options }: SyncFlags) => {
      const { runSync } = await import('./sync.js')
      await withPlatform({ quiet: true }, ({ services }) =>
        runSync(services.syncBars, terminal, { ...options, symbols, signal }),
      )
    })
}
