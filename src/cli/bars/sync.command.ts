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
  readonly dryRun: boolean
  readonly replaceBasis: boolean
  readonly status?: boolean
  readonly reset?: string
  readonly reason?: string
}

export function registerSync(program: Command, { terminal, signal, withPlatform }: CommandContext): void {
  program
    .command('sync')
    .description(
      'Fetch bars from the providers that PROVIDERS names, up to the newest session that has closed.',
    )
    .option('--symbol <code...>', 'only these symbols (default: every symbol that has a provider)')
    .addOption(
      new Option(
        '--from <date>',
        'the first session (default: ten sessions before the last stored bar)',
      ).argParser(parseDate),
    )
    .option('--full', 'fetch the whole history', false)
    .option(
      '--accept-adjustments',
      'replace all stored prices of a symbol by back-adjusted ones, as after a split',
      false,
    )
    .option('--dry-run', 'ask the providers and show what would change, without storing anything', false)
    .option(
      '--replace-basis',
      'replace all closes of a symbol since 2026-09-14 by those of other hours (15:30 or 20:00)',
      false,
    )
    .option('--status', 'show how the providers fare, and ask none')
    .addOption(
      new Option('--reset <provider>', 'end the pause of a provider that blocked or failed').conflicts(
        'status',
      ),
    )
    .option('--reason <text>', 'why, for --reset')
    .action(async ({ symbol: symbols, status, reset, reason, ...options }: SyncFlags) => {
      if (status === true || reset !== undefined) {
        const { runSyncReset, runSyncStatus } = await import('./sync-status.js')
        await withPlatform({ quiet: true }, ({ services: { providers } }) =>
          reset === undefined
            ? runSyncStatus(providers, terminal)
            : runSyncReset(providers, terminal, { provider: reset, reason }),
        )
        return
      }
      const { runSync } = await import('./sync.js')
      await withPlatform({ quiet: true }, ({ services }) =>
        runSync(services.syncBars, terminal, { ...options, symbols, signal }),
      )
    })
}
