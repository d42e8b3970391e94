/** Declares `kospigraph completion`. */
import { Argument } from 'commander'
import type { Command } from 'commander'
import type { CommandContext } from '../command-context.js'
import { SHELLS } from './completed-command.js'
import type { Shell } from './completed-command.js'

export function registerCompletion(program: Command, { terminal }: CommandContext): void {
  program
    .command('completion')
    .description('Print a script that lets a shell complete commands and options.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      [
        '',
        'Add one of these to the configuration of the shell:',
        '  bash  source <(kospigraph completion bash)',
        '  zsh   source <(kospigraph completion zsh)',
        '  fish  kospigraph completion fish | source',
      ].join('\n'),
    )
    .action(async (shell: Shell) => {
      const { completionScript } = await import('./completion.js')
      terminal.printUnbroken(completionScript(program, shell))
    })
}
