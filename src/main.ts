/** The program's start: gives the commands what they need, runs the one that was asked for, and reports a failure. */
import { readFileSync } from 'node:fs'
import { reportFailure } from './cli/failure.js'
import { asksForJson, createProgram } from './cli/program.js'
import { createTerminal } from './cli/terminal/terminal.js'
import { watchForShutdown } from './shutdown.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const terminal = createTerminal(process.stdout, process.stderr)
terminal.useJson(asksForJson(process.argv.slice(2)))
const shutdown = watchForShutdown((line) => terminal.note(line))
const host = { environment: process.env, shutdown }
// Everything behind the commands takes about a second to load, which --version and --help do not need.
const compose = () => import('./compose/command-line.js')

const program = createProgram({
  version,
  terminal,
  signal: shutdown.signal,
  withPlatform: async (options, command) => (await compose()).withPlatform(host, options, command),
  withMigration: async (command) => (await compose()).withMigration(host, command),
  withEngines: async (command) => (await compose()).withEngines(host, command),
})

try {
  await program.parseAsync()
} catch (error) {
  const code = reportFailure(terminal, error)
  process.exitCode = shutdown.exitCode() ?? code
}
