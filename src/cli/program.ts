/** The command line as a whole: every command registers itself here. */
import { Command } from 'commander'
import { registerBacktest } from './backtests/backtest.command.js'
import { registerData } from './bars/data.command.js'
import { registerIngest } from './bars/ingest.command.js'
import { registerSync } from './bars/sync.command.js'
import { registerWithdraw } from './bars/withdraw.command.js'
import type { CommandContext } from './command-context.js'
import { registerMigrate } from './migrate.command.js'
import { registerDoctor } from './models/doctor.command.js'
import { registerRetrain } from './forecasts/retrain.command.js'
import { registerVerify } from './models/verify.command.js'
import { registerNight } from './nights/night.command.js'
import { registerServe } from './serve.command.js'

/** Adds a command. It declares names and options at once and imports what it runs on only when it runs. */
export type Register = (program: Command, context: CommandContext) => void

/** In the order of the help. */
const COMMANDS: readonly Register[] = [
  registerServe,
  registerMigrate,
  registerIngest,
  registerData,
  registerWithdraw,
  registerSync,
  registerRetrain,
  registerBacktest,
  registerNight,
  registerDoctor,
  registerVerify,
]

export function createProgram(context: CommandContext): Command {
  const program = new Command('kospigraph')
    .description('Daily KOSPI bars, a model refitted on every window, and an honest forecast, over GraphQL.')
    .version(context.version)
    .showHelpAfterError('(kospigraph --help lists the commands)')
  for (const register of COMMANDS) register(program, context)
  return program
}
