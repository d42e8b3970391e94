/** Completion for zsh, to be sourced or put into `$fpath`. */
import type { CompletedCommand, CompletedOption, Values } from './completed-command.js'

export function zshScript(name: string, commands: readonly CompletedCommand[]): string[] {
  return [
    `#compdef ${name}`,
    `_${name}() {`,
    '  local -a commands',
    '  commands=(',
    ...commands.map((command) => `    ${quote(`${command.name}:${escape(command.description)}`)}`),
    '  )',
    '  if (( CURRENT == 2 )); then',
    "    _describe 'command' commands",
    '    return',
    '  fi',
    '  shift words',
    '  (( CURRENT-- ))',
    '  case ${words[1]} in',
    ...commands.flatMap((command) => [
      `    ${command.name})`,
      `      _arguments ${[...command.options.flatMap(optionSpecs), quote(`*:value:${action(command.values)}`)].join(' \\\n        ')} ;;`,
    ]),
    '  esac',
    '}',
    // Found in $fpath, the file is the function's body; sourced, it registers the function.
    `if [[ \${funcstack[1]} == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi`,
  ]
}

function optionSpecs({ flags, description, values }: CompletedOption): string[] {
  const value = values === undefined ? '' : `:value:${action(values)}`
  return flags.map((flag) => quote(`${flag}[${escape(description)}]${value}`))
}

function action(values: Values): string {
  if (values === 'file') return '_files'
  return values === 'any' ? ' ' : `(${values.join(' ')})`
}

/** `:` and brackets end the parts of a specification. */
function escape(text: string): string {
  return text.replace(/[\\:[\]]/g, '\\$&')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
