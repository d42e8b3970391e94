/** `kospigraph completion <shell>`: the completion script of a shell. */
import type { Command } from 'commander'
import { bashScript } from './bash.js'
import { completedCommands } from './completed-command.js'
import type { CompletedCommand, Shell } from './completed-command.js'
import { fishScript } from './fish.js'
import { zshScript } from './zsh.js'

const SCRIPTS: Readonly<Record<Shell, (name: string, commands: readonly CompletedCommand[]) => string[]>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

export function completionScript(program: Command, shell: Shell): string {
  return `${SCRIPTS[shell](program.name(), completedCommands(program)).join('\n')}\n`
}
