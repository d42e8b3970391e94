/** Completion for bash 3.2 and later, which macOS still has. */
import type { CompletedCommand, Values } from './completed-command.js'

export function bashScript(name: string, commands: readonly CompletedCommand[]): string[] {
  const words = commands.map((command) => command.name)
  return [
    `_${name}() {`,
    '  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=',
    '  COMPREPLY=()',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words='${[...words, '--help', '--version'].join(' ')}'`,
    '  else',
    '    case "${COMP_WORDS[1]} $previous" in',
    ...commands.flatMap(({ name: command, options }) =>
      options.flatMap(({ flags, values }) =>
        values === undefined
          ? []
          : [`      ${flags.map((flag) => `'${command} ${flag}'`).join('|')}) ${offer(values)} ;;`],
      ),
    ),
    '      *)',
    '        case "${COMP_WORDS[1]} $current" in',
    ...commands.flatMap(({ name: command, options, values }) => [
      `          '${command} -'*) words='${options.flatMap(({ flags }) => flags).join(' ')}' ;;`,
      ...(values === 'any' ? [] : [`          '${command} '*) ${offer(values)} ;;`]),
    ]),
    '        esac ;;',
    '    esac',
    '  fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    // With nothing to offer, bash offers files.
    `complete -o default -F _${name} ${name}`,
  ]
}

function offer(values: Values): string {
  return typeof values === 'string' ? 'return' : `words='${values.join(' ')}'`
}
