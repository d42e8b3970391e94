import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { completionScript } from '../../../src/cli/completion/completion.js'
import type { CommandContext } from '../../../src/cli/command-context.js'
import { createProgram } from '../../../src/cli/program.js'
import { createRecordingTerminal } from '../../support/terminal.js'

const run = promisify(execFile)
const program = createProgram({
  version: '1.0.0',
  terminal: createRecordingTerminal(),
  signal: new AbortController().signal,
  withPlatform: () => Promise.reject(new Error('no platform is needed')),
} as unknown as CommandContext)

/** What bash offers after a line whose last word is being typed. */
async function offered(...words: readonly string[]): Promise<string[]> {
  const script = `${completionScript(program, 'bash')}
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _kospigraph
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await run('bash', ['--norc', '-c', script, 'bash', 'kospigraph', ...words])
  return stdout.split('\n').filter(Boolean)
}

describe('completion in bash', () => {
  it('offers every command', async () => {
    const commands = program.commands.map((command) => command.name())
    expect(await offered('')).toEqual([...commands, 'help', '--help', '--version'])
    expect(await offered('ni')).toEqual(['night', 'nights'])
  })

  it('offers every option of a command, --json among them', async () => {
    for (const command of program.commands) {
      const options = command.options.flatMap(({ long }) => long ?? [])
      expect(await offered(command.name(), '--')).toEqual([...options, '--help'])
    }
    expect(await offered('ingest', 'prices.csv', '--vol')).toEqual(['--volume-unit', '--volume-basis'])
  })

  it('offers the values of an option and of an argument', async () => {
    expect(await offered('backtest', 'KOSPI', '--strategy', '')).toEqual(['long-flat', 'long-short'])
    expect(await offered('serve', '--role', 's')).toEqual(['scheduler'])
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish'])
    expect(await offered('help', 'verif')).toEqual(['verify'])
  })

  it('leaves files to bash', async () => {
    expect(await offered('ingest', '')).toEqual([])
    expect(await offered('backtest', 'KOSPI', '--plot', 'a')).toEqual([])
  })
})

it('the scripts of zsh and fish name every command and every option', () => {
  const [zsh, fish] = [completionScript(program, 'zsh'), completionScript(program, 'fish')]
  for (const command of program.commands) {
    expect(zsh).toContain(`\n    ${command.name()})\n`)
    for (const { long = '' } of command.options) {
      expect(zsh).toContain(`'${long}[`)
      expect(fish).toContain(`__fish_seen_subcommand_from ${command.name()}' -l ${long.slice(2)} `)
    }
  }
  expect(fish).toContain(String.raw`-d 'the symbol\'s code'`)
  expect(zsh).toContain(`'--strategy[positions that are allowed]:value:(long-flat long-short)'`)
})
