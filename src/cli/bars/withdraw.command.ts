/** Declares `kospigraph withdraw`. */
import type { Command } from 'commander'
import type { Session } from '../../domain/calendar/session.js'
import type { CommandContext } from '../command-context.js'
import { parseDate } from '../terminal/option-values.js'

export function registerWithdraw(program: Command, { terminal, withPlatform }: CommandContext): void {
  program
    .command('withdraw')
    .description('Withdraw bars that turned out wrong; their values are kept as revisions.')
    .argument('<sessions...>', 'the sessions, YYYY-MM-DD', collectDates)
    .requiredOption('--symbol <code>', "the symbol's code")
    .requiredOption('--reason <text>', 'reason, kept in the audit log')
    .action(async (sessions: Session[], options: { symbol: string; reason: string }) => {
      const { runWithdraw } = await import('./withdraw.js')
      await withPlatform({ quiet: true }, ({ services }) =>
        runWithdraw(services.withdrawBars, terminal, { ...options, sessions }),
      )
    })
}

function collectDates(text: string, before: Session[] | undefined): Session[] {
  return [...(before ?? []), parseDate(text)]
}
