/** The command line as a whole: every command registers itself here. */
import { Command } from 'commander'
import { registerBacktest } from './backtests/backtest.command.js'
import { registerBacktests } from './backtests/backtests.command.js'
import { registerActions } from './bars/actions/actions.command.js'
import { registerData } from './bars/data.command.js'
import { registerIngest } from './bars/ingest.command.js'
import { registerSymbols } from './bars/symbols.command.js'
import { registerSync } from './bars/sync.command.js'
import { registerWithdraw } from './bars/withdraw.command.js'
import { JSON_OPTION } from './terminal/option-values.js'
import type { CommandContext } from './command-context.js'
import { registerForecast } from './forecasts/forecast.command.js'
import { registerRetrain } from './forecasts/retrain.command.js'
import { registerCompletion } from './completion/completion.command.js'
import { registerMigrate } from './migrate.command.js'
import { registerDoctor } from './models/doctor.command.js'
import { registerVerify } from './models/verify.command.js'
import { registerVersions } from './models/versions.command.js'
import { registerNights } from './nights/nights.command.js'
import { registerNight } from './nights/night.command.js'
import { registerServe } from './serve.command.js'

/** Adds a command. It declares names and options at once and imports what it runs on only when it runs. */
export type Register = (program: Command, context: CommandContext) => void

/** In the order of the help. */
const COMMANDS: readonly Register[] = [
  registerServe,
  registerMigrate,
  registerIngest,
  registerSync,
  registerWithdraw,
  registerActions,
  registerSymbols,
  registerData,
  registerRetrain,
  registerVersions,
  registerVerify,
  registerForecast,
  registerNight,
  registerNights,
  registerBacktest,
  registerBacktests,
  registerDoctor,
  registerCompletion,
]

export function createProgram(context: CommandContext): Command {
  const program = new Command('kospigraph')
    .description('Daily KOSPI bars, a model refitted on every window, and an honest forecast, over GraphQL.')
    .version(context.version)
    .showHelpAfterError('(kospigraph --help lists the commands)')
    // Commander would end the process by itself, and leave nothing for --json.
    .exitOverride()
    .hook('preAction', (_program, command) =>
      // A command takes the option for its subcommands too.
      context.terminal.useJson(command.optsWithGlobals()['json'] === true),
    )
  for (const register of COMMANDS) register(program, context)
  // The script of a completion is its result.
  for (const command of program.commands.filter((one) => one.name() !== 'completion')) {
    command.option('--json', JSON_OPTION)
  }
  return program
}

/** Whether `--json` is among the arguments: also where they are wrong otherwise, and no command runs. */
export function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end === -1 ? args.length : end).includes('--json')
}
