/** What people and programs see of a command that has failed. */
import { CommanderError } from 'commander'
import { KospigraphError } from '../errors.js'
import type { Terminal } from './terminal/terminal.js'

/** @returns the exit code: 0 where `--help` or `--version` has ended the command */
export function reportFailure(terminal: Terminal, error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has written it to standard error already.
    if (error.exitCode !== 0) terminal.failAsJson('BAD_USER_INPUT', error.message.replace(/^error: /, ''))
    return error.exitCode
  }
  if (error instanceof KospigraphError) terminal.fail(error.code, error.message)
  else {
    console.error(error)
    terminal.failAsJson('INTERNAL', 'the command failed by a defect; standard error has its trace')
  }
  return 1
}
