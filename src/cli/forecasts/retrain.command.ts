/** Declares `kospigraph retrain`. */
import { Option } from 'commander'
import type { Command } from 'commander'
import type { Session } from '../../domain/calendar/session.js'
import type { CommandContext } from '../command-context.js'
import { parseDate, parseWhole } from '../terminal/option-values.js'

interface RetrainFlags {
  readonly symbol: string
  readonly recipe: string
  readonly seed: number
  readonly asOfSession?: Session
}

export function registerRetrain(program: Command, { terminal, signal, withPlatform }: CommandContext): void {
  program
    .command('retrain')
    .description('Fit a recipe to the newest training window, store the version, forecast the next session.')
    .requiredOption('--symbol <code>', "the symbol's code")
    .option('--recipe <name>', 'the recipe', 'seed')
    .addOption(
      new Option('--seed <number>', 'seed of weights and batch orders').default(0).argParser(parseWhole),
    )
    .addOption(new Option('--as-of-session <date>', 'use no bar after this session').argParser(parseDate))
    .action(async ({ asOfSession, ...flags }: RetrainFlags) => {
      const { runRetrain } = await import('./retrain.js')
      await withPlatform({ quiet: true }, async (platform) => {
        // The first free worker does it: one of a process that serves, or this process.
        await platform.work({ tasks: ['retrain'], slots: 1 })
        return runRetrain(platform.services, terminal, { ...flags, asOfSession, signal })
      })
    })
}
